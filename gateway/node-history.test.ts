// Proves that the older log comes from whichever node gives it out, and that a cluster which is
// down is told of soon, without the address of any node.
import assert from "node:assert/strict";
import test from "node:test";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createFastClock } from "../client/fast-clock.testing.js";
import { deadServer, gameServer, noLeader } from "../client/scripted-server.testing.js";
import { createNodeHistory } from "./node-history.js";

function rig(transports: Readonly<Record<string, Transport>>) {
  const clock = createFastClock();
  const history = createNodeHistory({
    servers: Object.keys(transports),
    transport: (server) => transports[server] ?? assert.fail(server),
    clock,
  });
  return { clock, history };
}

const SERVES = gameServer({
  listEvents: ({ afterZxid }) => ({ oldestZxid: 3n, nextZxid: afterZxid, transactions: [] }),
});

const REFUSES = gameServer({
  listEvents() {
    throw noLeader();
  },
});

test("any node that gives out its log will do", async () => {
  const { history } = rig({ a: deadServer(), b: SERVES });
  assert.deepEqual(await history(9n, 10), { transactions: [], oldest: 3n });
});

test("without any it is refused after a second, and no address is told", async () => {
  const { history, clock } = rig({ "http://secret:1": deadServer() });
  const error = ConnectError.from(await history(9n, 10).catch((reason: unknown) => reason));
  assert.equal(error.code, Code.Unavailable);
  assert.equal(error.rawMessage, "No node gives out its log. No node can be reached.");
  assert.ok(clock.now() <= 1000, `${clock.now()} ms`);
});

test("what nodes say themselves is passed on", async () => {
  const { history } = rig({ a: REFUSES });
  const error = ConnectError.from(await history(9n, 10).catch((reason: unknown) => reason));
  assert.equal(error.rawMessage, "No node gives out its log. no leader");
});
