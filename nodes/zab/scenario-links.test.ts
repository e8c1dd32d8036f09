// Proves that clusters of three, four and five nodes go on whichever of their links are dead, as
// long as one node still hears a quorum: a leader comes about, at the start and after a cut, and
// stays (partial connectivity: Omni-Paxos, EuroSys 2023).
import assert from "node:assert/strict";
import test from "node:test";
import { createCluster } from "./scenario.testing.js";
import type { ScenarioCluster } from "./scenario-cluster.testing.js";

const LEADER_TICKS_MAX = 60;
const STABLE_TICKS = 30;
/** Who does not answer is given up after 32 ticks, and who looks speaks every 16. */
const STABLE_TICKS_IN_SILENCE = 120;

type Pair = readonly [string, string];

function pairsOf(ids: readonly string[]): Pair[] {
  return ids.flatMap((a, index) => ids.slice(index + 1).map((b): Pair => [a, b]));
}

/** Every choice among the pairs. */
function choices(pairs: readonly Pair[]): Pair[][] {
  const [first, ...rest] = pairs;
  if (first === undefined) return [[]];
  const without = choices(rest);
  return [...without, ...without.map((chosen) => [first, ...chosen])];
}

/** Whether some node still hears enough others, without these links. */
function leavesQuorum(ids: readonly string[], dead: readonly Pair[]): boolean {
  return ids.some((id) => {
    const lost = dead.filter((pair) => pair.includes(id)).length;
    return ids.length - lost > ids.length / 2;
  });
}

/** All that they say to each other is lost, and neither is told. */
function mute(cluster: ScenarioCluster, a: string, b: string): void {
  for (const [from, to] of [[a, b] as const, [b, a] as const]) {
    cluster.drop(from, to);
    cluster.wires.mute(from, to, true);
  }
}

function settle(cluster: ScenarioCluster): void {
  while (cluster.deliverAll());
}

function leaderOf(cluster: ScenarioCluster): string | undefined {
  return cluster.ids.find((id) => {
    const role = cluster.core(id)?.role;
    return role?.kind === "LEADING" && role.phase === "BROADCAST";
  });
}

/** Ticks until there is a leader that stays. */
function ticksToLeader(
  cluster: ScenarioCluster,
  dead: readonly Pair[],
  stableTicks: number,
): number {
  let leader: string | undefined;
  let stable = 0;
  for (let tick = 0; tick < LEADER_TICKS_MAX + stableTicks; tick++) {
    const now = leaderOf(cluster);
    stable = now !== undefined && now === leader ? stable + 1 : 0;
    leader = now;
    if (stable === stableTicks) return tick - stableTicks;
    cluster.tick(cluster.ids, 1);
    settle(cluster);
  }
  return assert.fail(`nobody leads with these links dead: ${words(dead)}`);
}

function words(dead: readonly Pair[]): string {
  return dead.map((pair) => pair.join("-")).join(" ");
}

/** Who hears the leader and does not follow it. */
function waiting(cluster: ScenarioCluster, dead: readonly Pair[]): string[] {
  const leader = leaderOf(cluster);
  return cluster.ids.filter((id) => {
    if (id === leader || dead.some((pair) => pair.includes(id) && pair.includes(leader ?? ""))) {
      return false;
    }
    const role = cluster.core(id)?.role;
    return role?.kind !== "FOLLOWING" || role.leader !== leader || role.phase !== "BROADCAST";
  });
}

/** A follower ends and comes back while the others go on. */
function restart(cluster: ScenarioCluster, id: string): void {
  if (cluster.core(id)?.role.kind !== "FOLLOWING") return;
  cluster.crash(id, 0);
  settle(cluster);
  cluster.start(id);
  settle(cluster);
}

for (const nodes of ["nodes 1 2 3", "nodes 1 2 3 4", "nodes 1 2 3 4 5"]) {
  for (const when of ["from the start", "after an election", "in silence"]) {
    test(`${nodes} go on with any links dead ${when}`, (t) => {
      let slowest = 0;
      const stableTicks = when === "in silence" ? STABLE_TICKS_IN_SILENCE : STABLE_TICKS;
      const ids = nodes.split(" ").slice(1);
      const all = choices(pairsOf(ids)).filter((dead) => leavesQuorum(ids, dead));
      for (const dead of all) {
        const cluster = createCluster(nodes, {});
        const cut = (): void => {
          for (const [a, b] of dead) {
            if (when === "in silence") mute(cluster, a, b);
            else cluster.sever(a, b);
          }
          settle(cluster);
        };
        if (when === "from the start") cut();
        for (const id of cluster.ids) cluster.start(id);
        settle(cluster);
        cut();
        slowest = Math.max(slowest, ticksToLeader(cluster, dead, stableTicks));
        assert.deepEqual(waiting(cluster, dead), [], `these links are dead: ${words(dead)}`);
        for (const id of ids) restart(cluster, id);
        ticksToLeader(cluster, dead, stableTicks);
        assert.deepEqual(waiting(cluster, dead), [], `restarted, and ${words(dead)} are dead`);
      }
      t.diagnostic(`${all.length} ways to cut, a leader after at most ${slowest} ticks`);
    });
  }
}
