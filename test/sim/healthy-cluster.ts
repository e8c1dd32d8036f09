/**
 * A small real cluster in good health that has committed the marker 1.0, then 1.1 and 1.2, for
 * tests that then change one fact about it and ask a checker. And the record of what they saw red.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Game } from "../../game/game.js";
import type { Core } from "../../nodes/zab/core.js";
import type { Entry } from "../../nodes/zab/entry.js";
import type { Zxid } from "../../nodes/zab/zxid.js";
import { CALM_PROFILE } from "./calm-profile.js";
import type { CheckContext } from "./checkers/checker.js";
import { createCommittedLog } from "./committed-log.js";
import { createContext, startHearing } from "./hearing.js";
import type { Platter } from "./platter.js";
import { createPrng } from "./prng.js";
import { createSimCluster, type SimNode } from "./sim-cluster.js";
import { Violation } from "./violation.js";
import { createWorld } from "./world.js";

export interface Healthy extends CheckContext {
  readonly leader: SimNode;
  readonly follower: SimNode;
  readonly other: SimNode;
  readonly log: readonly Entry[];
  /** Lets time pass. */
  run(): void;
}

export function healthyCluster(nodes = 3): Healthy {
  const world = createWorld();
  const cluster = createSimCluster(world, createPrng(1), { ...CALM_PROFILE.cluster, nodes });
  const context = createContext(cluster, createCommittedLog());
  const judges = startHearing(context, []);
  const run = (): void => {
    world.run(world.nowMs + 1000, () => {
      for (const node of cluster.nodes) if (node.running !== undefined) judges.afterEvent(node);
    });
  };
  for (const node of cluster.nodes) cluster.start(node);
  run();
  const [leader, follower, other] = cluster.nodes.toSorted((a, b) => rank(a) - rank(b));
  assert.ok(leader !== undefined && follower !== undefined && other !== undefined);
  for (const requestId of ["r1", "r2"]) {
    const wish = { type: "SetTarget", room: "lobby", player: "alice", value: 1 } as const;
    leader.running?.node.submit({ ...wish, requestId }, 1000, () => {});
    run();
  }
  assert.equal(context.committed.entries.length, 3);
  return { ...context, leader, follower, other, log: context.committed.entries, run };
}

/** The leader first. */
function rank(node: SimNode): number {
  return node.running?.node.core.role.kind === "LEADING" ? 0 : 1;
}

/** The same node, but for some of what its core believes. */
export function withCore(node: SimNode, changes: Partial<Core>): SimNode {
  const { running } = node;
  assert.ok(running !== undefined, `${node.id} is down`);
  const core = { ...running.node.core, ...changes };
  return { ...node, running: { ...running, node: { ...running.node, core } } };
}

/** The same node, but for some of its state. */
export function withGame(node: SimNode, changes: Partial<Game>): SimNode {
  const { running } = node;
  assert.ok(running !== undefined, `${node.id} is down`);
  const game = { ...running.node.game(), ...changes };
  return { ...node, running: { ...running, node: { ...running.node, game: () => game } } };
}

/** The same node, but for some of what its disk holds. */
export function withPlatter(node: SimNode, changes: Partial<Platter>): SimNode {
  return { ...node, platter: { ...node.platter, ...changes } };
}

/** Another entry than there is. */
export function forged(zxid: Zxid): Entry {
  return { zxid, text: "", crc: 12_345 };
}

const seenRed = new Set<string>();

/** That it is this invariant, and no other, that the act breaks. */
export function breaks(invariant: string, act: () => void): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof Violation, String(error));
    assert.equal(error.invariant, invariant, error.what);
    return true;
  });
  seenRed.add(invariant);
}

/** That the table in checkers/README.md names this test for exactly what it has seen red. */
export function assertTableSays(testFile: string): void {
  const table = readFileSync(new URL("./checkers/README.md", import.meta.url), "utf8");
  const rows = table.split("\n").filter((line) => line.startsWith("| ") && line.includes("`"));
  const named = rows.filter((line) => line.includes(`\`${testFile}\``));
  const invariants = named.map((line) => line.split("|")[1]?.trim() ?? "");
  assert.deepEqual(invariants.toSorted(), [...seenRed].toSorted());
}
