/**
 * DurableQuorum (P6, X6): when the first node takes an entry for committed, the platters of a
 * quorum of voters hold it; and never fewer afterwards, but for platters from which the simulator
 * itself took something.
 */
import type { Entry } from "../../../nodes/zab/entry.js";
import { formatZxid } from "../../../nodes/zab/zxid.js";
import { platterHolds } from "../platter.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { holds } from "./log-shape.js";
import { majorityOf } from "./majority.js";

export function durableQuorum({ cluster, committed, ledger }: CheckContext): Checker {
  const majority = majorityOf(cluster);
  /** By node whose log was told to become shorter, the batch with which its platter does. */
  const shrinking = new Map<string, number>();

  function counts(node: SimNode, { zxid, crc }: Entry): boolean {
    if (node.platter.initialized && platterHolds(node.platter, zxid, crc)) return true;
    // Emptied after it had acked: the one loss that the design survives.
    const { lost } = ledger.of(node);
    return lost !== undefined && holds(lost.shape, zxid);
  }

  /** How much of the committed log is on the platter, from its beginning. */
  function held({ platter }: SimNode): number {
    for (let i = platter.entries.length - 1; i >= 0; i--) {
      const entry = platter.entries[i];
      const at = entry === undefined ? undefined : committed.indexOf(entry.zxid);
      if (at !== undefined && committed.entries[at]?.crc === entry?.crc) return at + 1;
    }
    return (committed.indexOf(platter.base.zxid) ?? -1) + 1;
  }

  function checkAll(struck: SimNode): void {
    const excused = (node: SimNode): boolean => ledger.of(node).lost !== undefined;
    const kept = cluster.nodes
      .map((node) => (excused(node) ? Number.POSITIVE_INFINITY : held(node)))
      .sort((a, b) => b - a);
    const everywhere = kept[majority - 1] ?? 0;
    const first = committed.entries[everywhere];
    if (first === undefined) return;
    const what = `${struck.id} was one of the quorum that held ${formatZxid(first.zxid)}`;
    throw new Violation("DurableQuorum", what);
  }

  return {
    onCommitted(node, entry) {
      const holders = cluster.nodes.filter((one) => counts(one, entry)).map(({ id }) => id);
      if (holders.length >= majority) return;
      const what = `${node.id} commits ${formatZxid(entry.zxid)}, held by ${holders.join(" ")}`;
      throw new Violation("DurableQuorum", what);
    },
    onWrite(node, ops, batch) {
      const shrinks = ops.some(({ kind }) => kind === "truncate" || kind === "reset");
      if (shrinks) shrinking.set(node.id, batch);
    },
    onDurable(node, batch) {
      if (batch < (shrinking.get(node.id) ?? Number.POSITIVE_INFINITY)) return;
      shrinking.delete(node.id);
      checkAll(node);
    },
    onCrash: checkAll,
    onStart(node) {
      shrinking.delete(node.id);
      checkAll(node);
    },
  };
}
