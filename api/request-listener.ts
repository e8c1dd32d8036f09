/**
 * From Node's request and response to the Connect handlers, with what the library's own adapter
 * leaves out: a request that cannot even be addressed is answered (there it would end the process),
 * a failed decoding is explained, a body that never ends is cut off on HTTP/2 too, and when the
 * server drains, streams end while other calls go on.
 */
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextKey,
  createConnectRouter,
  createContextKey,
  createContextValues,
  type Interceptor,
} from "@connectrpc/connect";
import type { UniversalHandler } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { InvariantError } from "../game/invariant-error.js";
import { abandon, endWithPeer } from "./abandon.js";
import { afterAnswer } from "./after-answer.js";
import { answerPlainly } from "./answer-plainly.js";
import { TIMEOUT_HEADERS, TIMEOUT_MS_MAX, timeoutRefusal } from "./call-timeout.js";
import { callerAddress, clientAddress } from "./client-address.js";
import { forgiving, refusalOfQuery, withClientFault } from "./client-fault.js";
import { allowOf } from "./cors.js";
import { explainDecodeError } from "./decode-error.js";
import { directBody, directBodyOf } from "./direct-body.js";
import { toConnectError } from "./errors.js";
import type { HttpRequest, HttpResponse, RequestListener } from "./front-port.js";
import { withReadableMessage } from "./grpc-message.js";
import { createHandlerLookup } from "./node-paths.js";
import type { PlainRoutes } from "./plain-routes.js";
import { bodyOf, dropBody, limitBodyTime, readOn } from "./request-body.js";
import type { RequestGate } from "./request-gate.js";
import type { ServiceLog } from "./service-log.js";
import { abandonWhenStalled } from "./stalled-peer.js";

export interface RequestListenerOptions {
  readonly routes: (router: ConnectRouter) => void;
  /** Services of single nodes, served under /nodes/ID/; `calledNode` tells them which. */
  readonly nodeRoutes?: ((router: ConnectRouter) => void) | undefined;
  readonly interceptors: Interceptor[];
  /** Asked first, about every request. */
  readonly gate: RequestGate;
  /** Asked about what is no method of a service. */
  readonly plain?: PlainRoutes;
  /** The largest request message; a larger one is refused with resource_exhausted. */
  readonly messageBytesMax: number;
  /** For the body of a request that is no open stream. */
  readonly requestTimeoutMs: number;
  /** For a peer to read anything of an answer that waits for it. */
  readonly stallMs: number;
  /** Aborts every running stream with its reason. */
  readonly drainSignal: AbortSignal;
  /** Aborts every other running call with its reason. */
  readonly shutdownSignal: AbortSignal;
  readonly log: Pick<ServiceLog, "warn">;
}

/** In the context of a call beyond its address's rate: when to come back, in milliseconds. */
const overRateMs: ContextKey<number> = createContextKey(0, { description: "ms to stay away" });

/** In the context of a call that asks for too much time. */
const overTimeout: ContextKey<ConnectError | undefined> = createContextKey(undefined, {
  description: "why its timeout is refused",
});

/** Refuses as a handler would, so that each protocol's clients are told in its own words. */
const refuseEarly: Interceptor = (next) => (call) => {
  const overTime = call.contextValues.get(overTimeout);
  if (overTime !== undefined) throw overTime;
  const retryAfterMs = call.contextValues.get(overRateMs);
  if (retryAfterMs === 0) return next(call);
  throw toConnectError({ reason: "OVERLOADED", message: OVER_RATE, retryAfterMs });
};

const OVER_RATE = "There were too many requests from this address; send fewer a second.";

const NOTHING_HERE = "There is nothing at this address; / says what there is.\n";

const FAILED = "The request failed.\n";

/** What the library answers with a number alone: whoever typed the request by hand sees why. */
const BARE_STATUS: ReadonlyMap<number, string> = new Map([
  [405, "Call this method by POST; reads also take GET."],
  [
    415,
    'Say what you send: "content-type: application/json", or one of Connect, gRPC or gRPC-web.',
  ],
  [505, "This method needs HTTP/2."],
]);

/** What a proxy's client sends for the path (RFC 9112, 3.2.2): with the scheme and the host. */
const ABSOLUTE = /^https?:\/\/[^/?]*\/?/i;

/** Of all that there is, for whoever asks about nothing of it. */
const ALL_METHODS = ["GET", "HEAD", "POST"];

/** Smaller messages are not worth a trip through the thread pool on every stream. */
const COMPRESS_BYTES_MIN = 65_536;

