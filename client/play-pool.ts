/**
 * Commands and reads for whoever passes on those of many others: over one Play stream to one server
 * at a time. Every call is repeated on the next server, with the same request id, until one
 * answers, the deadline passes, or it is clear that nobody will answer. Needs transports over
 * HTTP/2.
 *
 * Bounds: beyond `outstandingMax` calls under way a command is refused. After a failure all calls
 * wait together: one of them tries a server, and only when it is answered do the others follow.
 */
import type { Transport } from "@connectrpc/connect";
import type { ErrorInfo } from "../gen/zabble/v1/error_pb.js";
import type { Clock } from "./clock.js";
import { createDeadlines, type Deadline } from "./deadlines.js";
import type { PlayCallInit, PlayOutcome } from "./play-session.js";
import { createPlayStreams } from "./play-streams.js";
import { createServerRing } from "./server-ring.js";
import type { Unavailable, Unknown } from "./zabble-client.js";

const PAUSE_MIN_MS = 5;
const PAUSE_MAX_MS = 100;

/** Of nothing but certain refusals. An election takes less, and nobody is to notice one. */
const GIVE_UP_MS = 1000;

/** For clients, who know of no addresses. */
export const UNREACHABLE = "No node can be reached.";

export interface PlayPoolOptions {
  /** Base addresses; at least one. */
  readonly servers: readonly string[];
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  /** Commands under way; one more is refused. */
  readonly outstandingMax: number;
  /** A server cannot be reached or broke off, the first time since it last answered; why. */
  readonly onLost: (server: string, reason: string) => void;
}

/** Certain that nothing happened. With `info` a server said so, else none was reached. */
type PoolUnavailable = Unavailable & { readonly info?: ErrorInfo | undefined };

/** Words are sentences, and never tell of addresses or the network. */
export type PoolOutcome =
  | Extract<PlayOutcome, { kind: "committed" | "game" | "refused" }>
  | PoolUnavailable
  | Unknown
  /** The deadline passed. Without doubt it is certain that nothing happened. */
  | { readonly kind: "expired"; readonly inDoubt: boolean }
  /** Too many are under way; nothing happened. */
  | { readonly kind: "overloaded"; readonly max: number };

export interface PlayPool {
  /**
   * Never rejects. A call whose request id is under way already is the same call, and gets its
   * outcome. Reads are never in doubt and not bounded: the caller shares them.
   */
  call(call: PlayCallInit, deadlineMs: number): Promise<PoolOutcome>;
  /** Calls under way. */
  pending(): number;
  /** Ends all streams; whatever a server may have taken becomes unknown. */
  close(): void;
}

/** A call that several may wait for. Its end is that of whoever gives it most time. */
interface UnderWay extends Deadline {
  readonly call: PlayCallInit;
  readonly isRead: boolean;
  readonly outcome: Promise<PoolOutcome>;
  readonly settle: (outcome: PoolOutcome) => void;
  /** A server has it and owes the answer. */
  isAsked: boolean;
  /** Some try may have happened. */
  inDoubt: boolean;
  /** Since when it has met nothing but failures, its own or of who tries for all. */
  failingSinceMs: number | undefined;
}

