/**
 * Config (X16): quorums are those of the one membership, counted here anew (more than half, for
 * even sizes too). A leader leaves discovery with the first promises of a quorum of voters on their
 * platters. Whose directory was emptied has no vote before it holds again all that it may have
 * forgotten, or, in a cluster that has never committed anything, stands behind all that it may have
 * promised. The quorum behind each commit is durable-quorum.ts's.
 */
import { formatZxid } from "../../../nodes/zab/zxid.js";
import { platterHolds } from "../platter.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { majorityOf } from "./majority.js";

export function config({ cluster, committed, ledger }: CheckContext): Checker {
  const majority = majorityOf(cluster);
  const members = new Set(cluster.config.nodes.map(({ id }) => id));
  /** How much was committed when a leader's newest relation with a node began, by both ids. */
  const begun = new Map<string, number>();
  /** Nodes in whose present life it was never true that nothing is committed. */
  const late = new Set<string>();

  function onlyMembers(node: SimNode, what: string, ids: Iterable<string>): void {
    for (const id of ids) if (!members.has(id)) fail(`${node.id} counts ${what} of stranger ${id}`);
  }

  function promisedTo(leader: string, epoch: number, node: SimNode): boolean {
    const { promises, lost } = ledger.of(node);
    const hasVote = node.platter.initialized && node.running !== undefined;
    if (hasVote || promises.has(epoch)) return promises.get(epoch) === leader;
    // Emptied or damaged after it had promised: without a vote it can give none to another.
    return lost?.promises.get(epoch) === leader;
  }

  /** A promise to itself that no other node has followed binds nobody once it is forgotten. */
  function isKnown(epoch: number, owner: string, node: SimNode): boolean {
    const others = cluster.nodes.filter(({ id }) => id !== node.id);
    return owner !== node.id || others.some((one) => promisedTo(owner, epoch, one));
  }

  function onAdmit(node: SimNode, to: string): void {
    const admitted = cluster.nodes.find(({ id }) => id === to);
    const last = committed.entries[(begun.get(`${node.id}>${to}`) ?? 0) - 1];
    if (admitted === undefined || last === undefined) return;
    if (platterHolds(admitted.platter, last.zxid, last.crc)) return;
    fail(`${node.id} gives ${to} its vote back without ${formatZxid(last.zxid)}`);
  }

  return {
    onStart(node) {
      const { quorum, voters } = node.running?.node.core.config ?? { quorum: 0, voters: [] };
      onlyMembers(node, "the vote", voters);
      if (quorum < majority || voters.length !== members.size) {
        fail(`${node.id} takes ${quorum} of ${voters.length} for a quorum, ${majority} is needed`);
      }
      if (committed.entries.length > 0) late.add(node.id);
      else late.delete(node.id);
    },
    onWrite(node, ops) {
      const { shape, promised, lost } = ledger.of(node);
      // With a log it was admitted; without one it takes the cluster for new.
      if (shape.length > 0 || !ops.some(({ kind }) => kind === "initialize")) return;
      if (late.has(node.id)) fail(`${node.id} gives itself a vote where something is committed`);
      const epochs = ops.map((op) => (op.kind === "promise" ? op.epoch : 0));
      const now = Math.max(promised, ...epochs);
      for (const [epoch, owner] of lost?.promises ?? []) {
        if (epoch <= now || !isKnown(epoch, owner, node)) continue;
        fail(`${node.id} gives itself a vote below its promise ${epoch} to ${owner}`);
      }
    },
    onRole(node, { now }) {
      const role = node.running?.node.core.role;
      if (role?.kind === "LOOKING") onlyMembers(node, "votes", role.recv.keys());
      if (role?.kind !== "LEADING") return;
      onlyMembers(node, "promises", role.promised);
      onlyMembers(node, "acks", role.learners.keys());
      if (now.phase !== "SYNCHRONIZATION") return;
      const promised = cluster.nodes.filter((one) => promisedTo(node.id, now.epoch, one));
      if (promised.length >= majority) return;
      const whose = promised.map(({ id }) => id).join(" ");
      fail(`${node.id} begins epoch ${now.epoch} on the promises of ${whose || "nobody"}`);
    },
    onSend(node, to, messages) {
      for (const msg of messages) {
        if (msg.t === "newEpoch") begun.set(`${node.id}>${to}`, committed.entries.length);
        else if (msg.t === "admit") onAdmit(node, to);
      }
    },
  };
}

function fail(what: string): never {
  throw new Violation("Config", what);
}
