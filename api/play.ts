/**
 * GameService.Play: the commands of many players on one stream, pipelined. Every call that arrives
 * is checked and submitted at once; whatever was answered meanwhile leaves in one message.
 *
 * Bounds, for each stream: beyond `outstandingMax` unanswered calls a call is refused with
 * OVERLOADED, and while that many answers wait for the client to take them nothing more is read.
 */
import type { HandlerContext } from "@connectrpc/connect";
import type { Limits } from "../config/cluster-config.js";
import type { PlayRequest, PlayResponse, PlayResult } from "../gen/zabble/v1/game_pb.js";
import { overloaded } from "./errors.js";
import { startCall } from "./play-call.js";
import { errorResult } from "./play-result.js";
import type { Replica } from "./replica.js";

export type Play = (
  requests: AsyncIterable<PlayRequest>,
  context: HandlerContext,
) => AsyncIterable<PlayResponse>;

type PlayLimits = Pick<Limits, "outstandingMax" | "deadlineMs">;

/** With so few calls under way an answer leaves at once; with more it waits for the turn's rest. */
const HURRY_OUTSTANDING_MAX = 2;

export function createPlay(replica: Replica, limits: PlayLimits): Play {
  return async function* play(requests, { signal }) {
    const session = createSession(replica, limits);
    signal.addEventListener("abort", session.wake, { once: true });
    session.read(requests);
    try {
      for (;;) {
        const results = await session.results(signal);
        if (signal.aborted) throw signal.reason;
        if (results === undefined) break;
        yield { $typeName: "zabble.v1.PlayResponse", results };
      }
      const failure = session.failure();
      if (failure !== undefined) throw failure.reason;
    } finally {
      signal.removeEventListener("abort", session.wake);
      session.close();
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

function createSession(replica: Replica, { outstandingMax, deadlineMs }: PlayLimits): Session {
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
