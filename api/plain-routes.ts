/**
 * What the port answers to plain HTTP, for curl, scripts and browsers without any library: how it
 * is (/healthz, /readyz), the committed events of a room as they happen (/rooms/ROOM/events), and
 * at / what else there is to try.
 */
import { ConnectError } from "@connectrpc/connect";
import { parseZxid } from "../game/zxid.js";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { answerPlainly } from "./answer-plainly.js";
import { eventText } from "./event-text.js";
import type { HttpRequest, HttpResponse } from "./front-port.js";
import type { Replica } from "./replica.js";
import type { ServiceLog } from "./service-log.js";
import type { WatchService } from "./watch.js";

export interface PlainRoutesOptions {
  readonly replica: Replica;
  readonly watching: WatchService;
  /** Aborts when the server ends; its reason is what streams are told. */
  readonly shutdownSignal: AbortSignal;
  readonly log: Pick<ServiceLog, "warn">;
}

/** True if it has taken the request. */
export type PlainRoutes = (request: HttpRequest, response: HttpResponse) => boolean;

const EVENTS = /^\/rooms\/([^/]*)\/events$/;

const WELCOME = `Zabble: guess a number from 0 to 100; the closest guess wins the round.

  curl -d '{"player":"ann","value":50}' -H 'content-type: application/json' \\
    HOST/zabble.v1.GameService/SetTarget          set a target
  curl -d '{"player":"bob","value":47}' -H 'content-type: application/json' \\
    HOST/zabble.v1.GameService/SubmitGuess        guess
  curl -G -d connect=v1 -d encoding=json --data-urlencode 'message={"room":"lobby"}' \\
    HOST/zabble.v1.GameService/GetGame            the room as it stands
  curl -N HOST/rooms/lobby/events                 every event, as it is committed
  curl HOST/healthz HOST/readyz                   is it alive, is it in touch with a leader

Every method takes JSON by POST; gRPC, gRPC-web and Connect clients find them by reflection.
`;

export function createPlainRoutes(options: PlainRoutesOptions): PlainRoutes {
  const { replica } = options;
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return false;
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    if (path === "/") {
      const host = `http://${request.headers.host ?? request.headers[":authority"] ?? ""}`;
      answerPlainly(response, 200, WELCOME.replaceAll("HOST", host));
      return true;
    }
    if (path === "/healthz") {
      answerPlainly(response, 200, "alive\n");
      return true;
    }
    if (path === "/readyz") {
      const { phase, leaderId } = replica.status();
      const isReady = phase === Phase.BROADCAST;
      const words = isReady ? `ready, ${leaderId} leads\n` : "not ready: no leader is known\n";
      answerPlainly(response, isReady ? 200 : 503, words);
      return true;
    }
    const room = EVENTS.exec(path)?.[1];
    // Who asks for the headers alone would be kept waiting for the end of an endless stream.
    if (room === undefined || request.method === "HEAD") return false;
    void streamEvents(options, request, response, room, new URLSearchParams(query));
    return true;
  };
}

/** Where to resume: what EventSource sends after a loss, or ?from= by hand. */
function resumeFrom(request: HttpRequest, query: URLSearchParams): bigint | undefined {
  const header = request.headers["last-event-id"];
  const text = (Array.isArray(header) ? header[0] : header) ?? query.get("from") ?? "";
  return text === "" ? 0n : parseZxid(text);
}

async function streamEvents(
  { watching, shutdownSignal, log }: PlainRoutesOptions,
  request: HttpRequest,
  response: HttpResponse,
  room: string,
  query: URLSearchParams,
): Promise<void> {
  const from = resumeFrom(request, query);
  if (from === undefined) {
    answerPlainly(response, 400, "The zxid to resume from is written 3.1842.\n");
    return;
  }
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, shutdownSignal]);
  try {
    for await (const text of watching.stream(eventText, { room, from }, signal)) {
      if (!response.headersSent) {
        const headers = { "content-type": "text/event-stream", "cache-control": "no-store" };
        response.writeHead(200, headers);
      }
      // Nothing is taken from the watcher while the client does not read: there it is bounded.
      if (!response.write(text)) await drained(response, signal);
    }
  } catch (error) {
    if (gone.signal.aborted) return;
    refuse(response, ConnectError.from(error), log);
  }
}

/**
 * Before the first event with a status that says why; in the middle of a stream as its last line.
 */
function refuse(response: HttpResponse, error: ConnectError, log: Pick<ServiceLog, "warn">): void {
  if (response.headersSent) {
    response.end(`: ${error.rawMessage}\n\n`);
    return;
  }
  const status = STATUS_BY_CODE.get(error.code) ?? 500;
  if (status === 500) log.warn("an event stream failed", { err: error });
  answerPlainly(response, status, `${error.rawMessage}\n`);
}

/** invalid_argument, resource_exhausted and unavailable; nothing else is expected here. */
const STATUS_BY_CODE: ReadonlyMap<number, number> = new Map([
  [3, 400],
  [8, 429],
  [14, 503],
]);

function drained(response: HttpResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
