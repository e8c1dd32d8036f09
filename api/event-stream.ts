/**
 * GET /rooms/ROOM/events: the committed events of a room as server-sent events, as they happen,
 * with resume by Last-Event-ID.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { codeToHttpStatus } from "@connectrpc/connect/protocol-connect";
import { checkRoom } from "../game/check-command.js";
import { parseZxid } from "../game/zxid.js";
import { endWithPeer } from "./abandon.js";
import { answerPlainly } from "./answer-plainly.js";
import { clientAddress } from "./client-address.js";
import { drained } from "./direct-body.js";
import { toConnectError } from "./errors.js";
import { eventText } from "./event-text.js";
import type { HttpRequest, HttpResponse } from "./front-port.js";
import { roomOfPath } from "./room-of-path.js";
import type { ServiceLog } from "./service-log.js";
import type { WatchService } from "./watch.js";

export interface EventStreamOptions {
  readonly watching: Pick<WatchService, "stream">;
  /** Aborts when the server ends; its reason is what streams are told. */
  readonly shutdownSignal: AbortSignal;
  readonly log: Pick<ServiceLog, "warn">;
}

const HEADERS = { "content-type": "text/event-stream", "cache-control": "no-store" };

/**
 * Resolves when the stream is over; to HEAD it is just its headers. The room is as the path has it;
 * empty for every room.
 */
export async function streamEvents(
  { watching, shutdownSignal, log }: EventStreamOptions,
  request: HttpRequest,
  response: HttpResponse,
  encodedRoom: string,
  query: URLSearchParams,
): Promise<void> {
  const from = resumeFrom(request, query);
  if (from === undefined) {
    answerPlainly(response, 400, "The zxid to resume from is written 3.1842.\n");
    return;
  }
  const gone = new AbortController();
  endWithPeer(request, response);
  response.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, shutdownSignal]);
  try {
    const address = clientAddress(request.socket.remoteAddress);
    const asked = { room: roomOfPath(encodedRoom), from, address };
    if (request.method === "HEAD") {
      const checked = checkRoom(asked.room);
      if (!checked.ok) throw toConnectError(checked.rejection);
      response.writeHead(200, HEADERS);
      response.end();
      return;
    }
    for await (const text of watching.stream(eventText, asked, signal)) {
      if (!response.headersSent) response.writeHead(200, HEADERS);
      // Nothing is taken from the watcher while the client does not read: there it is bounded.
      if (!response.write(text)) await drained(response, signal);
    }
  } catch (error) {
    if (gone.signal.aborted) return;
    // Only a refusal has words for a client.
    const isRefusal = error instanceof ConnectError;
    if (!isRefusal) log.warn("an event stream failed", { err: error });
    refuse(response, isRefusal ? error : new ConnectError("internal error", Code.Internal));
  }
}

/** Where to resume: what EventSource sends after a loss, or ?from= by hand. */
function resumeFrom(request: HttpRequest, query: URLSearchParams): bigint | undefined {
  const header = request.headers["last-event-id"];
  const text = (Array.isArray(header) ? header[0] : header) ?? query.get("from") ?? "";
  return text === "" ? 0n : parseZxid(text);
}

/**
 * Before the first event with a status that says why; in the middle of a stream as its last line.
 */
function refuse(response: HttpResponse, error: ConnectError): void {
  if (response.headersSent) {
    response.end(`: ${error.rawMessage}\n\n`);
    return;
  }
  answerPlainly(response, codeToHttpStatus(error.code), `${error.rawMessage}\n`);
}
