// Proves that bots play on through the death of the leader: what they count as confirmed is in the
// log, each guess once, and those that were under way are repeated and happen once.
import assert from "node:assert/strict";
import test from "node:test";
import { inspect } from "node:util";
import { epochOf } from "../../game/zxid.js";
import { Consistency, type Room } from "../../gen/zabble/v1/game_pb.js";
import { startCluster, type TestCluster } from "./cluster.testing.js";
import { eventually } from "./eventually.testing.js";
import { startZabble } from "./program.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";

/** Half a second's worth: bots then guess through every node. */
const FULL_SWING_GUESSES = 200;

interface Line {
  readonly type: string;
  readonly server?: string;
  readonly confirmed?: number;
  readonly unanswered?: number;
}

async function lobbyOn(cluster: TestCluster, id: string): Promise<Room> {
  const query = { room: "lobby", consistency: Consistency.LINEARIZABLE };
  const outcome = await cluster.client(id).getGame(query);
  assert.ok(outcome.kind === "ok" && outcome.value.room !== undefined, inspect(outcome));
  return outcome.value.room;
}

test("twenty bots play on while the leader is killed", { timeout: 60_000 }, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  const { nodeId, epoch } = await cluster.leader();
  const pace = ["--count", "20", "--rate", "20"];
  const bots = startZabble("bot", "--config", cluster.configFile, ...pace, "--json");
  await eventually("the bots to be in full swing", async () => {
    const { guessCount } = await lobbyOn(cluster, nodeId);
    return guessCount >= FULL_SWING_GUESSES ? guessCount : undefined;
  });
  const leader = cluster.node(nodeId);
  await leader.kill();
  const [other] = cluster.others(nodeId);
  assert.ok(other !== undefined);
  await eventually("a guess under the next leader", async () => {
    const { guesses } = await lobbyOn(cluster, other.id);
    return epochOf(guesses.at(-1)?.zxid ?? 0n) > epoch ? true : undefined;
  });
  bots.signal("SIGINT");
  assert.equal(await bots.ended, 0, bots.stderr());
  assert.equal(bots.stderr(), "");
  const lines: Line[] = bots
    .stdout()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { confirmed = 0, unanswered = 0 } = lines.at(-1) ?? {};
  t.diagnostic(JSON.stringify(lines.at(-1)));
  assert.ok(confirmed > 100, `${confirmed} confirmed`);
  const lost = lines.filter(({ type }) => type === "lost").map(({ server }) => server);
  assert.deepEqual(lost, [leader.url]);

  leader.start();
  await cluster.rejoined(nodeId, epoch);
  // A round lasts longer than this run, so all guesses are in one.
  const { round, guessCount } = await lobbyOn(cluster, nodeId);
  assert.equal(round, 1);
  assert.ok(guessCount >= confirmed, `${confirmed} were confirmed, ${guessCount} are there`);
  assert.ok(guessCount <= confirmed + unanswered, `${guessCount} are there of ${confirmed}`);
  await verifyLogs(cluster);
});
