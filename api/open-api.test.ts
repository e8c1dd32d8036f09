// Proves that the OpenAPI document is whole: every path of the port is in it and works, every
// reference leads somewhere, and real answers and refusals are what their schemas say.
import assert from "node:assert/strict";
import test from "node:test";
import type { JsonValue } from "@bufbuild/protobuf";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { AdminService } from "../gen/zabble/v1/admin_pb.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { openApiDocument } from "./open-api.js";
import { postJson, startServer } from "./server-under-test.testing.js";

type Json = Record<string, JsonValue>;

const PLAIN_PATHS = [
  "/",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "/rooms",
  "/rooms/{room}",
  "/rooms/{room}/log",
  "/rooms/{room}/events",
  "/cluster",
  "/status",
];

function isObject(value: JsonValue | undefined): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of keys; fails if there is none. */
function at(value: JsonValue, ...keys: readonly string[]): JsonValue {
  let here: JsonValue | undefined = value;
  for (const key of keys) here = isObject(here) ? here[key] : undefined;
  assert.ok(here !== undefined, `nothing at ${keys.join(" ")}`);
  return here;
}

function resolve(document: JsonValue, ref: string): JsonValue {
  assert.ok(ref.startsWith("#/"), ref);
  return at(document, ...ref.slice(2).split("/"));
}

/** All references in it. */
function refsIn(value: JsonValue): string[] {
  if (Array.isArray(value)) return value.flatMap(refsIn);
  if (!isObject(value)) return [];
  const own = typeof value.$ref === "string" ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(refsIn)];
}

