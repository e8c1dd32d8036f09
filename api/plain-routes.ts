/**
 * What the port answers to plain HTTP, for curl, scripts and browsers without any library: who is
 * asked for which path. At / stands what there is to try, or the page for whoever can show it.
 */
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { answerPlainly } from "./answer-plainly.js";
import { answerWhole, varyBy } from "./answer-whole.js";
import { allowOf } from "./cors.js";
import { type EventStreamOptions, streamEvents } from "./event-stream.js";
import type { HttpRequest, HttpResponse } from "./front-port.js";
import type { Metrics } from "./metrics.js";
import type { PageFiles } from "./page-files.js";
import { isReadPath, type ReadRoutes } from "./read-routes.js";
import type { Replica } from "./replica.js";

export interface PlainRoutesOptions {
  readonly replica: Pick<Replica, "status">;
  readonly events: EventStreamOptions;
  readonly reads: ReadRoutes;
  readonly metrics: Pick<Metrics, "contentType" | "text">;
  /** The document as JSON text. */
  readonly openApi: () => string;
  /** Undefined: there is no page, and / is text for everybody. */
  readonly page?: PageFiles | undefined;
}

export interface PlainRoutes {
  /** True if it has taken the request. */
  answer(request: HttpRequest, response: HttpResponse): boolean;
  /** Of what is at the path; undefined if nothing is. */
  methods(path: string): readonly string[] | undefined;
}

const METHODS = ["GET", "HEAD"];

/** Those that stand for themselves; reads and events have a table and a pattern. */
const PATHS: ReadonlySet<string> = new Set([
  "/",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
]);

const EVENTS = /^\/rooms\/([^/]*)\/events$/;

const WELCOME = `Zabble: guess a number from 0 to 100; the closest guess wins the round.

  curl -d '{"player":"ann","value":50}' -H 'content-type: application/json' \\
    HOST/zabble.v1.GameService/SetTarget          set a target
  curl -d '{"player":"bob","value":47}' -H 'content-type: application/json' \\
    HOST/zabble.v1.GameService/SubmitGuess        guess
  curl HOST/rooms                                 all rooms
  curl HOST/rooms/lobby                           the room as it stands; ?consistency=local
  curl HOST/rooms/lobby/log                       what was committed; ?after=1.0&limit=10
  curl -N HOST/rooms/lobby/events                 every event, as it is committed
  curl HOST/cluster HOST/status                   all nodes; this one
  curl HOST/healthz HOST/readyz                   is it alive, is it in touch with a leader
  curl HOST/metrics                               for Prometheus
  curl HOST/openapi.json                          all of this for programs, as OpenAPI

Every method takes JSON by POST; gRPC, gRPC-web and Connect clients find them by reflection.
`;

export function createPlainRoutes(options: PlainRoutesOptions): PlainRoutes {
  const { replica, events, reads, metrics, openApi, page } = options;

  function welcome(request: HttpRequest, response: HttpResponse): void {
    varyBy(response, "accept");
    const wantsPage = request.headers.accept?.includes("text/html") === true;
    if (wantsPage && page?.answer(request, response, "/") === true) return;
    const host = `http://${request.headers.host ?? request.headers[":authority"] ?? ""}`;
    answerPlainly(response, 200, WELCOME.replaceAll("HOST", host));
  }

  function readiness(response: HttpResponse): void {
    const { phase, leaderId } = replica.status();
    const isReady = phase === Phase.BROADCAST;
    const words = isReady ? `ready, ${leaderId} leads\n` : "not ready: no leader is known\n";
    answerPlainly(response, isReady ? 200 : 503, words);
  }

  async function answerMetrics(response: HttpResponse): Promise<void> {
    const headers = { "content-type": metrics.contentType, "cache-control": "no-store" };
    try {
      answerWhole(response, 200, headers, await metrics.text());
    } catch (error) {
      events.log.warn("the metrics cannot be told", { err: error });
      answerPlainly(response, 500, "The metrics cannot be told.\n");
    }
  }

  function methods(path: string): readonly string[] | undefined {
    const plain = withoutSlash(path);
    const isThere = PATHS.has(plain) || EVENTS.test(plain) || isReadPath(plain);
    return isThere || page?.has(path) === true ? METHODS : undefined;
  }

  function answer(request: HttpRequest, response: HttpResponse): boolean {
    const [whole = "", search = ""] = (request.url ?? "").split("?", 2);
    const path = withoutSlash(whole);
    if (!METHODS.includes(request.method ?? "")) {
      if (methods(whole) === undefined) return false;
      response.setHeader("allow", allowOf(METHODS));
      answerPlainly(response, 405, "This address can only be read: GET.\n");
      return true;
    }
    switch (path) {
      case "/":
        welcome(request, response);
        return true;
      case "/healthz":
        answerPlainly(response, 200, "alive\n");
        return true;
      case "/readyz":
        readiness(response);
        return true;
      case "/metrics":
        void answerMetrics(response);
        return true;
      case "/openapi.json":
        answerWhole(response, 200, { "content-type": "application/json" }, openApi());
        return true;
    }
    const query = new URLSearchParams(search);
    const room = EVENTS.exec(path)?.[1];
    if (room !== undefined) {
      void streamEvents(events, request, response, room, query);
      return true;
    }
    return reads(request, response, path, query) || page?.answer(request, response, whole) === true;
  }

  return { answer, methods };
}

/** People type "/rooms/" as often as "/rooms". */
function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}
