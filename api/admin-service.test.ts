// Proves that AdminService acts only where the configuration allows it, that a stop is answered
// before it happens, and that a wrong request changes nothing.
import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { postJson, startServer } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const ADMIN = "zabble.v1.AdminService";

test("without `admin: true` every method is permission_denied", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context);
  for (const method of ["StopNode", "PauseNode", "SetLink", "StepDown"]) {
    const answer = await postJson(url, `${ADMIN}/${method}`, {});
    assert.equal(answer.status, 403, method);
    assert.equal(answer.json.code, "permission_denied", method);
  }
  assert.deepEqual(replica.asked, []);
});

test("StopNode answers, and only then stops", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context, { admin: true });
  const order: string[] = [];
  const onAnswered = (): void => void order.push("answered");
  subscribe("http.server.response.finish", onAnswered);
  context.after(() => unsubscribe("http.server.response.finish", onAnswered));
  const stopped = new Promise<void>((resolve) => {
    replica.onStop = () => {
      order.push("stopped");
      resolve();
    };
  });
  const answer = await postJson(url, `${ADMIN}/StopNode`, {});
  assert.equal(answer.status, 200);
  await stopped;
  assert.deepEqual(order, ["answered", "stopped"]);
});

test("pause, links and step-down reach the node", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context, { admin: true });
  const requests: readonly (readonly [string, object])[] = [
    ["PauseNode", { durationMs: 500 }],
    ["PauseNode", {}],
    ["SetLink", { peerId: "node2", cut: true }],
    ["SetLink", { peerId: "node2", cut: true, direction: "LINK_DIRECTION_OUT", delayMs: 5 }],
    ["SetLink", { peerId: "node2", cut: true, direction: "LINK_DIRECTION_IN" }],
    ["SetLink", { peerId: "node2" }],
    ["StepDown", {}],
  ];
  for (const [method, body] of requests) {
    assert.equal((await postJson(url, `${ADMIN}/${method}`, body)).status, 200, method);
  }
  assert.deepEqual(replica.asked, [
    "pause 500",
    "pause 0",
    "link node2 out=true in=true delay=0",
    "link node2 out=true in=false delay=5",
    "link node2 out=false in=true delay=0",
    "link node2 out=false in=false delay=0",
    "step down",
  ]);
});

test("what cannot be done is refused with its reason", TIMEOUT, async (context) => {
  const { url, replica } = await startServer(context, { admin: true });
  const pause = await postJson(url, `${ADMIN}/PauseNode`, { durationMs: 600_001 });
  assert.equal(pause.json.code, "invalid_argument");
  const link = await postJson(url, `${ADMIN}/SetLink`, { peerId: "node9", cut: true });
  assert.equal(link.json.code, "not_found");
  const nobody = await postJson(url, `${ADMIN}/SetLink`, { peer: "node2", cut: true });
  assert.equal(nobody.json.code, "invalid_argument");
  assert.match(String(nobody.json.message), /peerId is empty/);
  replica.setPhase(Phase.ELECTION);
  const stepDown = await postJson(url, `${ADMIN}/StepDown`, {});
  assert.equal(stepDown.json.code, "failed_precondition");
  assert.deepEqual(replica.asked, ["step down"]);
});
