/** Faults of processes and of their clocks. */

import { drawDoom } from "../doom.js";
import type { Fault } from "../fault-plan.js";
import { drawLimits } from "../limits.js";
import type { SimNode } from "../sim-cluster.js";
import { leaderOf, type Scene, type Strike } from "./scene.js";
import { bothWays, cutWays } from "./ways.js";

function freeze({ cluster, dice, later }: Scene, node: SimNode, forMs: number): void {
  cluster.freeze(node);
  later(forMs, () => cluster.thaw(node));
  // A peer's keep-alive may give up a connection on which nothing is read.
  if (!dice.chance(0.3)) return;
  later(400 + dice.exponential(600), () => {
    if (!node.frozen) return;
    for (const other of cluster.nodes) if (other !== node) cluster.network.reset(node.id, other.id);
  });
}

/** How often is looked for somebody who tries to lead. */
const LOOKS_MAX = 400;

export const PROCESS_FAULTS = {
  crash({ node, forMs, crash }) {
    crash(node, forMs);
    return true;
  },
  crashSome({ struck, dice, forMs, crash }) {
    for (const one of struck) crash(one, dice.exponential(forMs));
    return true;
  },
  crashAll({ struck, dice, forMs, crash }) {
    for (const one of struck) crash(one, dice.exponential(forMs));
    return true;
  },
  failCandidate(scene) {
    const { cluster, dice, forMs, later } = scene;
    const fail = (candidate: SimNode): void => {
      if (dice.chance(0.5)) scene.crash(candidate, forMs);
      else {
        const others = cluster.nodes.filter((node) => node !== candidate);
        later(forMs, cutWays(scene, bothWays([candidate], others)));
      }
    };
    let looks = 0;
    const look = (): void => {
      const candidate = leaderOf(cluster);
      const role = candidate?.running?.node.core.role;
      const tries = role?.kind === "LEADING" && role.phase !== "BROADCAST";
      if (candidate !== undefined && tries) {
        later(dice.exponential(3), () => fail(candidate));
        // Several in a row: epochs that few have heard of.
        if (dice.chance(0.6)) later(10 + dice.exponential(100), look);
      } else if (++looks < LOOKS_MAX) later(2, look);
    };
    look();
    return true;
  },
  crashLoop({ node, dice, forMs, later, crash }) {
    let leftMs = forMs;
    const again = (): void => {
      const awayMs = dice.exponential(20);
      const aliveMs = dice.exponential(dice.pick([5, 60, 200]));
      crash(node, awayMs);
      leftMs -= awayMs + aliveMs;
      if (leftMs > 0) later(awayMs + aliveMs, again);
    };
    again();
    return true;
  },
  doom({ node, dice, forMs, whenDead }) {
    node.dooms.push(drawDoom(dice));
    whenDead(node, forMs);
    return true;
  },
  freeze(scene) {
    freeze(scene, scene.node, scene.forMs);
    return true;
  },
  freezeSome(scene) {
    for (const one of scene.struck) freeze(scene, one, scene.dice.exponential(scene.forMs));
    return true;
  },
  otherLimits({ node, dice, forMs, crash }) {
    crash(node, forMs);
    node.limits = drawLimits(dice);
    return true;
  },
  stepDown({ cluster }) {
    const running = leaderOf(cluster)?.running;
    running?.process.run(() => running.node.stepDown());
    return running !== undefined;
  },
  clockJump({ node, dice }) {
    node.wall.offsetMs += dice.int(-100_000, 100_000);
    return true;
  },
  clockRate({ node, dice, forMs, later }) {
    const set = (rate: number): void => {
      node.timers.rate = rate;
      node.running?.process.setRate(rate);
    };
    const before = node.timers.rate;
    set(dice.pick([0.3, 0.6, 1.5, 3]));
    later(forMs, () => set(before));
    return true;
  },
  lateTimers({ node, dice, forMs, later }) {
    const before = node.timers.lateMs;
    node.timers.lateMs = dice.pick([20, 100, 500]);
    later(forMs, () => {
      node.timers.lateMs = before;
    });
    return true;
  },
  clockBack({ node, dice }) {
    node.running?.process.jump(dice.pick([-10_000, -500, 500, 60_000]));
    return node.running !== undefined;
  },
} as const satisfies Partial<Record<Fault, Strike>>;
