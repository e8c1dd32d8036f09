/**
 * An endless Watch: it reconnects to another server after an error or a silence, and resumes where
 * it was (watch-position.ts), so that whoever listens sees each committed transaction once and in
 * order. It keeps no state of the game: projection.ts does.
 */
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import { formatZxid } from "../game/zxid.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import type { Clock } from "./clock.js";
import { failureOfError } from "./failure.js";
import { hasLeader } from "./has-leader.js";
import { LEADERLESS_MS } from "./led-elsewhere.js";
import { createServerRing } from "./server-ring.js";
import {
  createWatchPosition,
  type WatchPosition,
  type WatchPositionOptions,
} from "./watch-position.js";
import type { Refused } from "./zabble-client.js";

/** A server that says nothing for this long is left; a healthy one speaks every 2 s. */
const WATCH_SILENCE_MS = 3000;
const RECONNECT_MIN_MS = 50;
/** After a server that was there for so long the next one is asked at once. */
const STEADY_MS = 1000;
const RECONNECT_MAX_MS = 1000;
/** While it is not known whether others have a leader. */
const LOOK_AGAIN_MS = 200;

export interface ConnectionChange {
  readonly state: "connecting" | "live" | "lost";
  readonly server: string;
  /** The change as a sentence for a person. */
  readonly words: string;
}

export interface WatchOptions extends WatchPositionOptions {
  /** Base addresses; at least one. */
  readonly servers: readonly string[];
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  readonly onConnection: (change: ConnectionChange) => void;
  /**
   * Asked about a server that has been without a leader for LEADERLESS_MS and is not the only one:
   * a reason to leave it, in words, if others are known to have one.
   */
  readonly ledElsewhere?: () => string | undefined;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Resolves with undefined after `signal` aborted, or with the refusal if such a watch is malformed,
 * e.g. its room. Rejects only with what a callback threw, or if it meets an event that this program
 * does not know.
 */
export async function watch(options: WatchOptions): Promise<Refused | undefined> {
  const { clock, signal, onConnection } = options;
  const ring = createServerRing(options.servers);
  const position = createWatchPosition(options);
  let failures = 0;
  while (!signal.aborted) {
    const server = ring.current();
    onConnection({ state: "connecting", server, words: `Connecting to ${server}.` });
    const mayLeave = ring.size > 1;
    const end = await watchServer(options, server, position, mayLeave);
    if (signal.aborted) break;
    if (end.refusal !== undefined) return end.refusal;
    const wasSteady = end.liveMs >= STEADY_MS;
    failures = wasSteady ? 0 : end.liveMs >= 0 ? 1 : failures + 1;
    ring.leave(server);
    const why = end.reason.replace(/\.$/, "");
    const words = `Lost ${server}: ${why}. Resuming after ${formatZxid(position.zxid())}.`;
    onConnection({ state: "lost", server, words });
    if (wasSteady) continue;
    // The first way round the ring goes fast; a cluster that is down altogether is not hammered.
    const rounds = Math.min(Math.floor((failures - 1) / ring.size), 8);
    await clock.sleep(Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** rounds), signal);
  }
  return undefined;
}

interface ServerEnd {
  readonly reason: string;
  /** From its first word to its end; -1 if the server said nothing at all. */
  readonly liveMs: number;
  readonly refusal?: Refused;
}

async function watchServer(
  options: WatchOptions,
  server: string,
  position: WatchPosition,
  mayLeave: boolean,
): Promise<ServerEnd> {
  const { clock, signal, room } = options;
  const stream = new AbortController();
  let stopReason: string | undefined;
  const stop = (why: string): void => {
    stopReason ??= why;
    stream.abort(new ConnectError(why, Code.Canceled));
  };
  const liveMs = (): number => (firstHeardAt === undefined ? -1 : clock.now() - firstHeardAt);
  const onAbort = (): void => stop("the watch has ended");
  signal.addEventListener("abort", onAbort, { once: true });
  let firstHeardAt: number | undefined;
  let heardAt = clock.now();
  let leaderlessSince: number | undefined;

  /** Until the server is to be looked at again; it is left if it is silent or cut off. */
  function lookAfter(): number {
    const silentMs = heardAt + WATCH_SILENCE_MS - clock.now();
    if (silentMs <= 0) stop(`it was silent for ${WATCH_SILENCE_MS} ms`);
    const { ledElsewhere } = options;
    if (!mayLeave || ledElsewhere === undefined || leaderlessSince === undefined) return silentMs;
    const patienceMs = leaderlessSince + LEADERLESS_MS - clock.now();
    const reason = patienceMs > 0 ? undefined : ledElsewhere();
    if (reason !== undefined) stop(reason);
    return Math.min(silentMs, patienceMs > 0 ? patienceMs : LOOK_AGAIN_MS);
  }

  let look = new AbortController();
  stream.signal.addEventListener("abort", () => look.abort(), { once: true });
  const watchdog = (async () => {
    while (!stream.signal.aborted) {
      const ms = lookAfter();
      if (stream.signal.aborted) break;
      look = new AbortController();
      await clock.sleep(ms, look.signal);
    }
  })();
  try {
    const client = createClient(GameService, options.transport(server));
    const request = { room, fromZxid: position.zxid() };
    const responses = client.watch(request, { signal: stream.signal })[Symbol.asyncIterator]();
    for (;;) {
      // Only what the stream throws is the server's failure; what a callback throws is ours.
      const next = await responses.next().catch(failureOfError);
      if ("kind" in next) {
        const { code, message, info } = next;
        // A zxid that this server does not accept says nothing about the next server.
        const malformed = code === "invalid_argument" && info?.field !== "from_zxid";
        if (!malformed) return { reason: stopReason ?? message, liveMs: liveMs() };
        return {
          reason: message,
          liveMs: liveMs(),
          refusal: { kind: "refused", code, message, info },
        };
      }
      if (next.done === true) return { reason: "it ended the stream", liveMs: liveMs() };
      if (stream.signal.aborted) continue;
      heardAt = clock.now();
      if (firstHeardAt === undefined) {
        firstHeardAt = heardAt;
        options.onConnection({ state: "live", server, words: `Connected to ${server}.` });
      }
      const { message } = next.value;
      if (
        message.case === "status" &&
        hasLeader(message.value) !== (leaderlessSince === undefined)
      ) {
        leaderlessSince = hasLeader(message.value) ? undefined : heardAt;
        look.abort();
      }
      const fault = position.take(next.value);
      if (fault !== undefined) stop(fault);
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    stop("it is over");
    await watchdog;
  }
}
