/**
 * Commands and reads for whoever passes on those of many others: over one Play stream to one server
 * at a time. Every call is repeated on the next server, with the same request id, until one answers
 * or the deadline passes. Needs transports over HTTP/2.
 */
import type { Transport } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import {
  createPlaySession,
  type PlayCallInit,
  type PlayOutcome,
  type PlaySession,
} from "./play-session.js";
import { createServerRing } from "./server-ring.js";

/** A frozen server is left after this long without a single answer. */
const SILENCE_MS = 1000;
/** Calls unanswered at once; further ones are answered "unavailable". */
const PENDING_MAX = 4096;
const BACKOFF_MIN_MS = 5;
const BACKOFF_MAX_MS = 100;

export interface PlayPoolOptions {
  /** Base addresses; at least one. */
  readonly servers: readonly string[];
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
}

export interface PlayPool {
  /**
   * Never rejects. "unavailable" is certain that nothing happened; "unknown" is not. A call whose
   * request id is under way already is the same call, and gets its outcome.
   */
  call(call: PlayCallInit, deadlineMs: number): Promise<PlayOutcome>;
  /** Calls under way. */
  pending(): number;
  /** Ends all streams; whatever is under way becomes unknown. */
  close(): void;
}

/** A call that several may wait for. */
interface UnderWay {
  /** It goes on for whoever gives it most time; all but he have their own deadlines. */
  readonly until: { endMs: number };
  readonly outcome: Promise<PlayOutcome>;
}

export function createPlayPool({ servers, transport, clock }: PlayPoolOptions): PlayPool {
  const ring = createServerRing(servers);
  /** One stream a server, opened when it is needed. */
  const sessions = new Map<string, PlaySession>();
  const underWay = new Map<string, UnderWay>();
  /** What streams have not answered yet, also after whoever asked has given up. */
  const asked = new Map<string, Promise<PlayOutcome>>();
  const closed = new AbortController();

  function sessionOf(server: string): PlaySession {
    const known = sessions.get(server);
    if (known !== undefined) return known;
    const session = createPlaySession({
      transport: transport(server),
      clock,
      silenceMs: SILENCE_MS,
      pendingMax: PENDING_MAX,
    });
    sessions.set(server, session);
    void session.ended.then(() => {
      if (sessions.get(server) === session) sessions.delete(server);
      ring.leave(server);
    });
    return session;
  }

  /** A stream takes each request id once; asking it again while it owes the answer is waiting. */
  function ask(server: string, call: PlayCallInit): Promise<PlayOutcome> {
    const key = `${server} ${call.requestId}`;
    const known = asked.get(key);
    if (known !== undefined) return known;
    const answer = sessionOf(server)
      .call(call)
      .finally(() => asked.delete(key));
    asked.set(key, answer);
    return answer;
  }

  async function answered(call: PlayCallInit, until: UnderWay["until"]): Promise<PlayOutcome> {
    let inDoubt = false;
    let last: PlayOutcome = { kind: "unavailable", message: "Nothing happened: no time was left" };
    for (let tries = 0; !closed.signal.aborted; tries++) {
      if (until.endMs <= clock.now()) break;
      const server = ring.current();
      const outcome = await within(ask(server, call), until, call.requestId);
      if (outcome.kind === "committed" || outcome.kind === "game") return outcome;
      last = outcome;
      if (outcome.kind === "refused") {
        // A malformed command is refused whenever it arrives; any other refusal speaks of that try.
        if (!inDoubt || outcome.code === "invalid_argument") return outcome;
        break;
      }
      if (outcome.kind === "unknown") inDoubt = true;
      ring.leave(server);
      const rounds = Math.min(Math.floor(tries / ring.size), 8);
      await clock.sleep(Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** rounds), closed.signal);
    }
    if (!inDoubt || last.kind === "unknown") return last;
    const said = "message" in last ? last.message : "";
    const message = `The outcome is unknown: an earlier try may have happened; last: ${said}`;
    return { kind: "unknown", requestId: call.requestId, message };
  }

  async function within(
    answer: Promise<PlayOutcome>,
    until: UnderWay["until"],
    requestId: string,
  ): Promise<PlayOutcome> {
    const timer = new AbortController();
    const late = async (): Promise<PlayOutcome> => {
      // A repeat may have given it more time meanwhile.
      while (!timer.signal.aborted && clock.now() < until.endMs) {
        await clock.sleep(until.endMs - clock.now(), timer.signal);
      }
      return { kind: "unknown", requestId, message: "The outcome is unknown: the deadline passed" };
    };
    const first = await Promise.race([answer, late()]);
    timer.abort();
    return first;
  }

  return {
    call(call, deadlineMs) {
      const { requestId } = call;
      const endMs = clock.now() + deadlineMs;
      const known = underWay.get(requestId);
      if (known !== undefined) {
        known.until.endMs = Math.max(known.until.endMs, endMs);
        return known.outcome;
      }
      const until = { endMs };
      const outcome = answered(call, until).finally(() => {
        underWay.delete(requestId);
      });
      underWay.set(requestId, { until, outcome });
      return outcome;
    },
    pending: () => underWay.size,
    close() {
      closed.abort();
      for (const session of sessions.values()) session.close();
    },
  };
}
