/**
 * From Node's request and response to the Connect handlers, with what the library's own adapter
 * leaves out: a request that cannot even be addressed is answered (there it would end the process),
 * a failed decoding is explained, and a body that never ends is cut off on HTTP/2 too.
 */
import http2 from "node:http2";
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
import { answerPlainly } from "./answer-plainly.js";
import { explainDecodeError } from "./decode-error.js";
import type { HttpRequest, HttpResponse, RequestListener } from "./front-port.js";
import type { ServiceLog } from "./service-log.js";

export interface RequestListenerOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors: Interceptor[];
  /** Asked about what is no method of a service; true if it has taken the request. */
  readonly plain?: (request: HttpRequest, response: HttpResponse) => boolean;
  /** The largest request message; a larger one is refused with resource_exhausted. */
  readonly messageBytesMax: number;
  /** For the body of a request that is no open stream. */
  readonly requestTimeoutMs: number;
  /** Aborts every running call with its reason. */
  readonly shutdownSignal: AbortSignal;
  readonly log: Pick<ServiceLog, "warn">;
}

/** In a handler's context: runs a function once the answer is out, or its connection is gone. */
export const afterAnswer: ContextKey<(run: () => void) => void> = createContextKey(
  (run: () => void) => run(),
  { description: "runs a function once the answer is out" },
);

/** The longest timer that Node can set; a longer client deadline is refused, not cut to 1 ms. */
const TIMEOUT_MS_MAX = 2_147_483_647;

/** Smaller messages are not worth a trip through the thread pool on every stream. */
const COMPRESS_BYTES_MIN = 65_536;

export function createRequestListener(options: RequestListenerOptions): RequestListener {
  const router = createConnectRouter({
    interceptors: options.interceptors,
    acceptCompression: [compressionGzip, compressionBrotli],
    compressMinBytes: COMPRESS_BYTES_MIN,
    readMaxBytes: options.messageBytesMax,
    maxTimeoutMs: TIMEOUT_MS_MAX,
    shutdownSignal: options.shutdownSignal,
  });
  options.routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return (request, response) => {
    // A broken request body is the handler's to meet; without a listener it would be uncaught.
    request.on("error", () => {});
    response.on("error", () => {});
    const handler = handlers.get((request.url ?? "").split("?", 1)[0] ?? "");
    if (handler === undefined) {
      if (options.plain?.(request, response) === true) return;
      answerPlainly(response, 404, "There is no such method.\n");
      return;
    }
    if (handler.method.methodKind !== "bidi_streaming") {
      limitBodyTime(request, response, options.requestTimeoutMs);
    }
    serve(handler, request, response).catch((reason: unknown) => {
      if (!response.headersSent) answerPlainly(response, 500, "The request failed.\n");
      else if (response.writable) abandon(response);
      if (ConnectError.from(reason).code === Code.Aborted || request.destroyed) return;
      options.log.warn("a request failed", { err: reason, method: handler.requestPath });
    });
  };
}

async function serve(
  handler: UniversalHandler,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const values = createContextValues().set(afterAnswer, (run) => response.once("close", run));
  let universal: Parameters<UniversalHandler>[0];
  try {
    universal = universalRequestFromNodeRequest(request, response, undefined, values);
  } catch {
    answerPlainly(response, 400, "The Host header is missing or malformed.\n");
    return;
  }
  let answer = await handler(universal);
  if (handler.method.methodKind === "unary") {
    dropBody(request);
    answer = await explainDecodeError(answer, handler.method.input);
  }
  await universalResponseToNodeResponse(answer, response);
}

/**
 * Reads what is left of a refused body, within the time of a request: some HTTP/2 clients lose the
 * answer if their stream is reset while they send. HTTP/1.1 servers do this themselves.
 */
function dropBody(request: HttpRequest): void {
  if (!("stream" in request) || request.stream.readableEnded) return;
  // The request is done with its stream, but would still pause it.
  request.stream.removeAllListeners("data");
  request.stream.resume();
}

/** HTTP/1.1 servers limit the time of a request themselves, HTTP/2 ones do not. */
function limitBodyTime(request: HttpRequest, response: HttpResponse, timeoutMs: number): void {
  if (!("stream" in request)) return;
  const timer = setTimeout(() => abandon(response), timeoutMs);
  const stop = (): void => clearTimeout(timer);
  request.stream.once("end", stop);
  request.stream.once("close", stop);
}

function abandon(response: HttpResponse): void {
  if ("stream" in response) response.stream.close(http2.constants.NGHTTP2_CANCEL);
  else response.destroy();
}
