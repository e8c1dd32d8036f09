/**
 * GameService.Play: the commands of many players on one stream, pipelined. Every call that arrives
 * is checked and submitted at once; whatever was answered meanwhile leaves in one message.
 *
 * Bounds, for each stream: beyond `outstandingMax` unanswered calls a call is refused with
 * OVERLOADED, while that many answers wait for the client to take them nothing more is read, and
 * after a silence of `idleMs` it ends. Streams in all and of one address are counted, too.
 */
import type { HandlerContext } from "@connectrpc/connect";
import type { Limits } from "../config/cluster-config.js";
import type { PlayRequest, PlayResponse, PlayResult } from "../gen/zabble/v1/game_pb.js";
import { callerAddress } from "./client-address.js";
import { overloaded } from "./errors.js";
import { startCall } from "./play-call.js";
import { errorResult } from "./play-result.js";
import type { Replica } from "./replica.js";
import { createSilence } from "./silence.js";
import type { Slots } from "./slots.js";

export type Play = (
  requests: AsyncIterable<PlayRequest>,
  context: HandlerContext,
) => AsyncIterable<PlayResponse>;

export interface PlayOptions {
  readonly replica: Replica;
  readonly limits: Pick<Limits, "outstandingMax" | "deadlineMs">;
  readonly slots: Pick<Slots, "take">;
  /** A stream without a message either way for so long ends. */
  readonly idleMs: number;
}

/** With so few calls under way an answer leaves at once; with more it waits for the turn's rest. */
const HURRY_OUTSTANDING_MAX = 2;

export function createPlay(options: PlayOptions): Play {
  return async function* play(requests, context) {
    const { signal } = context;
    const free = options.slots.take(context.values.get(callerAddress));
    const silence = createSilence(options.idleMs, signal);
    const session = createSession(options, silence.broken);
    silence.signal.addEventListener("abort", session.wake, { once: true });
    session.read(requests);
    try {
      for (;;) {
        const results = await session.results(silence.signal);
        if (silence.signal.aborted) throw silence.signal.reason;
        if (results === undefined) break;
        silence.broken();
        yield { $typeName: "zabble.v1.PlayResponse", results };
      }
      const failure = session.failure();
      if (failure !== undefined) throw failure.reason;
    } finally {
      silence.end();
      session.close();
      free();
    }
  };
}

interface Session {
  /** Reads calls, in the background, until the client ends its side or breaks it. */
  read(requests: AsyncIterable<PlayRequest>): void;
  /** Why the client's side could not be read to its end, once `results` said that all is done. */
  failure(): { readonly reason: unknown } | undefined;
  /** The next answers; none if the signal aborted; undefined when all is done. */
  results(signal: AbortSignal): Promise<PlayResult[] | undefined>;
  readonly wake: () => void;
  /** Late answers are dropped and nothing more is read. */
  close(): void;
}

/** `onMessage` hears of every message that arrives. */
function createSession({ replica, limits }: PlayOptions, onMessage: () => void): Session {
  const { outstandingMax, deadlineMs } = limits;
  let answers: PlayResult[] = [];
  let outstanding = 0;
  let ended = false;
  let failure: { readonly reason: unknown } | undefined;
  let closed = false;
  /** Set while the writer waits for answers, and while the reader waits for them to be taken. */
  let wakeWriter: (() => void) | undefined;
  let wakeReader: (() => void) | undefined;
  let wakeScheduled = false;

  function wake(): void {
    wakeScheduled = false;
    const resolve = wakeWriter;
    wakeWriter = undefined;
    resolve?.();
  }

  function push(result: PlayResult): void {
    if (closed) return;
    answers.push(result);
    if (wakeWriter === undefined || wakeScheduled) return;
    if (outstanding <= HURRY_OUTSTANDING_MAX) {
      wake();
    } else {
      wakeScheduled = true;
      setImmediate(wake);
    }
  }

  function settle(result: PlayResult): void {
    outstanding -= 1;
    push(result);
  }

  async function readAll(requests: AsyncIterable<PlayRequest>): Promise<void> {
    for await (const request of requests) {
      onMessage();
      for (const call of request.calls) {
        if (outstanding >= outstandingMax) {
          push(errorResult(call.requestId, overloaded(outstandingMax)));
        } else {
          outstanding += 1;
          startCall(replica, call, deadlineMs, settle);
        }
      }
      while (answers.length >= outstandingMax && !closed) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
      }
      if (closed) return;
    }
  }

  return {
    read(requests) {
      readAll(requests)
        .catch((reason: unknown) => {
          failure = { reason };
        })
        .finally(() => {
          ended = true;
          wake();
        });
    },
    failure: () => failure,
    async results(signal) {
      while (answers.length === 0 && !signal.aborted) {
        if (ended && outstanding === 0) return undefined;
        await new Promise<void>((resolve) => {
          wakeWriter = resolve;
        });
      }
      const results = answers;
      answers = [];
      wakeReader?.();
      wakeReader = undefined;
      return results;
    },
    wake,
    close() {
      closed = true;
      wakeReader?.();
    },
  };
}
