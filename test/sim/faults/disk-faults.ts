/** Faults of disks and of what is on them. */
import type { Fault } from "../fault-plan.js";
import { lastOf } from "../platter.js";
import { canLoseOne, loseLeaderOnceCounted, onceCounted } from "./losses.js";
import type { Strike } from "./scene.js";
import { bothWays, cutWays } from "./ways.js";

export const DISK_FAULTS = {
  diskError({ node, forMs, whenDead }) {
    if (node.running === undefined) return false;
    node.trouble.failNext = true;
    whenDead(node, forMs);
    return true;
  },
  diskFull({ node, forMs, later, whenDead }) {
    node.trouble.full = true;
    // Whoever starts it again does not look: it dies at the first write, over and over.
    whenDead(node, 100);
    later(forMs, () => {
      node.trouble.full = false;
    });
    return true;
  },
  slowDisk({ node, dice, forMs, later }) {
    node.trouble.slowness = dice.pick([10, 100, 1000]);
    later(forMs, () => {
      node.trouble.slowness = 1;
    });
    return true;
  },
  wipe(scene) {
    const { cluster, node, forMs, later } = scene;
    if (!canLoseOne(cluster)) return false;
    cluster.crash(node);
    cluster.wipe(node);
    later(forMs, () => {
      cluster.start(node);
      loseLeaderOnceCounted(scene, node);
    });
    return true;
  },
  wipeLagging(scene) {
    const { cluster, node, struck, dice, forMs, later } = scene;
    const { config } = cluster;
    if (!canLoseOne(cluster)) return false;
    // Only so many hold the newest entries that every one of them is needed.
    const few = struck.slice(1, config.quorum);
    const laggards = struck.slice(config.quorum);
    const rejoin = cutWays(scene, bothWays(laggards, [node, ...few]));
    // A leader among the laggards may be the last to learn that there is another one.
    if (dice.chance(0.5)) {
      for (const one of [node, ...few]) {
        for (const { id } of laggards) cluster.network.lose(one.id, id, dice.exponential(2));
      }
    }
    later(forMs, () => {
      if (!canLoseOne(cluster)) {
        rejoin();
        return;
      }
      cluster.crash(node);
      cluster.wipe(node);
      later(dice.exponential(5), () => cluster.start(node));
      // The emptied one and the laggards must not go on without the others; or, once it counts
      // again, it must hold all that they held.
      const lose = (): void => {
        for (const one of few) scene.crash(one, dice.exponential(600));
        rejoin();
      };
      if (dice.chance(0.4)) lose();
      else onceCounted(scene, node, lose);
    });
    return true;
  },
  wipeMany({ cluster, struck, rest, dice, forMs, later }) {
    // If every log were empty, nothing would tell the cluster from a new one; see profile.ts.
    if (!rest.some(({ platter }) => lastOf(platter) > 0n)) return false;
    for (const one of struck) {
      cluster.crash(one);
      cluster.wipe(one);
      later(dice.exponential(forMs), () => cluster.start(one));
    }
    return true;
  },
} as const satisfies Partial<Record<Fault, Strike>>;
