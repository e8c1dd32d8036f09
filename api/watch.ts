/**
 * GameService.Watch: one subscription to the node feeds all watchers. A watcher is sent a snapshot
 * unless it can resume, then every applied transaction of its room in order, without gap or repeat,
 * and the node's status.
 *
 * The library pulls: what a watcher has not taken yet waits in its queue. What when full: the queue
 * is dropped and the watcher gets a fresh snapshot when it next takes something, so a client that
 * never reads costs a bounded amount of memory.
 */
import type { HandlerContext } from "@connectrpc/connect";
import type { Limits } from "../config/cluster-config.js";
import { checkRoom } from "../game/check-command.js";
import type { Transaction } from "../game/transaction.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { WatchRequest, WatchResponse } from "../gen/zabble/v1/game_pb.js";
import { ofRead } from "./answer.js";
import { callerAddress } from "./client-address.js";
import { type DirectBody, directBody } from "./direct-body.js";
import { toConnectError } from "./errors.js";
import type { Replica } from "./replica.js";
import { inRoom, roomsTouched } from "./room-filter.js";
import { createSlots } from "./slots.js";
import { createTurns } from "./turns.js";
import { type Burst, burstOf, jsonMessages, type WatchEncoding } from "./watch-encoding.js";
import { binaryFrames, messageOfFrame } from "./watch-frames.js";
import { BLOCK_MAX, createWatchPast } from "./watch-past.js";
import { createWatcher, type Watcher, type WatcherEars } from "./watcher.js";

export interface WatchQuery {
  /** As it was asked for; empty for every room. */
  readonly room: string;
  /** The last zxid already seen; 0n for a snapshot first. */
  readonly from: bigint;
  /** Of whoever asks; empty if there is none. */
  readonly address: string;
}

/** Since the start, over all watchers. */
export interface WatchCounts {
  /** Taken by watchers: snapshots, transactions, statuses. */
  readonly messages: number;
  /** Offered to watchers, once for each; what a slow one skips by a snapshot is among them. */
  readonly transactions: number;
}

export interface WatchService {
  watch(request: WatchRequest, context: HandlerContext): AsyncIterable<WatchResponse>;
  /** The same in another encoding. Throws ConnectError, also with the reason of the signal. */
  stream<M>(encoding: WatchEncoding<M>, query: WatchQuery, signal: AbortSignal): AsyncGenerator<M>;
  /** Open watchers. */
  watchers(): number;
  handed(): WatchCounts;
  /** Ends the subscription; running streams are ended by their own signals. */
  close(): void;
}

/** Screens give up on a node after 3 s of silence; two statuses fit into that. */
const STATUS_EVERY_MS = 1500;

/** With more, the first would wait for the last: their bytes leave when the turn is over. */
const WATCHERS_PER_TURN = 100;

/** Those that resume have more to be written, and may wait a little longer. */
const BACKLOGS_PER_TURN = 8;