/** What is wrong with the value by the schema; properties that it does not know are wrong. */
function faults(document: JsonValue, schema: JsonValue, value: JsonValue, where = "$"): string[] {
  assert.ok(isObject(schema));
  if (typeof schema.$ref === "string") {
    return faults(document, resolve(document, schema.$ref), value, where);
  }
  switch (schema.type) {
    case "object": {
      if (!isObject(value)) return [`${where} is no object`];
      const { properties = {}, required = [] } = schema;
      assert.ok(isObject(properties) && Array.isArray(required));
      const missing = required.filter((name) => !Object.hasOwn(value, String(name)));
      return [
        ...missing.map((name) => `${where} lacks ${name}`),
        ...Object.entries(value).flatMap(([name, inner]) => {
          const property = properties[name];
          if (property === undefined) return [`${where}.${name} is not in the schema`];
          return faults(document, property, inner, `${where}.${name}`);
        }),
      ];
    }
    case "array":
      if (!Array.isArray(value)) return [`${where} is no array`];
      return value.flatMap((item, index) =>
        faults(document, at(schema, "items"), item, `${where}[${index}]`),
      );
    case "integer":
      return Number.isSafeInteger(value) && Number(value) >= Number(schema.minimum ?? value)
        ? []
        : [`${where} is no such integer: ${JSON.stringify(value)}`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${where} is no boolean`];
    default: {
      assert.equal(schema.type, "string");
      if (typeof value !== "string") return [`${where} is no string`];
      if (Array.isArray(schema.enum) && !schema.enum.includes(value)) {
        return [`${where} is none of the names: ${value}`];
      }
      const isFitting = new RegExp(String(schema.pattern ?? "")).test(value);
      return isFitting ? [] : [`${where} does not match: ${value}`];
    }
  }
}

async function fetchDocument(url: string): Promise<JsonValue> {
  const response = await fetch(`${url}/openapi.json`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  return JSON.parse(await response.text());
}

/** The schema of what a POST of the path answers: "200" or "default". */
function answerSchema(document: JsonValue, path: string, status: string): JsonValue {
  const verb = isObject(at(document, "paths", path)) && path.includes("zabble.v1") ? "post" : "get";
  const answer = at(document, "paths", path, verb, "responses", status);
  return at(answer, "content", "application/json", "schema");
}

test("every plain path and every unary method is there, streams are not", async (t) => {
  const { url } = await startServer(t);
  const document = await fetchDocument(url);
  assert.equal(at(document, "openapi"), "3.1.0");
  const unary = [GameService, ClusterService, AdminService, Health].flatMap((service) =>
    service.methods
      .filter(({ methodKind }) => methodKind === "unary")
      .map(({ name }) => `/${service.typeName}/${name}`),
  );
  const paths = at(document, "paths");
  assert.ok(isObject(paths));
  assert.deepEqual(Object.keys(paths).sort(), [...PLAIN_PATHS, ...unary].sort());
  assert.deepEqual(Object.keys(Object(paths["/zabble.v1.GameService/GetGame"])), ["get", "post"]);
  assert.deepEqual(Object.keys(Object(paths["/zabble.v1.GameService/SetTarget"])), ["post"]);
});

test("every plain path of it is served, and the welcome names it", async (t) => {
  const { url } = await startServer(t);
  const welcome = await (await fetch(url)).text();
  for (const path of PLAIN_PATHS.filter((plain) => plain !== "/rooms/{room}/events")) {
    const real = path.replace("{room}", "lobby");
    const { status } = await fetch(`${url}${real}`);
    assert.equal(status, 200, path);
    assert.ok(welcome.includes(`${url}${real}`), `${path} is not in the welcome`);
  }
});

test("every reference leads somewhere, and every operation has a name of its own", async () => {
  const document = openApiDocument({
    services: [GameService, ClusterService, Health],
    nodeServices: [AdminService, ClusterService],
  });
  const refs = refsIn(document);
  assert.ok(refs.length > 50);
  for (const ref of refs) resolve(document, ref);
  const ids = [...JSON.stringify(document).matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
  assert.ok(ids.length > 10);
  assert.equal(new Set(ids).size, ids.length);
  at(document, "paths", "/nodes/{node}/zabble.v1.AdminService/StopNode", "post");
  for (const path of Object.keys(Object(at(document, "paths")))) {
    for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
      assert.ok(
        JSON.stringify(at(document, "paths", path)).includes(`"name":"${name}","in":"path"`),
      );
    }
  }
});

test("real answers are what their schemas say", async (t) => {
  const { url } = await startServer(t);
  const document = await fetchDocument(url);
  const game = "zabble.v1.GameService";
  const check = (path: string, status: string, value: unknown): void => {
    const json: JsonValue = JSON.parse(JSON.stringify(value));
    assert.deepEqual(faults(document, answerSchema(document, path, status), json), [], path);
  };
  const call = async (method: string, body: object, status = "200"): Promise<void> => {
    const { json, status: got } = await postJson(url, `${game}/${method}`, body);
    assert.equal(got === 200, status === "200");
    check(`/${game}/${method}`, status, json);
  };
  await call("SetTarget", { player: "dan", value: 45 });
  await call("SubmitGuess", { player: "ann", value: 44 });
  await call("SubmitGuess", { player: "bob", value: 40 });
  await call("CloseRound", { player: "dan" });
  await call("GetGame", {});
  await call("ListRooms", {});
  await call("ListEvents", {});
  await call("SubmitGuess", { player: "ann", value: 101 }, "default");
  for (const path of ["/rooms", "/cluster", "/status"]) {
    check(path, "200", JSON.parse(await (await fetch(`${url}${path}`)).text()));
  }
  const room = await (await fetch(`${url}/rooms/lobby`)).text();
  check("/rooms/{room}", "200", JSON.parse(room));
  assert.match(room, /"rounds":\[\{/, "an answer with something in it");
});

test("a wrong value is a fault by its schema", async (t) => {
  const { url } = await startServer(t);
  const document = await fetchDocument(url);
  const schema = answerSchema(document, "/zabble.v1.GameService/GetGame", "200");
  const wrong = (value: JsonValue) => faults(document, schema, value).length;
  assert.equal(wrong({ zxid: 5 }), 1, "64 bits are a string");
  assert.equal(wrong({ zxid: "five" }), 1);
  assert.equal(wrong({ room: { round: -1 } }), 1);
  assert.equal(wrong({ room: { guesses: {} } }), 1);
  assert.equal(wrong({ colour: "red" }), 1);
  assert.equal(wrong({ zxid: "5", room: { round: 1 } }), 0);
});
