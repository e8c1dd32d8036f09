// Proves that all calls which may be under way to one server fit into one message, that a broken
// session is opened again, and that a server is lost and found once each.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { createFastClock } from "../../client/fast-clock.testing.js";
import type { PlayCallInit } from "../../client/play-session.js";
import { createMemoryCluster, type Fate } from "./memory-cluster.testing.js";
import { createPlayLanes } from "./play-lanes.js";

const NODE1 = "http://127.0.0.1:7101";
const room = "a-room-of-24-characters-";
/** Three bytes a letter. */
const player = "漢".repeat(24);

function lanesTo(t: TestContext, fateOf: () => Fate) {
  const cluster = createMemoryCluster([NODE1], fateOf);
  const changes: string[] = [];
  let made = 0;
  const requestId = (): string => `${++made}`.padStart(64, "r");
  const lanes = createPlayLanes({
    transport: (server) => cluster.servers[server] ?? assert.fail(server),
    clock: createFastClock(),
    requestId,
    room,
    longestName: player,
    onLost: (_server, reason) => changes.push(`lost: ${reason}`),
    onFound: () => changes.push("found"),
  });
  t.after(() => lanes.close());
  const target = (): PlayCallInit => {
    return {
      requestId: requestId(),
      call: { case: "setTarget", value: { room, player, value: 9 } },
    };
  };
  return { lanes, changes, target };
}

test("as many calls as are free fit into one message", async (t) => {
  const { lanes, changes, target } = lanesTo(t, () => "answered");
  const count = lanes.free(NODE1);
  assert.ok(count > 256, `${count} free`);
  const calls = Array.from({ length: count }, () => lanes.call(NODE1, target()));
  assert.equal(lanes.free(NODE1), 0);
  for (const { kind } of await Promise.all(calls)) assert.equal(kind, "committed");
  assert.deepEqual(changes, []);
});

test("a broken session is lost once, and found as soon as its server answers", async (t) => {
  const fates: Fate[] = ["answered", "lost", "lost", "answered", "answered"];
  const { lanes, changes, target } = lanesTo(t, () => fates.shift() ?? "answered");
  const kinds: string[] = [];
  for (let i = 0; i < 5; i++) {
    kinds.push((await lanes.call(NODE1, target())).kind);
    // What broke is told right after the calls that it took with it.
    await Promise.resolve();
    if (i === 1) assert.equal(lanes.isLost(NODE1), true);
  }
  assert.deepEqual(kinds, ["committed", "unknown", "unknown", "committed", "committed"]);
  assert.deepEqual(changes, ["lost: read ECONNRESET", "found"]);
  assert.equal(lanes.isLost(NODE1), false);
});