export function createWatchService(
  replica: Replica,
  limits: Pick<Limits, "watchersMax" | "watchQueueMax" | "deadlineMs">,
  statusEveryMs = STATUS_EVERY_MS,
): WatchService {
  const slots = createSlots(limits.watchersMax, "watchers");
  const turns = createTurns(WATCHERS_PER_TURN);
  const backlogTurns = createTurns(BACKLOGS_PER_TURN);
  const past = createWatchPast(replica);
  const rooms = new Map<string, Set<WatcherEars>>();
  /** Handed out up to here; what was applied since is gathered. */
  let applied = replica.game().zxid;
  let gathered: Transaction[] = [];
  let messages = 0;
  let offered = 0;
  let timer: NodeJS.Timeout | undefined;

  function forEachWatcher(tell: (watcher: WatcherEars) => void): void {
    for (const watchers of rooms.values()) for (const watcher of watchers) tell(watcher);
  }

  function tellStatus(status: NodeStatus): void {
    forEachWatcher((watcher) => watcher.onStatus(status));
  }

  /**
   * Once a turn of the event loop, not once a message of the cluster: what comes while a thousand
   * watchers are written to goes out as one burst, so a round never takes longer for it.
   */
  function handOut(): void {
    const transactions = gathered;
    gathered = [];
    const last = transactions.at(-1);
    if (last === undefined) return;
    applied = last.zxid;
    if (rooms.size === 0) return;
    const touched = roomsTouched(transactions);
    for (const [room, watchers] of rooms) {
      if (room !== "" && touched !== "all" && !touched.has(room)) continue;
      const burst = burstOf(inRoom(transactions, room).slice());
      if (burst === undefined) continue;
      offered += burst.transactions.length * watchers.size;
      for (const watcher of watchers) watcher.onBurst(burst);
    }
  }

  const unsubscribe = replica.subscribe({
    onApplied(transactions) {
      if (gathered.length === 0) setImmediate(handOut);
      for (const transaction of transactions) gathered.push(transaction);
    },
    onReset() {
      gathered = [];
      past.forget();
      applied = replica.game().zxid;
      forEachWatcher((watcher) => watcher.onReset());
    },
    onStatus: tellStatus,
  });

  function join(room: string, watcher: WatcherEars): () => void {
    const watchers = rooms.get(room) ?? new Set();
    rooms.set(room, watchers.add(watcher));
    timer ??= setInterval(() => tellStatus(replica.status()), statusEveryMs).unref();
    return () => {
      watchers.delete(watcher);
      if (watchers.size === 0 && rooms.get(room) === watchers) rooms.delete(room);
      if (rooms.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }

  /** What a watcher that has seen everything up to `from` has missed, if that can be told. */
  function missed(from: bigint, room: string): readonly Burst[] | undefined {
    if (from === 0n) return undefined;
    const bursts = past.after(from, room);
    let count = 0;
    for (const { transactions } of bursts ?? []) count += transactions.length;
    // Farther back than a slow watcher may fall, a snapshot is the shorter way for it too.
    return count > limits.watchQueueMax ? undefined : bursts;
  }

  /** Joins first and reads the past in the same turn, so nothing falls between the two. */
  function open<M>(encoding: WatchEncoding<M>, query: WatchQuery): [Watcher<M>, () => void] {
    const { room, from } = query;
    const watcher = createWatcher({
      encoding,
      queueMax: limits.watchQueueMax,
      pieceMax: BLOCK_MAX,
      turns,
      backlogTurns,
      status: replica.status(),
      applied: () => applied,
      snapshot() {
        const game = replica.game();
        const one = game.rooms.get(room);
        const all = one === undefined ? [] : [one];
        return { zxid: game.zxid, rooms: room === "" ? [...game.rooms.values()] : all };
      },
    });
    // Whoever joins now reads the state as it is now.
    handOut();
    const leave = join(room, watcher);
    if (from > applied) awaitIndex(watcher, from);
    else watcher.resume(from, missed(from, room));
    return [watcher, leave];
  }

  /**
   * The client has seen more than this node: either the node lags, or the zxid is from another
   * life of the cluster. A read index tells, and brings the node up to date.
   */
  function awaitIndex<M>(watcher: Watcher<M>, from: bigint): void {
    watcher.resume(from, []);
    replica.readIndex(limits.deadlineMs, (outcome) => {
      handOut();
      if (!outcome.ok) watcher.fail(toConnectError(ofRead(outcome.refusal)));
      else if (applied < from) watcher.onReset();
    });
  }

  async function* stream<M>(
    encoding: WatchEncoding<M>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncGenerator<M> {
    const checked = checkRoom(query.room);
    if (!checked.ok) throw toConnectError(checked.rejection);
    const free = slots.take(query.address);
    const [watcher, leave] = open(encoding, query);
    signal.addEventListener("abort", watcher.wake, { once: true });
    try {
      for (;;) {
        await watcher.ready();
        if (signal.aborted) throw signal.reason;
        const message = watcher.take();
        messages += 1;
        yield message;
      }
    } finally {
      signal.removeEventListener("abort", watcher.wake);
      leave();
      free();
    }
  }

  return {
    watch({ room, fromZxid }, { requestHeader, signal, values }) {
      const query = { room, from: fromZxid, address: values.get(callerAddress) };
      const isJson = requestHeader.get("content-type")?.includes("json") === true;
      if (isJson) return stream(jsonMessages, query, signal);
      return sendFrames(stream(binaryFrames, query, signal), values.get(directBody), signal);
    },
    stream,
    watchers: slots.used,
    handed: () => ({ messages, transactions: offered }),
    close() {
      unsubscribe();
      clearInterval(timer);
    },
  };
}

/** The library sends the head and the first message; the frames after it go out as they are. */
async function* sendFrames(
  frames: AsyncIterable<Uint8Array>,
  body: DirectBody | undefined,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  let isFirst = true;
  for await (const frame of frames) {
    if (isFirst || body === undefined) yield messageOfFrame(frame);
    else if (!body.write(frame)) await body.drained(signal);
    isFirst = false;
  }
}
