/**
 * Brings the planned faults about, each at its moment, and ends them all when told. What a fault
 * does is in faults/; a fault draws nothing that its own dice does not decide.
 */
import type { Fault, PlannedFault } from "./fault-plan.js";
import { DAMAGE_FAULTS } from "./faults/damage-faults.js";
import { DISK_FAULTS } from "./faults/disk-faults.js";
import { NETWORK_FAULTS } from "./faults/network-faults.js";
import { PROCESS_FAULTS } from "./faults/process-faults.js";
import { leaderOf, type Scene, type Strike } from "./faults/scene.js";
import { createPrng, type Prng } from "./prng.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";
import type { World } from "./world.js";

const STRIKES: Readonly<Record<Fault, Strike>> = {
  ...PROCESS_FAULTS,
  ...DISK_FAULTS,
  ...DAMAGE_FAULTS,
  ...NETWORK_FAULTS,
};

export interface Nemesis {
  /**
   * No fault strikes any more, and those among the named nodes end: all of them up, thawed and
   * connected to each other. The others stay as they are.
   */
  heal(nodes: readonly SimNode[]): void;
  readonly counts: ReadonlyMap<Fault, number>;
}

export function startNemesis(
  world: World,
  prng: Prng,
  cluster: SimCluster,
  plan: readonly PlannedFault[],
): Nemesis {
  let healed = false;
  const counts = new Map<Fault, number>();
  /** How long whoever dies by itself stays away, where a fault has decided that. */
  const away = new Map<SimNode, number>();
  const { nodes, network } = cluster;

  function later(delayMs: number, fn: () => void): void {
    world.after(delayMs, () => {
      if (!healed) fn();
    });
  }

  function crash(node: SimNode, awayMs: number): void {
    cluster.crash(node);
    later(awayMs, () => cluster.start(node));
  }

  const { onDied } = cluster;
  cluster.onDied = (node, why) => {
    onDied(node, why);
    const awayMs = away.get(node) ?? prng.exponential(300);
    away.delete(node);
    later(awayMs, () => cluster.start(node));
  };

  function sceneOf(fault: PlannedFault): Scene | undefined {
    const named = fault.nodes.flatMap((index) => nodes[index] ?? []);
    const leader = fault.leader ? leaderOf(cluster) : undefined;
    const first = leader ?? named[0];
    if (first === undefined) return undefined;
    const struck = [first, ...named.filter((one) => one !== first)].slice(0, named.length);
    return {
      world,
      cluster,
      node: first,
      struck,
      others: nodes.filter((one) => one !== first),
      rest: nodes.filter((one) => !struck.includes(one)),
      forMs: fault.forMs,
      dice: createPrng(fault.dice),
      later,
      crash,
      whenDead: (node, awayMs) => away.set(node, awayMs),
    };
  }

  function strike(fault: PlannedFault): void {
    const scene = sceneOf(fault);
    if (scene === undefined) return;
    cluster.onFault(fault, scene.struck);
    if (STRIKES[fault.kind](scene)) counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1);
  }

  for (const fault of plan) later(fault.atMs, () => strike(fault));

  return {
    counts,
    heal(among) {
      healed = true;
      network.tamper = undefined;
      network.healAll(among.map(({ id }) => id));
      network.calm();
      for (const node of among) {
        Object.assign(node.trouble, { full: false, failNext: false, slowness: 1, calm: true });
        Object.assign(node.timers, { rate: 1, lateMs: 0, busyMs: 0 });
        node.dooms = [];
        node.running?.process.setRate(1);
        cluster.thaw(node);
        cluster.start(node);
      }
    },
  };
}
