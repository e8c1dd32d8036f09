/**
 * One watcher's queue: what it has to be sent next, in which order, and what happens when it is
 * slow. It does not know where transactions come from (watch.ts) nor how they are sent.
 */
import type { Room } from "../game/room.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { Turns } from "./turns.js";
import { type Burst, burstOf, inPieces, type WatchEncoding } from "./watch-encoding.js";

export interface WatcherOptions<M> {
  readonly encoding: WatchEncoding<M>;
  /** Transactions that may wait; one more and the queue gives way to a snapshot. */
  readonly queueMax: number;
  /** Transactions that one message holds, at most; the same for all watchers. */
  readonly pieceMax: number;
  /** When who waits for something to take is let go on. */
  readonly turns: Turns;
  /** When who has more to take than one message is let go on. */
  readonly backlogTurns: Turns;
  /** The node's status at the start. */
  readonly status: NodeStatus;
  /** The newest zxid whose burst, if it concerns the watcher, was handed to onBurst. */
  readonly applied: () => bigint;
  /** The state now, with the rooms that the watcher is to see. */
  readonly snapshot: () => { readonly zxid: bigint; readonly rooms: readonly Room[] };
}

/** The side on which it hears of what happens. */
export interface WatcherEars {
  onBurst(burst: Burst): void;
  /** What it saw is void. */
  onReset(): void;
  onStatus(status: NodeStatus): void;
}

export interface Watcher<M> extends WatcherEars {
  /** It has seen all up to `from` and then missed `missed`; undefined: it needs a snapshot. */
  resume(from: bigint, missed: readonly Burst[] | undefined): void;
  /** The next take throws this. */
  fail(error: Error): void;
  /** Resolves when take has something, or after wake. */
  ready(): Promise<void>;
  readonly wake: () => void;
  /** The next message; call it only after ready. */
  take(): M;
}

export function createWatcher<M>(options: WatcherOptions<M>): Watcher<M> {
  const { encoding } = options;
  let queue: Burst[] = [];
  let queued = 0;
  /** Has more to take than comes by itself, so others go first. */
  let isBehind = false;
  let needsSnapshot = false;
  let status: NodeStatus | undefined = options.status;
  let failure: Error | undefined;
  /** The watcher has been told that it saw everything up to here; it never goes back. */
  let told = 0n;
  /** With the status, it is also told how far the transactions of other rooms went. */
  let advance = true;
  let waiting: (() => void) | undefined;

  function wake(): void {
    if (waiting === undefined) return;
    options.turns.take(waiting);
    waiting = undefined;
  }

  function resync(): void {
    queue = [];
    queued = 0;
    isBehind = false;
    needsSnapshot = true;
    wake();
  }

  function push(burst: Burst): void {
    if (needsSnapshot) return;
    const full = queued > 0 && queued + burst.transactions.length > options.queueMax;
    if (full) {
      resync();
      return;
    }
    queue.push(...inPieces(burst, options.pieceMax));
    queued += burst.transactions.length;
    wake();
  }

  const hasAdvance = (): boolean => advance && options.applied() > told;

  function hasWork(): boolean {
    return (
      failure !== undefined ||
      needsSnapshot ||
      status !== undefined ||
      queue.length > 0 ||
      hasAdvance()
    );
  }

  function takeSnapshot(): M {
    const { zxid, rooms } = options.snapshot();
    needsSnapshot = false;
    told = zxid;
    return encoding.snapshot(zxid, rooms);
  }

  /** The bursts at the head of the queue that fit into one message. */
  function takePiece(): readonly Burst[] {
    let count = 0;
    let size = 0;
    for (const { transactions } of queue) {
      if (count > 0 && size + transactions.length > options.pieceMax) break;
      count += 1;
      size += transactions.length;
    }
    queued -= size;
    return queue.splice(0, count);
  }

  function takeCommitted(): M {
    const bursts = takePiece();
    isBehind = queue.length > 0;
    // Whoever resumes from what it was told must not miss what still waits here.
    const ends = [bursts.at(-1)?.last ?? told, isBehind ? told : options.applied()];
    for (const end of ends) if (end > told) told = end;
    advance = false;
    return encoding.committed(bursts, told);
  }

  return {
    resume(from, missed) {
      told = from;
      if (missed === undefined) resync();
      else for (const burst of missed) push(burst);
      isBehind = queue.length > 0;
    },
    onBurst(burst) {
      // A snapshot or a client's own zxid may already reach beyond the burst, or into it.
      if (burst.last <= told) return;
      if (burst.first > told) {
        push(burst);
        return;
      }
      const rest = burstOf(burst.transactions.filter((transaction) => transaction.zxid > told));
      if (rest !== undefined) push(rest);
    },
    onReset: resync,
    onStatus(next) {
      status = next;
      advance = true;
      wake();
    },
    fail(error) {
      failure = error;
      wake();
    },
    ready() {
      if (isBehind) return new Promise((resolve) => options.backlogTurns.take(resolve));
      if (hasWork()) return Promise.resolve();
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    wake,
    take() {
      if (failure !== undefined) throw failure;
      if (needsSnapshot) return takeSnapshot();
      if (status !== undefined) {
        const next = status;
        status = undefined;
        return encoding.status(next);
      }
      return takeCommitted();
    },
  };
}