export function createPlayPool(options: PlayPoolOptions): PlayPool {
  const { servers, transport, clock, outstandingMax, onLost } = options;
  const ring = createServerRing(servers);
  const streams = createPlayStreams({ transport, clock, onLost, onEnd: ring.leave });
  const deadlines = createDeadlines(clock);
  const underWay = new Map<string, UnderWay>();
  const closed = new AbortController();
  /** Who waits to be tried again, or for the first time. */
  const waiting = new Set<UnderWay>();
  /** While some wait: the one that tries for all; undefined during the pause before it. */
  let probe: UnderWay | undefined;
  let isPausing = false;
  /** Pauses since the last answer. */
  let pauses = 0;
  /** The last no that a server itself gave since then. */
  let said: PoolUnavailable | undefined;
  /** When a try last ended in doubt: silence is no refusal, and the next server may well work. */
  let doubtAtMs = Number.NEGATIVE_INFINITY;
  /** What an overloaded server asked for before the next try. */
  let hintMs = 0;

  function attempt(call: UnderWay): void {
    const server = ring.current();
    call.isAsked = true;
    void streams.ask(server, call.call).then((outcome) => {
      call.isAsked = false;
      heard(call, server, outcome);
    });
  }

  function heard(call: UnderWay, server: string, outcome: PlayOutcome): void {
    if (closed.signal.aborted) return;
    if (outcome.kind !== "unavailable" && outcome.kind !== "unknown") {
      pauses = 0;
      said = undefined;
      if (probe === call) probe = undefined;
      settle(call, final(call, outcome));
      if (!isPausing) letAllGo();
      return;
    }
    ring.leave(server);
    // Its deadline may have ended it meanwhile.
    if (underWay.get(call.call.requestId) !== call) return;
    call.failingSinceMs ??= clock.now();
    if (outcome.kind === "unknown") {
      call.inDoubt = !call.isRead;
      doubtAtMs = clock.now();
    } else if (outcome.info !== undefined) said = outcome;
    hintMs = outcome.info?.reason === "OVERLOADED" ? outcome.info.retryAfterMs : 0;
    waiting.add(call);
    if (probe === call) probe = undefined;
    void tryAgain();
  }

  /** A malformed command is refused whenever it arrives; any other refusal speaks of that try. */
  function final(
    { call, inDoubt }: UnderWay,
    outcome: Extract<PoolOutcome, { kind: "committed" | "game" | "refused" }>,
  ): PoolOutcome {
    if (outcome.kind !== "refused" || !inDoubt || outcome.code === "invalid_argument") {
      return outcome;
    }
    const message = "An earlier try may have happened; a later one was refused.";
    return { kind: "unknown", requestId: call.requestId, message };
  }

  function settle(call: UnderWay, outcome: PoolOutcome): void {
    if (underWay.get(call.call.requestId) !== call) return;
    underWay.delete(call.call.requestId);
    deadlines.delete(call);
    waiting.delete(call);
    call.settle(outcome);
    if (probe !== call) return;
    probe = undefined;
    void tryAgain();
  }

  function letAllGo(): void {
    probe = undefined;
    const all = [...waiting];
    waiting.clear();
    for (const call of all) attempt(call);
  }

  /** One pause for all who wait; then one of them tries, or all if any call was answered since. */
  async function tryAgain(): Promise<void> {
    if (isPausing || probe !== undefined || waiting.size === 0) return;
    isPausing = true;
    const rounds = Math.min(Math.floor(pauses / ring.size), 8);
    const pauseMs = Math.min(PAUSE_MAX_MS, Math.max(PAUSE_MIN_MS * 2 ** rounds, hintMs));
    pauses += 1;
    await clock.sleep(pauseMs, closed.signal);
    isPausing = false;
    if (closed.signal.aborted) return;
    giveUp();
    if (pauses === 0) {
      letAllGo();
      return;
    }
    const [next] = waiting;
    if (next === undefined) return;
    waiting.delete(next);
    probe = next;
    attempt(next);
  }

  /** Tells those who have met nothing but certain refusals for long enough. */
  function giveUp(): void {
    const sinceMs = clock.now() - GIVE_UP_MS;
    if (doubtAtMs > sinceMs) return;
    for (const call of waiting) {
      const { inDoubt, failingSinceMs = clock.now() } = call;
      if (inDoubt || failingSinceMs > sinceMs) continue;
      settle(call, said ?? { kind: "unavailable", message: UNREACHABLE });
    }
  }

  function begin(call: PlayCallInit, endMs: number, isRead: boolean): UnderWay {
    let settleOutcome: (outcome: PoolOutcome) => void = () => {};
    const outcome = new Promise<PoolOutcome>((resolve) => {
      settleOutcome = resolve;
    });
    const begun: UnderWay = {
      call,
      endMs,
      isRead,
      outcome,
      settle: settleOutcome,
      onEnd: () => settle(begun, { kind: "expired", inDoubt: mayHaveHappened(begun) }),
      isAsked: false,
      inDoubt: false,
      failingSinceMs: undefined,
    };
    underWay.set(call.requestId, begun);
    deadlines.add(begun);
    return begun;
  }

  return {
    call(call, deadlineMs) {
      const { requestId } = call;
      const endMs = clock.now() + deadlineMs;
      const known = underWay.get(requestId);
      if (known !== undefined) {
        known.endMs = Math.max(known.endMs, endMs);
        return known.outcome;
      }
      if (closed.signal.aborted) {
        return Promise.resolve({ kind: "unavailable", message: UNREACHABLE });
      }
      if (deadlineMs <= 0) return Promise.resolve({ kind: "expired", inDoubt: false });
      const isRead = call.call?.case === "getGame";
      const count = Math.max(underWay.size, streams.unanswered());
      if (count >= outstandingMax && !isRead) {
        return Promise.resolve({ kind: "overloaded", max: outstandingMax });
      }
      const begun = begin(call, endMs, isRead);
      if (waiting.size === 0 && probe === undefined) {
        attempt(begun);
      } else {
        begun.failingSinceMs = clock.now();
        waiting.add(begun);
      }
      return begun.outcome;
    },
    pending: () => underWay.size,
    close() {
      closed.abort();
      deadlines.close();
      for (const call of underWay.values()) {
        const { requestId } = call.call;
        if (mayHaveHappened(call)) {
          call.settle({ kind: "unknown", requestId, message: "The connection was closed." });
        } else call.settle({ kind: "unavailable", message: UNREACHABLE });
      }
      underWay.clear();
      waiting.clear();
      streams.close();
    },
  };
}

function mayHaveHappened({ isRead, isAsked, inDoubt }: UnderWay): boolean {
  return !isRead && (isAsked || inDoubt);
}
