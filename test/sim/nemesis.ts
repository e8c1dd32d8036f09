/**
 * Brings the faults of a seed about, each at its own random moments, and ends them all when told.
 */
import type { Prng } from "./prng.js";
import type { Fault, SeedProfile } from "./profile.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";
import type { World } from "./world.js";

export interface Nemesis {
  /** Ends every fault: all nodes up, thawed and connected. */
  heal(): void;
  readonly counts: Map<Fault, number>;
}

export function startNemesis(
  world: World,
  prng: Prng,
  cluster: SimCluster,
  profile: SeedProfile,
): Nemesis {
  let healed = false;
  const counts = new Map<Fault, number>();
  const { nodes, network } = cluster;

  function later(meanMs: number, fn: () => void): void {
    world.after(1 + prng.exponential(meanMs), () => {
      if (!healed) fn();
    });
  }

  function crash(node: SimNode): void {
    cluster.crash(node);
    later(prng.pick([20, 300, 2000]), () => cluster.start(node));
  }

  function cutForAWhile(pairs: readonly (readonly [string, string])[]): void {
    for (const [from, to] of pairs) network.cut(from, to);
    later(prng.pick([300, 1500, 4000]), () => network.healAll());
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

  function strike(fault: Fault): void {
    const node = prng.pick(nodes);
    const others = nodes.filter((one) => one !== node);
    switch (fault) {
      case "crash":
        crash(node);
        break;
      case "crashLeader":
        crash(leader() ?? node);
        break;
      case "crashAll":
        for (const one of nodes) crash(one);
        break;
      case "freeze": {
        const frozen = prng.chance(0.5) ? (leader() ?? node) : node;
        cluster.freeze(frozen);
        later(prng.pick([100, 800, 3000]), () => cluster.thaw(frozen));
        break;
      }
      case "cutOneWay":
        if (others.length > 0) cutForAWhile([[node.id, prng.pick(others).id]]);
        break;
      case "cutBothWays":
        if (others.length > 0) cutForAWhile(bothWays([node], [prng.pick(others)]));
        break;
      case "isolate":
        cutForAWhile(bothWays([prng.chance(0.5) ? (leader() ?? node) : node], others));
        break;
      case "split": {
        const left = nodes.filter(() => prng.chance(0.5));
        cutForAWhile(
          bothWays(
            left,
            nodes.filter((one) => !left.includes(one)),
          ),
        );
        break;
      }
      case "wipe":
        // The design survives the loss of one directory at a time: the next only after the last
        // one has caught up and counts again.
        if (nodes.some((one) => !one.platter.initialized)) break;
        cluster.crash(node);
        cluster.wipe(node);
        later(prng.pick([5, 300]), () => {
          cluster.start(node);
          if (prng.chance(0.7)) onceCounted(node, () => crash(leader() ?? node));
        });
        break;
      case "clockJump":
        node.wall.offsetMs += prng.int(-100_000, 100_000);
        break;
      case "stepDown":
        leader()?.running?.process.run(() => leader()?.running?.node.stepDown());
        break;
      default:
        throw new Error(`unknown fault ${fault satisfies never}`);
    }
    counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }

  const next = (): void => {
    later(profile.faultMeanMs, () => {
      strike(prng.pick(profile.faults));
      next();
    });
  };
  if (profile.faults.length > 0) next();

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
