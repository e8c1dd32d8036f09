// Proves that the gateway serves what the nodes serve, from one upstream Watch, through the death
// of any node, of the leader and of all of them, and that whoever watches it misses nothing and
// sees nothing twice.
import assert from "node:assert/strict";
import test from "node:test";
import { postJson } from "../../api/server-under-test.testing.js";
import { createTransportPool } from "../../client/h2-transport.js";
import { afterTransactions, emptyProjection, projectionOf } from "../../client/projection.js";
import { systemClock } from "../../client/system-clock.js";
import { watch } from "../../client/watch.js";
import { Consistency } from "../../gen/zabble/v1/game_pb.js";
import { startCluster } from "./cluster.testing.js";
import { eventually } from "./eventually.testing.js";
import { openGateway } from "./gateway.testing.js";
import { cutLinks } from "./links.testing.js";

const LIMIT = { timeout: 90_000 };
const LOBBY = { room: "lobby", player: "ann" };

test(
  "commands, reads and the log work through it, with the answers of the cluster",
  LIMIT,
  async (t) => {
    const cluster = await startCluster(t, { nodes: 3 });
    const { client, url } = await openGateway(t, cluster);
    const set = await client.setTarget({ ...LOBBY, value: 50 });
    assert.ok(set.kind === "committed");
    const local = await client.getGame({ room: "lobby", consistency: Consistency.LOCAL });
    assert.ok(
      local.kind === "ok" && local.value.zxid >= set.zxid,
      "who was told so finds it there",
    );
    assert.equal(local.value.room?.target, 50);
    assert.equal(
      (await cluster.client("node2").submitGuess({ ...LOBBY, value: 48 })).kind,
      "committed",
    );
    const read = await client.getGame({ room: "lobby", consistency: Consistency.LINEARIZABLE });
    assert.ok(read.kind === "ok");
    assert.equal(read.value.room?.closest?.value, 48, "confirmed elsewhere before the read began");
    const log = await client.listEvents({ room: "", afterZxid: 0n, limit: 10 });
    assert.ok(log.kind === "ok" && log.value.transactions.length === 3);
    const refused = await client.closeRound({ room: "cellar", player: "ann" });
    assert.ok(refused.kind === "refused" && refused.info?.reason === "NO_SUCH_ROOM");
    const again = { ...LOBBY, value: 49, requestId: "the-same" };
    const [one, other] = await Promise.all([client.submitGuess(again), client.submitGuess(again)]);
    assert.ok(one.kind === "committed" && other.kind === "committed");
    assert.equal(one.zxid, other.zxid, "the same command, at the same time");
    const json = await postJson(url, "zabble.v1.GameService/SubmitGuess", {
      player: "bob",
      value: 2.5,
    });
    assert.equal(json.status, 400);
    assert.match(String(json.json.message), /value must be a whole number from 0 to 100/);
    const nodes = await eventually("all nodes to be known", async () => {
      const outcome = await client.getCluster();
      if (outcome.kind !== "ok") return undefined;
      const alive = outcome.value.nodes.filter((node) => node.alive);
      return alive.length === 3 ? outcome.value : undefined;
    });
    assert.equal(nodes.quorum, 2);
  },
);

