/** How the OpenAPI document describes what the port answers to plain HTTP. */
import type { JsonObject } from "@bufbuild/protobuf";
import { ROOM_RULE } from "../game/names.js";
import { jsonAnswers, textAnswer } from "./open-api-answers.js";
import { READ_ROUTES, type ReadRoute } from "./read-table.js";

const ROOM: JsonObject = {
  name: "room",
  in: "path",
  required: true,
  description: ROOM_RULE,
  schema: { type: "string" },
};

/** The paths of plain-routes.ts and read-routes.ts. */
export function plainPaths(): Record<string, JsonObject> {
  const reads = READ_ROUTES.map((route) => [route.path, readPath(route)] as const);
  return {
    "/": get("What there is to try; the page, if the client takes text/html and there is one", {
      "200": {
        description: "Text or the page",
        content: { "text/plain": STRING, "text/html": STRING },
      },
    }),
    "/healthz": get("Whether the process is alive", { "200": textAnswer("It is") }),
    "/readyz": get("Whether it is in touch with a leader", {
      "200": textAnswer("It is"),
      "503": textAnswer("No leader is known"),
    }),
    "/metrics": get("Metrics for Prometheus", { "200": textAnswer("In its text format") }),
    "/openapi.json": get("This document", {
      "200": {
        description: "OpenAPI 3.1",
        content: { "application/json": { schema: { type: "object" } } },
      },
    }),
    ...Object.fromEntries(reads),
    "/rooms/{room}/events": eventsPath(),
  };
}

const STRING: JsonObject = { schema: { type: "string" } };

function get(summary: string, responses: JsonObject, parameters: JsonObject[] = []): JsonObject {
  const asked = parameters.length === 0 ? {} : { parameters };
  return { get: { tags: ["plain HTTP"], summary, ...asked, responses } };
}

function readPath({ path, summary, method, keys }: ReadRoute): JsonObject {
  const query = keys.map(({ name, rule }) => ({
    name,
    in: "query",
    description: rule,
    schema: { type: "string" },
  }));
  const room = path.includes("{room}") ? [ROOM] : [];
  return get(summary, jsonAnswers(method.output), [...room, ...query]);
}

function eventsPath(): JsonObject {
  const zxid = { description: "The last zxid already seen, e.g. 3.1842", ...STRING };
  return get(
    "Every event as it is committed, as server-sent events; begins with a snapshot",
    {
      "200": {
        description: "Events: snapshot, transaction, status",
        content: { "text/event-stream": STRING },
      },
      "400": textAnswer("A malformed room or zxid"),
      "429": textAnswer("Too many watchers"),
      "503": textAnswer("The server is shutting down"),
    },
    [
      ROOM,
      { name: "from", in: "query", ...zxid },
      { name: "Last-Event-ID", in: "header", ...zxid },
    ],
  );
}
