/**
 * One watcher's queue: what it has to be sent next, in which order, and what happens when it is
 * slow. It does not know where transactions come from (watch.ts) nor how they are sent.
 */
import type { Room } from "../game/room.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { Turns } from "./turns.js";
import { type Burst, burstOf, type WatchEncoding } from "./watch-encoding.js";

export interface WatcherOptions<M> {
  readonly encoding: WatchEncoding<M>;
  /** Transactions that may wait; one more and the queue gives way to a snapshot. */
  readonly queueMax: number;
  /** When who waits for something to take is let go on. */
  readonly turns: Turns;
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
    queue.push(burst);
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

  function takeCommitted(): M {
    const bursts = queue;
    queue = [];
    queued = 0;
    advance = false;
    if (options.applied() > told) told = options.applied();
    return encoding.committed(bursts, told);
  }

  return {
    resume(from, missed) {
      told = from;
      if (missed === undefined) resync();
      else for (const burst of missed) push(burst);
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
