/**
 * Many commands over one Play stream, answered in any order by request id: for whoever sends more
 * than a person types. Needs a transport over HTTP/2. It never repeats a command by itself: when
 * the stream breaks it says what is known of each call, and the caller repeats with the same ids.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type Transport } from "@connectrpc/connect";
import type { ErrorInfo } from "../gen/zabble/v1/error_pb.js";
import {
  GameService,
  type GetGameResponse,
  type PlayCall,
  PlayCallSchema,
  type PlayResult,
} from "../gen/zabble/v1/game_pb.js";
import type { Clock } from "./clock.js";
import { failureOfError, failureOfPlayError } from "./failure.js";
import type { Refused, Unavailable, Unknown } from "./zabble-client.js";

export interface PlaySessionOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Given up as broken after this long with calls unanswered and not a single answer. */
  readonly silenceMs: number;
  /** Calls unanswered at once; further ones are answered "unavailable" without being sent. */
  readonly pendingMax: number;
}

/** However many calls come in one tick, a message stays below what servers take. */
const CALLS_PER_MESSAGE = 128;

/** One call: a request id that no unanswered call has, and one command or read. */
export type PlayCallInit = MessageInitShape<typeof PlayCallSchema> & { readonly requestId: string };

/** What the server itself gave as its reason; undefined if the failure came from the stream. */
interface Said {
  readonly info?: ErrorInfo | undefined;
}

/** The words of a failure are the bare reason: the kind says what it means. */
export type PlayOutcome =
  | { readonly kind: "committed"; readonly zxid: bigint; readonly round: number }
  | { readonly kind: "game"; readonly game: GetGameResponse }
  | Refused
  | (Unknown & Said)
  | (Unavailable & Said);

export interface PlaySession {
  /** Never rejects. Calls made in one tick travel in one message, or a few. */
  call(call: PlayCallInit): Promise<PlayOutcome>;
  /** Unanswered calls. */
  pending(): number;
  /** Resolves with the reason once the stream is over, whichever side ended it. */
  readonly ended: Promise<string>;
  /** Ends the stream; whatever is unanswered becomes unknown. */
  close(): void;
}

interface PendingCall {
  readonly settle: (outcome: PlayOutcome) => void;
}

export function createPlaySession(options: PlaySessionOptions): PlaySession {
  const { clock, silenceMs, pendingMax } = options;
  const pending = new Map<string, PendingCall>();
  const stream = new AbortController();
  let queued: PlayCall[] = [];
  let wake: (() => void) | undefined;
  let endReason: string | undefined;
  let answers = 0;
  let watching = false;
  let sayEnded: (reason: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    sayEnded = resolve;
  });

  /** The request side: whatever has gathered since the last message becomes the next one. */
  async function* requests(): AsyncGenerator<{ calls: PlayCall[] }> {
    while (endReason === undefined) {
      if (queued.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      yield { calls: queued.splice(0, CALLS_PER_MESSAGE) };
    }
  }

  async function receive(): Promise<string> {
    const client = createClient(GameService, options.transport);
    try {
      for await (const response of client.play(requests(), { signal: stream.signal })) {
        answers++;
        for (const result of response.results) settle(result);
      }
      return "the server ended the stream";
    } catch (error) {
      return failureOfError(error).message;
    }
  }

  function settle(result: PlayResult): void {
    const call = pending.get(result.requestId);
    // An answer to nothing, or a second one, changes nothing.
    if (call === undefined) return;
    pending.delete(result.requestId);
    call.settle(outcomeOf(result));
  }

  function end(reason: string): void {
    if (endReason !== undefined) return;
    endReason = reason;
    const unsent = new Set(queued.map((call) => call.requestId));
    queued = [];
    for (const [requestId, call] of pending) {
      call.settle(
        unsent.has(requestId)
          ? { kind: "unavailable", message: reason }
          : { kind: "unknown", requestId, message: reason },
      );
    }
    pending.clear();
    wake?.();
    stream.abort(new ConnectError(reason, Code.Canceled));
    sayEnded(reason);
  }

  /** One timer at a time, however many calls there are. */
  async function watchSilence(): Promise<void> {
    watching = true;
    while (pending.size > 0 && endReason === undefined) {
      const answersBefore = answers;
      await clock.sleep(silenceMs, stream.signal);
      if (pending.size > 0 && answers === answersBefore) end(`no answer for ${silenceMs} ms`);
    }
    watching = false;
  }

  void receive().then(end);

  return {
    call(init) {
      const { requestId } = init;
      if (endReason !== undefined) {
        return Promise.resolve({ kind: "unavailable", message: endReason });
      }
      if (pending.size >= pendingMax) {
        const message = `${pendingMax} calls are unanswered already`;
        return Promise.resolve({ kind: "unavailable", message });
      }
      if (requestId === "" || pending.has(requestId)) {
        throw new Error(`A call needs a request id of its own, not "${requestId}".`);
      }
      return new Promise((resolve) => {
        pending.set(requestId, { settle: resolve });
        queued.push(create(PlayCallSchema, init));
        wake?.();
        if (!watching) void watchSilence();
      });
    },
    pending: () => pending.size,
    ended,
    close: () => end("closed by the caller"),
  };
}

function outcomeOf({ requestId, result }: PlayResult): PlayOutcome {
  switch (result.case) {
    case "done":
      return { kind: "committed", zxid: result.value.zxid, round: result.value.round };
    case "game":
      return { kind: "game", game: result.value };
    case "error": {
      const failure = failureOfPlayError(result.value);
      const { code, message, info } = failure;
      if (failure.kind === "refused") return { kind: "refused", code, message, info };
      if (failure.kind === "undone") return { kind: "unavailable", message, info };
      return { kind: "unknown", requestId, message, info };
    }
    case undefined:
      return { kind: "unknown", requestId, message: "the server's answer says nothing" };
  }
}
