/**
 * Brings the planned faults about, each at its moment, and ends them all when told. It draws
 * nothing of its own that a fault's `dice` does not decide.
 */
import type { Fault, PlannedFault } from "./fault-plan.js";
import { createPrng } from "./prng.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";
import type { World } from "./world.js";

export interface Nemesis {
  /** Ends every fault: all nodes up, thawed and connected. */
  heal(): void;
  readonly counts: Map<Fault, number>;
}

export function startNemesis(
  world: World,
  cluster: SimCluster,
  plan: readonly PlannedFault[],
): Nemesis {
  let healed = false;
  const counts = new Map<Fault, number>();
  const { nodes, network } = cluster;

  function later(delayMs: number, fn: () => void): void {
    world.after(delayMs, () => {
      if (!healed) fn();
    });
  }

  function crash(node: SimNode, forMs: number): void {
    cluster.crash(node);
    later(forMs, () => cluster.start(node));
  }

  function cut(pairs: readonly (readonly [string, string])[], forMs: number): void {
    for (const [from, to] of pairs) network.cut(from, to);
    later(forMs, () => {
      for (const [from, to] of pairs) network.heal(from, to);
    });
  }

  function bothWays(left: readonly SimNode[], right: readonly SimNode[]): [string, string][] {
    return left.flatMap((a) =>
      right.flatMap((b): [string, string][] => [
        [a.id, b.id],
        [b.id, a.id],
      ]),
    );
  }

  function leader(): SimNode | undefined {
    return nodes.find((node) => node.running?.node.core.role.kind === "LEADING");
  }

  /** The moment at which an emptied node's vote counts again is the one to lose the leader at. */
  function onceCounted(node: SimNode, fn: () => void): void {
    if (node.platter.initialized) fn();
    else later(5, () => onceCounted(node, fn));
  }

  function strike(fault: PlannedFault): void {
    const struck = nodes.filter((_, index) => fault.nodes.includes(index));
    const named = nodes[fault.nodes[0] ?? 0];
    const node = (fault.leader ? leader() : undefined) ?? named;
    if (node === undefined) return;
    const dice = createPrng(fault.dice);
    const { forMs } = fault;
    switch (fault.kind) {
      case "crash":
        crash(node, forMs);
        break;
      case "crashAll":
        for (const one of struck) crash(one, dice.exponential(forMs));
        break;
      case "freeze":
        cluster.freeze(node);
        later(forMs, () => cluster.thaw(node));
        break;
      case "cutOneWay":
      case "cutBothWays": {
        const other = struck.find((one) => one !== node);
        if (other === undefined) return;
        const both = fault.kind === "cutBothWays";
        cut(both ? bothWays([node], [other]) : [[node.id, other.id]], forMs);
        break;
      }
      case "isolate": {
        const others = nodes.filter((one) => one !== node);
        cut(bothWays([node], others), forMs);
        break;
      }
      case "split": {
        const others = nodes.filter((one) => !struck.includes(one));
        cut(bothWays(struck, others), forMs);
        break;
      }
      case "wipe":
        // The design survives the loss of one directory at a time: the next only after the last
        // one has caught up and counts again.
        if (nodes.length < 3 || nodes.some((one) => !one.platter.initialized)) return;
        cluster.crash(node);
        cluster.wipe(node);
        later(forMs, () => {
          cluster.start(node);
          if (dice.chance(0.7)) {
            onceCounted(node, () => crash(leader() ?? node, dice.exponential(300)));
          }
        });
        break;
      case "clockJump":
        node.wall.offsetMs += dice.int(-100_000, 100_000);
        break;
      case "stepDown":
        leader()?.running?.process.run(() => leader()?.running?.node.stepDown());
        break;
      default:
        throw new Error(`unknown fault ${fault.kind satisfies never}`);
    }
    counts.set(fault.kind, (counts.get(fault.kind) ?? 0) + 1);
  }

  for (const fault of plan) later(fault.atMs, () => strike(fault));

  return {
    counts,
    heal() {
      healed = true;
      network.healAll();
      network.calm();
      for (const node of nodes) {
        cluster.thaw(node);
        cluster.start(node);
        node.running?.disk.calm();
      }
    },
  };
}
