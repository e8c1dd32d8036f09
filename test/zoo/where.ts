/** Where a rare bug can show: what the mutants say of themselves, so that no time is wasted. */
import type { Fault } from "../sim/fault-plan.js";
import type { SimCase } from "../sim/sim-case.js";

export type Where = (simCase: SimCase) => boolean;

/** One of these faults is planned. */
export function under(...kinds: readonly Fault[]): Where {
  return ({ plan }) => plan.some(({ kind }) => kinds.includes(kind));
}

/** Frames may be lost, repeated and overtaken without notice. */
export const unordered: Where = ({ profile }) => profile.cluster.network.unordered;

/** Clients read, and do not wait long before they do. */
export const reading: Where = ({ profile }) => {
  return profile.clients.readChance >= 0.1 && profile.clients.thinkMeanMs <= 120;
};

/** Snapshots are made often, and logs are kept so short that they are sent. */
export const snapshotsSent: Where = ({ profile: { cluster } }) => {
  return cluster.snapshotEntries <= 50 && cluster.logTailEntries <= 20;
};

/** Leaderships are short, and what is sent in one may arrive in the next. */
export const slowAndShortLived: Where = ({ profile: { cluster }, plan }) => {
  const isSlow = cluster.network.delayMeanMs >= 10 || plan.some(({ kind }) => kind === "slowLinks");
  return isSlow && cluster.counterMax <= 40;
};

/** Some that tried to lead failed shortly before the end of the faults. */
export const lateCandidate: Where = ({ profile, plan }) => {
  const late = profile.faultyMs - 2500;
  return plan.some(({ kind, atMs }) => kind === "failCandidate" && atMs > late);
};

/** There are at least so many nodes. */
export function nodesFrom(count: number): Where {
  return ({ profile }) => profile.cluster.nodes >= count;
}

export function all(...wheres: readonly Where[]): Where {
  return (simCase) => wheres.every((where) => where(simCase));
}
