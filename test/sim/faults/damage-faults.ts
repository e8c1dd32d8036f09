/**
 * Faults of what is on a disk: entries that cannot be read, a lost snapshot, an end in doubt. A
 * checksum tells each time. As in TigerBeetle's fault atlas, something that was committed always
 * stays readable on enough others, except beyond the fault model.
 */
import type { Entry } from "../../../nodes/zab/entry.js";
import type { Fault } from "../fault-plan.js";
import { platterHolds } from "../platter.js";
import { type Prng, shuffled } from "../prng.js";
import type { SimCluster, SimNode } from "../sim-cluster.js";
import { canLoseOne, loseLeaderOnceCounted } from "./losses.js";
import type { Strike } from "./scene.js";

/** A few short runs of these cannot be read any more, but their places tell what they were. */
function spoilEntries(node: SimNode, of: readonly Entry[], dice: Prng): void {
  if (of.length === 0) return;
  for (let runs = dice.int(1, 3); runs > 0; runs--) {
    const from = dice.int(0, of.length - 1);
    for (const { zxid } of of.slice(from, from + dice.int(1, 4))) node.platter.unreadable.add(zxid);
  }
}

/** What the end of the log was, or a promise, nobody can tell any more. */
function spoilEnd(cluster: SimCluster, node: SimNode): void {
  cluster.onLoss(node);
  node.platter.doubtful = true;
}

function spoilSnapshot(cluster: SimCluster, node: SimNode): void {
  const { platter } = node;
  // With an older one, or a log from the very first entry on, nothing is lost by it.
  if (platter.snapshots.length > 1 || platter.base.zxid === 0n) platter.snapshots.pop();
  else spoilEnd(cluster, node);
}

/** All but the last entry: what is damaged at the very end has no sound place behind it. */
function innerEntries({ platter }: SimNode): Entry[] {
  return platter.entries.slice(0, -1);
}

export const DAMAGE_FAULTS = {
  damage(scene) {
    const { cluster, node, dice, forMs, later } = scene;
    if (!canLoseOne(cluster)) return false;
    cluster.crash(node);
    const kind = dice.pick(["entries", "entries", "snapshot", "end"] as const);
    if (kind === "entries") spoilEntries(node, innerEntries(node), dice);
    else if (kind === "snapshot" && node.platter.snapshots.length > 0) spoilSnapshot(cluster, node);
    else spoilEnd(cluster, node);
    later(forMs, () => {
      cluster.start(node);
      loseLeaderOnceCounted(scene, node);
    });
    return true;
  },
  damageSome({ cluster, node, struck, dice, forMs, later }) {
    if (!canLoseOne(cluster)) return false;
    const { nodes } = cluster;
    for (const one of struck) cluster.crash(one);
    // Each entry may be spoilt on one node alone, and only if all the others can give it: who holds
    // it in a snapshot alone cannot.
    const common = innerEntries(node).filter(({ zxid, crc }) =>
      nodes.every(({ platter }) => zxid > platter.base.zxid && platterHolds(platter, zxid, crc)),
    );
    const turns = shuffled(dice, struck.length);
    struck.forEach((one, index) => {
      const own = common.filter((_, at) => turns[at % struck.length] === index);
      const held = own.filter(({ zxid }) => innerEntries(one).some((e) => e.zxid === zxid));
      spoilEntries(one, held, dice);
      later(dice.exponential(forMs), () => cluster.start(one));
    });
    return true;
  },
  damageMany({ cluster, struck, dice, forMs, later }) {
    for (const one of struck) {
      cluster.crash(one);
      if (dice.chance(0.5)) spoilEnd(cluster, one);
      else spoilEntries(one, innerEntries(one), dice);
      later(dice.exponential(forMs), () => cluster.start(one));
    }
    return true;
  },
} as const satisfies Partial<Record<Fault, Strike>>;
