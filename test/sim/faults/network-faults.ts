/** Faults of the network: what passes between which nodes, how late, and what breaks. */
import type { Fault } from "../fault-plan.js";
import { shuffled } from "../prng.js";
import { tellLies } from "./oracle.js";
import { leaderOf, type Scene, type Strike } from "./scene.js";
import { bothWays, clogWays, cutWays, oneWay, someWays, type Way } from "./ways.js";

function cut(scene: Scene, ways: readonly Way[]): boolean {
  scene.later(scene.forMs, cutWays(scene, ways));
  return ways.length > 0;
}

/** Cuts all pairs but those that stand side by side in the order of the nodes. */
function cutToLine(scene: Scene, isRing: boolean): boolean {
  const { struck } = scene;
  const ways = struck.flatMap((a, i) =>
    struck.slice(i + 2).flatMap((b, apart): Way[] => {
      const closesRing = isRing && i === 0 && apart === struck.length - 3;
      return closesRing ? [] : bothWays([a], [b]);
    }),
  );
  return cut(scene, ways);
}

export const NETWORK_FAULTS = {
  cutOneWay: (scene) => cut(scene, oneWay([scene.node], scene.struck.slice(1, 2))),
  cutBothWays: (scene) => cut(scene, bothWays([scene.node], scene.struck.slice(1, 2))),
  isolate: (scene) => cut(scene, bothWays([scene.node], scene.others)),
  isolateOneWay(scene) {
    const { node, others, dice } = scene;
    return cut(scene, dice.chance(0.5) ? oneWay([node], others) : oneWay(others, [node]));
  },
  depose(scene) {
    const { cluster, dice, forMs, later } = scene;
    const leader = leaderOf(cluster);
    if (leader === undefined || cluster.nodes.length < 3) return false;
    const others = cluster.nodes.filter((node) => node !== leader);
    const ways = bothWays([leader], others);
    for (const [from, to] of ways) cluster.network.pipe(from.id, to.id).cuts++;
    for (const { id } of others) {
      cluster.network.lose(id, leader.id, dice.exponential(2));
      cluster.network.lose(leader.id, id, forMs);
    }
    later(forMs, () => {
      for (const [from, to] of ways) cluster.network.heal(from.id, to.id);
    });
    return true;
  },
  split: (scene) => cut(scene, bothWays(scene.struck, scene.rest)),
  hub(scene) {
    const { others } = scene;
    return cut(
      scene,
      others.flatMap((a) =>
        oneWay(
          [a],
          others.filter((b) => b !== a),
        ),
      ),
    );
  },
  chain: (scene) => cutToLine(scene, false),
  ring: (scene) => cutToLine(scene, true),
  flap(scene) {
    const { cluster, dice, forMs, later } = scene;
    const ways = someWays(scene);
    const periodMs = dice.pick([40, 200, 800]);
    let leftMs = forMs;
    const down = (): void => {
      const downMs = dice.exponential(periodMs);
      const upMs = dice.exponential(periodMs);
      later(downMs, cutWays(scene, ways));
      for (const [from, to] of ways) {
        if (dice.chance(0.5)) cluster.network.reset(from.id, to.id);
      }
      leftMs -= downMs + upMs;
      if (leftMs > 0) later(downMs + upMs, down);
    };
    if (ways.length > 0) down();
    return ways.length > 0;
  },
  clog(scene) {
    const ways = someWays(scene);
    scene.later(scene.forMs, clogWays(scene, ways));
    return ways.length > 0;
  },
  swizzle(scene) {
    const { cluster, struck, dice, forMs, later } = scene;
    const order = shuffled(dice, struck.length);
    const stepMs = forMs / struck.length;
    struck.forEach((one, index) => {
      const others = cluster.nodes.filter((other) => other !== one);
      // Stopped in one order, let go in another.
      later(index * stepMs, () => {
        later(
          forMs + ((order[index] ?? 0) - index) * stepMs,
          clogWays(scene, bothWays([one], others)),
        );
      });
    });
    return struck.length > 0;
  },
  slowLinks(scene) {
    const { cluster, dice, forMs, later } = scene;
    const ways = someWays(scene);
    const slowness = dice.pick([5, 30, 200]);
    const set = (factor: number): void => {
      for (const [from, to] of ways) cluster.network.pipe(from.id, to.id).slowness = factor;
    };
    set(slowness);
    later(forMs, () => set(1));
    return ways.length > 0;
  },
  reset({ cluster, struck: [a, b] }) {
    if (a === undefined || b === undefined) return false;
    cluster.network.reset(a.id, b.id);
    return true;
  },
  resetAt(scene) {
    const { cluster, dice, forMs, later } = scene;
    const type = dice.pick(RESET_TYPES);
    const ways = someWays(scene);
    const set = (resetOn: typeof type | undefined): void => {
      for (const [from, to] of ways) cluster.network.pipe(from.id, to.id).resetOn = resetOn;
    };
    set(type);
    later(forMs, () => set(undefined));
    return ways.length > 0;
  },
  oracle(scene) {
    const { world, cluster, dice, forMs, later } = scene;
    const tamper = tellLies(world, cluster, dice);
    cluster.network.tamper = tamper;
    later(forMs, () => {
      if (cluster.network.tamper === tamper) cluster.network.tamper = undefined;
    });
    return cluster.nodes.length > 1;
  },
} as const satisfies Partial<Record<Fault, Strike>>;

const RESET_TYPES = [
  "notify",
  "cepoch",
  "newEpoch",
  "ackEpoch",
  "sync",
  "snapChunk",
  "propose",
  "ack",
  "upToDate",
  "admit",
  "commit",
  "ping",
  "pong",
  "forward",
  "forwardReply",
  "readIndex",
  "readIndexReply",
] as const;
