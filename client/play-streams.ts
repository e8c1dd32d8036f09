/**
 * One Play stream a server, opened when it is needed and anew when it broke. What a failed call
 * means, and where to repeat it, is for play-pool.ts.
 */
import type { Transport } from "@connectrpc/connect";
import type { Clock } from "./clock.js";
import {
  createPlaySession,
  type PlayCallInit,
  type PlayOutcome,
  type PlaySession,
} from "./play-session.js";

/** A frozen server is left after this long without a single answer. */
const SILENCE_MS = 1000;

export interface PlayStreamsOptions {
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  /** A call to the server failed on the way, the first since it last answered; in its words. */
  readonly onLost: (server: string, reason: string) => void;
  /** The stream to the server is over, whoever ended it. */
  readonly onEnd: (server: string) => void;
}

export interface PlayStreams {
  /**
   * Never rejects. A stream takes each request id once; asking it again while it owes the answer is
   * waiting for that.
   */
  ask(server: string, call: PlayCallInit): Promise<PlayOutcome>;
  /** Calls that streams owe an answer to, also after whoever asked has given up. */
  unanswered(): number;
  /** Ends all streams; whatever is unanswered becomes unknown. */
  close(): void;
}

export function createPlayStreams(options: PlayStreamsOptions): PlayStreams {
  const { transport, clock, onLost, onEnd } = options;
  const sessions = new Map<string, PlaySession>();
  const asked = new Map<string, Promise<PlayOutcome>>();
  const lost = new Set<string>();
  let isClosed = false;

  function sessionOf(server: string): PlaySession {
    const known = sessions.get(server);
    if (known !== undefined) return known;
    const session = createPlaySession({
      transport: transport(server),
      clock,
      silenceMs: SILENCE_MS,
      // Whoever asks bounds all streams together.
      pendingMax: Number.POSITIVE_INFINITY,
    });
    sessions.set(server, session);
    void session.ended.then(() => {
      if (sessions.get(server) === session) sessions.delete(server);
      onEnd(server);
    });
    return session;
  }

  async function send(server: string, key: string, call: PlayCallInit): Promise<PlayOutcome> {
    const outcome = await sessionOf(server).call(call);
    asked.delete(key);
    if (!isOnTheWay(outcome)) {
      lost.delete(server);
    } else if (!isClosed && !lost.has(server)) {
      lost.add(server);
      onLost(server, outcome.message);
    }
    return outcome;
  }

  return {
    ask(server, call) {
      const key = `${server} ${call.requestId}`;
      const known = asked.get(key);
      if (known !== undefined) return known;
      const answer = send(server, key, call);
      asked.set(key, answer);
      return answer;
    },
    unanswered: () => asked.size,
    close() {
      isClosed = true;
      for (const session of sessions.values()) session.close();
    },
  };
}

/** It failed on the way to the server or back: the server itself said nothing. */
function isOnTheWay(
  outcome: PlayOutcome,
): outcome is Extract<PlayOutcome, { kind: "unavailable" | "unknown" }> {
  const failed = outcome.kind === "unavailable" || outcome.kind === "unknown";
  return failed && outcome.info === undefined;
}
