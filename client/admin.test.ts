// Proves that each way to break a node reaches that node and no other, once, and that its answer,
// its refusal, its silence and its death are told apart.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Code,
  ConnectError,
  createRouterTransport,
  type ServiceImpl,
  type Transport,
} from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { AdminService, LinkDirection } from "../gen/zabble/v1/admin_pb.js";
import { createAdmin } from "./admin.js";
import { createFastClock, stoppedClock } from "./fast-clock.testing.js";
import { type H2Server, startH2Server } from "./h2-server.testing.js";
import { brokenConnection, deadServer, never, zabbleError } from "./scripted-server.testing.js";

function nodeOf(methods: Partial<ServiceImpl<typeof AdminService>>): Transport {
  return createRouterTransport(({ service }) => {
    service(AdminService, methods);
  });
}

test("each wish arrives at the node that is meant, as it was said", async () => {
  const heard: unknown[] = [];
  const hear = (...words: unknown[]) => {
    heard.push(words);
    return {};
  };
  const admin = createAdmin({
    clock: createFastClock(),
    transport: (server) =>
      nodeOf({
        stopNode: () => hear(server, "stop"),
        pauseNode: ({ durationMs }) => hear(server, "pause", durationMs),
        setLink: ({ peerId, cut, direction, delayMs }) =>
          hear(server, peerId, cut, direction, delayMs),
        stepDown: () => hear(server, "step down"),
      }),
  });
  const outcomes = [
    await admin.stop("a"),
    await admin.pause("b", 3000),
    await admin.setLink("c", "node2", { cut: true }),
    await admin.setLink("c", "node2", { cut: false, direction: LinkDirection.OUT, delayMs: 50 }),
    await admin.stepDown("d"),
  ];
  assert.deepEqual(outcomes, new Array(5).fill({ ok: true }));
  assert.deepEqual(heard, [
    ["a", "stop"],
    ["b", "pause", 3000],
    ["c", "node2", true, LinkDirection.BOTH, 0],
    ["c", "node2", false, LinkDirection.OUT, 50],
    ["d", "step down"],
  ]);
});

test("a refusal is told in the node's own words and is not repeated", async () => {
  let calls = 0;
  const refuse = (): never => {
    calls += 1;
    throw zabbleError(Code.PermissionDenied, { reason: "NOT_ADMIN" }, "not here");
  };
  const admin = createAdmin({
    clock: createFastClock(),
    transport: () =>
      nodeOf({ stopNode: refuse, pauseNode: refuse, setLink: refuse, stepDown: refuse }),
  });
  const refused = { ok: false, message: "not here" };
  assert.deepEqual(await admin.stop("a"), refused);
  assert.deepEqual(await admin.pause("a", 1), refused);
  assert.deepEqual(await admin.setLink("a", "b", { cut: true }), refused);
  assert.deepEqual(await admin.stepDown("a"), refused);
  assert.equal(calls, 4);
});

test("a node that explains why it does not stop has not stopped", async () => {
  const admin = createAdmin({
    clock: createFastClock(),
    transport: () =>
      nodeOf({
        stopNode() {
          throw zabbleError(Code.Unavailable, { reason: "X", outcomeUnknown: true }, "perhaps");
        },
      }),
  });
  assert.deepEqual(await admin.stop("a"), { ok: false, message: "perhaps" });
});

test("a silent node fails after two seconds, also when it should stop", async () => {
  const clock = createFastClock();
  const silent = nodeOf({
    stopNode: (_request, { signal }) => never(signal),
    stepDown: (_request, { signal }) => never(signal),
  });
  const admin = createAdmin({ clock, transport: () => silent });
  const late = { ok: false, message: "no answer within 2000 ms" };
  assert.deepEqual(await admin.stop("a"), late);
  assert.equal(clock.now(), 2000);
  assert.deepEqual(await admin.stepDown("a"), late);
  assert.equal(clock.now(), 4000);
});

test("a node that is not there cannot be stopped", async () => {
  const admin = createAdmin({ clock: createFastClock(), transport: deadServer });
  const gone = { ok: false, message: "connect ECONNREFUSED" };
  assert.deepEqual(await admin.stop("a"), gone);
  assert.deepEqual(await admin.pause("a", 1), gone);
});

test("a break in the middle is a stop that worked, and a pause that failed", async () => {
  const breaking = nodeOf({
    stopNode() {
      throw brokenConnection();
    },
    pauseNode() {
      throw new ConnectError("read ECONNRESET", Code.Aborted);
    },
  });
  const admin = createAdmin({ clock: createFastClock(), transport: () => breaking });
  assert.deepEqual(await admin.stop("a"), { ok: true });
  assert.deepEqual(await admin.pause("a", 1), { ok: false, message: "read ECONNRESET" });
});

test("a process that dies over a real connection before it answers has stopped", async () => {
  const server: H2Server = await startH2Server(({ service }) => {
    service(AdminService, {
      stopNode(_request, { signal }) {
        server.breakOff();
        return never(signal);
      },
    });
  });
  const session = new Http2SessionManager(server.url);
  const admin = createAdmin({
    clock: stoppedClock,
    transport: (baseUrl) =>
      createConnectTransport({ baseUrl, httpVersion: "2", sessionManager: session }),
  });
  assert.deepEqual(await admin.stop(server.url), { ok: true });
  await server.close();
  session.abort();
  const { ok } = await admin.stop(server.url);
  assert.equal(ok, false, "now it is not there any more");
});