export function createRequestListener(options: RequestListenerOptions): RequestListener {
  function handlersOf(routes: (router: ConnectRouter) => void): UniversalHandler[] {
    const router = createConnectRouter({
      interceptors: [...options.interceptors, refuseEarly],
      acceptCompression: [forgiving(compressionGzip), forgiving(compressionBrotli)],
      compressMinBytes: COMPRESS_BYTES_MIN,
      readMaxBytes: options.messageBytesMax,
      maxTimeoutMs: TIMEOUT_MS_MAX,
      shutdownSignal: options.shutdownSignal,
    });
    routes(router);
    return router.handlers;
  }
  const { routes, nodeRoutes = () => {} } = options;
  const findHandler = createHandlerLookup(handlersOf(routes), handlersOf(nodeRoutes));

  function answerWithoutService(request: HttpRequest, response: HttpResponse): void {
    try {
      if (options.plain?.answer(request, response) === true) return;
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      options.log.warn("a plain request failed", { err: error, url: request.url });
      answerPlainly(response, 500, FAILED);
      return;
    }
    answerPlainly(response, 404, NOTHING_HERE);
  }

  return (request, response) => {
    // A broken request body is the handler's to meet; without a listener it would be uncaught.
    request.on("error", () => {});
    response.on("error", () => {});
    abandonWhenStalled(response, options.stallMs);
    const url = (request.url ?? "").replace(ABSOLUTE, "/");
    request.url = url;
    const [path = ""] = url.split("?", 1);
    const handler = findHandler(path);
    const methods = (): readonly string[] =>
      handler?.allowedMethods ?? options.plain?.methods(path) ?? ALL_METHODS;
    const retryAfterMs = options.gate(request, response, methods);
    if (retryAfterMs === "answered") return;
    if (handler === undefined) {
      if (retryAfterMs === 0) answerWithoutService(request, response);
      else answerPlainly(response, 429, `${OVER_RATE}\n`);
      return;
    }
    const { methodKind } = handler.method;
    if (methodKind !== "bidi_streaming") {
      limitBodyTime(request, response, options.requestTimeoutMs);
    } else if ("stream" in request) {
      // Open for as long as it is answered; then what still comes is a body like any other.
      request.stream.once("finish", () => {
        limitBodyTime(request, response, options.requestTimeoutMs);
        dropBody(request);
      });
    }
    response.once("finish", () => readOn(request));
    if (methodKind !== "unary") endWithPeer(request, response);
    const drainSignal = methodKind === "unary" ? undefined : options.drainSignal;
    serve(handler, request, response, { retryAfterMs, drainSignal }).catch((reason: unknown) => {
      if (!response.headersSent) answerPlainly(response, 500, FAILED);
      else if (response.writable) abandon(response);
      if (ConnectError.from(reason).code === Code.Aborted || request.destroyed) return;
      options.log.warn("a request failed", { err: reason, method: handler.requestPath });
    });
  };
}

interface Circumstances {
  /** More than 0 if the call is to be refused. */
  readonly retryAfterMs: number;
  /** Ends the call, beside its own end. */
  readonly drainSignal: AbortSignal | undefined;
}

async function serve(
  handler: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
  { retryAfterMs, drainSignal }: Circumstances,
): Promise<void> {
  const values = createContextValues()
    .set(afterAnswer, (run) => response.once("close", run))
    .set(overRateMs, retryAfterMs)
    .set(callerAddress, clientAddress(request.socket.remoteAddress))
    .set(directBody, directBodyOf(response));
  let universal: Parameters<UniversalHandler>[0];
  try {
    universal = universalRequestFromNodeRequest(request, response, undefined, values);
  } catch {
    answerPlainly(response, 400, "The Host header is missing or malformed.\n");
    return;
  }
  universal = { ...universal, body: bodyOf(request) };
  if (drainSignal !== undefined) {
    const signal = eitherSignal(universal.signal, drainSignal, response);
    universal = { ...universal, signal };
  }
  const overTime = timeoutRefusal(universal.header);
  if (overTime !== undefined) {
    values.set(overTimeout, overTime);
    for (const name of TIMEOUT_HEADERS) universal.header.delete(name);
  }
  let answer = refusalOfQuery(universal) ?? (await handler(universal));
  if (handler.method.methodKind === "unary") {
    dropBody(request);
    answer = await explainDecodeError(answer, handler.method.input);
  }
  if (answer.status === 405) response.setHeader("allow", allowOf(handler.allowedMethods));
  const words = answer.body === undefined ? BARE_STATUS.get(answer.status) : undefined;
  if (words !== undefined) answerPlainly(response, answer.status, `${words}\n`);
  else {
    const civil = withReadableMessage(withClientFault(answer));
    await universalResponseToNodeResponse(civil, response);
  }
}

/** Aborts with the first of two. AbortSignal.any would keep what hangs on a long-lived one. */
function eitherSignal(own: AbortSignal, common: AbortSignal, response: HttpResponse): AbortSignal {
  const either = new AbortController();
  const onCommon = (): void => either.abort(common.reason);
  own.addEventListener("abort", () => either.abort(own.reason), { once: true });
  common.addEventListener("abort", onCommon, { once: true });
  response.once("close", () => common.removeEventListener("abort", onCommon));
  if (common.aborted) onCommon();
  return either.signal;
}