test("its watchers miss nothing and see nothing twice while its nodes die", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  const { gateway, url } = await openGateway(t, cluster);
  const pool = createTransportPool();
  const over = new AbortController();
  const seen: bigint[] = [];
  let projection = emptyProjection;
  const watched = watch({
    servers: [url],
    transport: pool.transport,
    clock: systemClock,
    room: "",
    from: 0n,
    signal: over.signal,
    onSnapshot(snapshot) {
      projection = projectionOf(snapshot);
    },
    onTransactions(transactions, zxid) {
      projection = afterTransactions(projection, transactions, zxid);
      for (const transaction of transactions) seen.push(transaction.zxid);
    },
    onStatus() {},
    onConnection() {},
  });
  t.after(async () => {
    over.abort();
    await watched;
    pool.close();
  });
  await eventually("the watch to begin", () => (projection.zxid > 0n ? true : undefined));
  for (let round = 0; round < 3; round++) {
    const attached = cluster.nodes.find(({ url: at }) => at === gateway.replica.upstream());
    assert.ok(attached !== undefined);
    const others = cluster.others(attached.id);
    const writer = cluster.client(others[0]?.id ?? "");
    assert.equal((await writer.setTarget({ ...LOBBY, value: round })).kind, "committed");
    await attached.kill();
    const last = await writer.setTarget({ ...LOBBY, value: 10 + round });
    assert.ok(last.kind === "committed");
    await eventually(`${last.zxid} to be seen`, () =>
      projection.zxid >= last.zxid ? true : undefined,
    );
    attached.start();
    await cluster.settled();
  }
  const target = projection.rooms.get("lobby")?.target;
  assert.equal(target, 12);
  assert.equal(new Set(seen).size, seen.length, "nothing twice");
  assert.ok(seen.every((zxid, index) => index === 0 || zxid > (seen[index - 1] ?? 0n)));
  const log = await cluster.client("node1").listEvents({ room: "", afterZxid: 0n, limit: 100 });
  assert.ok(log.kind === "ok");
  const after = seen[0] ?? 0n;
  const committed = log.value.transactions
    .map(({ epoch, counter }) => (BigInt(epoch) << 32n) | BigInt(counter))
    .filter((zxid) => zxid >= after);
  assert.deepEqual(seen, committed, "nothing missed");
});

test(
  "without a cluster it says so, still answers LOCAL, and comes back by itself",
  LIMIT,
  async (t) => {
    const cluster = await startCluster(t, { nodes: 3 });
    const { client, url } = await openGateway(t, cluster);
    assert.equal((await client.setTarget({ ...LOBBY, value: 50 })).kind, "committed");
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    const health = "grpc.health.v1.Health/Check";
    await eventually("the gateway to say that it does not serve", async () => {
      const { json } = await postJson(url, health, {});
      return json.status === "NOT_SERVING" ? true : undefined;
    });
    const local = await client.getGame({ room: "lobby", consistency: Consistency.LOCAL });
    assert.ok(local.kind === "ok" && local.value.room?.target === 50 && local.value.zxid > 0n);
    const guess = { player: "bob", value: 49 };
    const headers = { "connect-timeout-ms": "500" };
    const answer = await postJson(url, "zabble.v1.GameService/SubmitGuess", guess, headers);
    assert.ok(answer.status >= 500, `${answer.status}`);
    const linearizable = await postJson(url, "zabble.v1.GameService/GetGame", {}, headers);
    assert.ok(linearizable.status >= 500, `${linearizable.status}`);
    for (const node of cluster.nodes) node.start();
    await cluster.leader();
    await eventually("a guess to be committed again", async () => {
      const outcome = await client.submitGuess({ ...LOBBY, value: 51 });
      return outcome.kind === "committed" ? true : undefined;
    });
    const room = await client.getGame({ room: "lobby", consistency: Consistency.LINEARIZABLE });
    assert.ok(room.kind === "ok" && room.value.room?.target === 50, "nothing confirmed is lost");
  },
);

test(
  "it leaves a node that is cut off from the others, and nobody waits for it",
  LIMIT,
  async (t) => {
    const cluster = await startCluster(t, { nodes: 3, overrides: { admin: true } });
    const { gateway, client } = await openGateway(t, cluster);
    const attached = () => gateway.replica.status().connected[0];
    const own = await eventually("the gateway to be attached", () => attached());
    const [one, two] = cluster.others(own);
    assert.ok(one !== undefined && two !== undefined);
    await cutLinks([cluster.node(own)], [one, two]);
    const next = await eventually("the gateway to move", () => {
      const at = attached();
      return at === own ? undefined : at;
    });
    assert.ok([one.id, two.id].includes(next));
    const before = performance.now();
    assert.equal((await client.setTarget({ ...LOBBY, value: 50 })).kind, "committed");
    const read = await client.getGame({ room: "lobby", consistency: Consistency.LINEARIZABLE });
    assert.ok(read.kind === "ok" && read.value.room?.target === 50);
    assert.ok(performance.now() - before < 5000, "far from any deadline");
  },
);
