// Proves that what was done to a node on purpose can be read from outside: a node that was told to
// cut a link says so itself and through others, until it heals; a paused one says so, and others
// hold it neither against it nor for it when it goes on.
import assert from "node:assert/strict";
import test from "node:test";
import type { ZabbleClient } from "../../client/zabble-client.js";
import type { NodeStatus } from "../../gen/zabble/v1/cluster_pb.js";
import { startCluster, type TestCluster } from "./cluster.testing.js";
import { eventually } from "./eventually.testing.js";
import { openGateway } from "./gateway.testing.js";
import { post } from "./post.testing.js";

const LIMIT = { timeout: 60_000 };

async function setLink(cluster: TestCluster, id: string, how: object): Promise<void> {
  const { status, body } = await post(cluster.node(id), "AdminService/SetLink", how);
  assert.equal(status, 200, JSON.stringify(body));
}

async function pause(cluster: TestCluster, id: string, durationMs: number): Promise<void> {
  const { status, body } = await post(cluster.node(id), "AdminService/PauseNode", { durationMs });
  assert.equal(status, 200, JSON.stringify(body));
}

/** Waits until the node's status, as that client's GetCluster has it, fits. */
async function heardOf(
  client: ZabbleClient,
  id: string,
  what: string,
  fits: (status: NodeStatus) => boolean,
): Promise<NodeStatus> {
  return await eventually(`${id} to be told of as ${what}`, async () => {
    const outcome = await client.getCluster();
    if (outcome.kind !== "ok") return undefined;
    const status = outcome.value.nodes.find(({ nodeId }) => nodeId === id)?.status;
    return status !== undefined && fits(status) ? status : undefined;
  });
}

test(
  "a node that was told to cut a link says so in every direction, and heals",
  LIMIT,
  async (t) => {
    const cluster = await startCluster(t, { nodes: 3 });
    await cluster.settled();
    const { nodeId: leads } = await cluster.leader();
    const [one, two] = cluster.others(leads).map(({ id }) => id);
    assert.ok(one !== undefined && two !== undefined);
    const { client: gateway } = await openGateway(t, cluster);
    const isCut = ({ cut }: NodeStatus): boolean => cut.length > 0;
    const isWhole = (status: NodeStatus): boolean => !isCut(status);

    for (const direction of ["OUT", "IN", "BOTH"]) {
      const how = { peerId: two, direction: `LINK_DIRECTION_${direction}` };
      await setLink(cluster, one, { ...how, cut: true });
      assert.deepEqual((await cluster.status(one))?.cut, [two], direction);
      assert.deepEqual((await heardOf(cluster.client(leads), one, "cut", isCut)).cut, [two]);
      assert.deepEqual((await heardOf(gateway, one, "cut", isCut)).cut, [two]);
      assert.deepEqual((await cluster.status(two))?.cut, [], "the other end was told nothing");
      await setLink(cluster, one, { ...how, cut: false });
      assert.deepEqual((await cluster.status(one))?.cut, [], direction);
      await heardOf(cluster.client(leads), one, "whole", isWhole);
      await heardOf(gateway, one, "whole", isWhole);
    }

    await setLink(cluster, one, { peerId: two, delayMs: 5 });
    assert.deepEqual((await cluster.status(one))?.cut, [], "a delay is no cut");
  },
);

test("a node that is paused says so until it goes on", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  await cluster.settled();
  const { nodeId: leads, epoch } = await cluster.leader();
  const { client: gateway } = await openGateway(t, cluster);
  await pause(cluster, leads, 30_000);
  assert.equal((await cluster.status(leads))?.paused, true);
  await heardOf(gateway, leads, "paused", ({ paused }) => paused);
  const next = await cluster.leader(epoch);
  assert.notEqual(next.nodeId, leads);
  assert.equal(next.paused, false);
  const old = await cluster.status(leads);
  assert.equal(old?.epoch, epoch, "it has heard of nothing");
  await pause(cluster, leads, 0);
  assert.equal((await cluster.status(leads))?.paused, false);
  await heardOf(gateway, leads, "awake", ({ paused }) => !paused);
  await cluster.rejoined(leads, epoch);

  await pause(cluster, leads, 50);
  assert.equal((await cluster.status(leads))?.paused, true);
  await cluster.awaitStatus(leads, "awake by itself", ({ paused }) => !paused);
});
