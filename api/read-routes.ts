/**
 * Reads for people, as plain GETs: /rooms, /rooms/ROOM, /rooms/ROOM/log, /cluster and /status. Each
 * becomes the GET of the method that it stands for and is answered by that method's own handler, in
 * its JSON and with its errors; no rule of the game or the log is known here.
 */
import type { JsonObject } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ConnectRouter,
  createConnectRouter,
  type Interceptor,
} from "@connectrpc/connect";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { answerWhole } from "./answer-whole.js";
import { TIMEOUT_MS_MAX, timeoutRefusal } from "./call-timeout.js";
import { explainDecodeError } from "./decode-error.js";
import { badRequest, toConnectError } from "./errors.js";
import type { HttpRequest, HttpResponse } from "./front-port.js";
import { READ_ROUTES, type ReadRoute } from "./read-table.js";
import { roomOfPath } from "./room-of-path.js";

export interface ReadRoutesOptions {
  /** Registers the services that are read from. */
  readonly routes: (router: ConnectRouter) => void;
  readonly interceptors: Interceptor[];
  /** Aborts every running read with its reason. */
  readonly shutdownSignal: AbortSignal;
}

/** True if it has taken the request; of GET and HEAD only. */
export type ReadRoutes = (
  request: HttpRequest,
  response: HttpResponse,
  path: string,
  query: URLSearchParams,
) => boolean;

/** Asked with the path alone; the room is still percent-encoded. */
const PATTERNS = READ_ROUTES.map((route) => ({
  route,
  pattern: new RegExp(`^${route.path.replace("{room}", "([^/]+)")}$`),
}));

/** Whether it is the path of a read. */
export function isReadPath(path: string): boolean {
  return PATTERNS.some(({ pattern }) => pattern.test(path));
}

export function createReadRoutes(options: ReadRoutesOptions): ReadRoutes {
  const { interceptors, shutdownSignal } = options;
  const maxTimeoutMs = TIMEOUT_MS_MAX;
  const router = createConnectRouter({ interceptors, shutdownSignal, maxTimeoutMs });
  options.routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.method, handler]));

  async function read(
    { method }: ReadRoute,
    message: JsonObject,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<UniversalServerResponse> {
    const handler = handlers.get(method);
    if (handler === undefined) throw new Error(`${method.name} is not served`);
    const query = new URLSearchParams({ encoding: "json", message: JSON.stringify(message) });
    const header = new Headers();
    const timeout = request.headers["connect-timeout-ms"];
    if (typeof timeout === "string") header.set("connect-timeout-ms", timeout);
    const refusal = timeoutRefusal(header);
    if (refusal !== undefined) throw refusal;
    const answer = await handler({
      httpVersion: request.httpVersion,
      method: "GET",
      url: `http://localhost${handler.requestPath}?${query}`,
      header,
      body: null,
      signal,
    });
    return explainDecodeError(answer, method.input);
  }

  async function answer(
    route: ReadRoute,
    room: string | undefined,
    query: URLSearchParams,
    request: HttpRequest,
    response: HttpResponse,
  ): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      const message = messageOf(route, room, query);
      const { status, body = [] } = await read(route, message, request, gone.signal);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      answerJson(response, status, Buffer.concat(chunks));
    } catch (reason) {
      // Only a refusal has words for a client.
      const isRefusal = reason instanceof ConnectError;
      const error = isRefusal ? reason : new ConnectError("internal error", Code.Internal);
      answerJson(response, codeToHttpStatus(error.code), errorToJsonBytes(error, undefined));
    }
  }

  return (request, response, path, query) => {
    for (const { route, pattern } of PATTERNS) {
      const found = pattern.exec(path);
      if (found === null) continue;
      void answer(route, found[1], query, request, response);
      return true;
    }
    return false;
  };
}

function answerJson(response: HttpResponse, status: number, json: Uint8Array): void {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  answerWhole(response, status, headers, Buffer.concat([json, Buffer.from("\n")]));
}

/** The request that the query stands for. Throws ConnectError if it is written wrongly. */
function messageOf(route: ReadRoute, room: string | undefined, query: URLSearchParams): JsonObject {
  const allowed = route.keys.map(({ name }) => name).join(", ") || "none";
  const message: JsonObject = room === undefined ? {} : { room: roomOfPath(room) };
  for (const name of new Set(query.keys())) {
    const key = route.keys.find((candidate) => candidate.name === name);
    const [text = "", ...more] = query.getAll(name);
    if (key === undefined || more.length > 0) {
      const what = key === undefined ? `There is no query key ${name}` : `${name} is there twice`;
      const rule = `one of: ${allowed}`;
      const words = `${what}; ${route.path} knows: ${allowed}.`;
      throw toConnectError({ reason: "BAD_REQUEST", message: words, field: name, rule });
    }
    const fields = key.fields(text);
    if (fields === undefined) throw toConnectError(badRequest(name, key.rule));
    Object.assign(message, fields);
  }
  return message;
}
