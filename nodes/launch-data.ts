/**
 * The data directories of a cluster before its nodes start. Only a cluster of which nothing is left
 * begins anew, with every vote counting; a node that lost its data among others that have theirs
 * starts blank and catches up. Deletes nothing unless told to, and nothing that is in use.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { formatConfig } from "../config/format-config.js";
import { membershipHash } from "../config/membership-hash.js";
import { readConfig } from "../config/read-config.js";
import type { LaunchPlan, NodePlan } from "./launch-plan.js";
import { lockDirectory } from "./store/directory-lock.js";
import { directoryIsEmpty, initializeDirectory } from "./store/new-directory.js";

export type PreparedData =
  | { readonly ok: true; readonly isNew: boolean; readonly blank: readonly string[] }
  /** A sentence for a person. */
  | { readonly ok: false; readonly problem: string };

/** Throws what the store throws, such as StorageRefused for a directory that is in use. */
export async function prepareData(plan: LaunchPlan, fresh: boolean): Promise<PreparedData> {
  const { config, nodes } = plan;
  mkdirSync(plan.logsDir, { recursive: true });
  if (fresh) await deleteData(nodes);
  const blank: NodePlan[] = [];
  for (const nodePlan of nodes) {
    if (await directoryIsEmpty(nodePlan.dir)) blank.push(nodePlan);
  }
  const isNew = blank.length === nodes.length;
  const problem = isNew ? undefined : (otherCluster(plan) ?? tooFewVotes(plan, blank));
  if (problem !== undefined) return { ok: false, problem };
  if (isNew) {
    const { clusterId } = config;
    for (const { dir, node } of nodes) {
      const { membershipHash } = plan;
      await initializeDirectory({ dir, clusterId, nodeId: node.id, membershipHash });
    }
  }
  return { ok: true, isNew, blank: isNew ? [] : blank.map(({ node }) => node.id) };
}

/** Writes the settings that the nodes are started with, so that others can find the cluster. */
export function writeEffectiveConfig(plan: LaunchPlan): void {
  const comment =
    "Written by `zabble up`: the settings that this cluster was last started with.\n" +
    "Name this file with --config to talk to it.";
  writeFileSync(plan.configFile, formatConfig(plan.config, comment));
}

/** All locks are taken before anything is deleted, so a node that runs keeps all of them whole. */
async function deleteData(nodes: readonly NodePlan[]): Promise<void> {
  const present = nodes.filter(({ dir }) => existsSync(dir));
  const locks = [];
  try {
    for (const { dir } of present) locks.push(await lockDirectory(dir));
  } catch (error) {
    for (const lock of locks) await lock.release();
    throw error;
  }
  for (const { dir } of present) rmSync(dir, { recursive: true });
}

/** Votes of one membership mean nothing in another; the nodes would refuse, one after the other. */
function otherCluster({
  config,
  configFile,
  membershipHash: ours,
}: LaunchPlan): string | undefined {
  if (!existsSync(configFile)) return undefined;
  const last = readConfig(configFile);
  if (!last.ok || membershipHash(last.config) === ours) return undefined;
  return (
    `The data in ${config.dataDir} is of a cluster of ${countOf(last.config.nodes.length)} with ` +
    `quorum ${last.config.quorum}, and this one is of ${countOf(config.nodes.length)} with ` +
    `quorum ${config.quorum}. Use --data-dir for another place, or --fresh to delete this data.`
  );
}

/** A blank node has no vote until it has caught up, which it cannot without a leader. */
function tooFewVotes({ config }: LaunchPlan, blank: readonly NodePlan[]): string | undefined {
  const kept = config.nodes.length - blank.length;
  if (kept >= config.quorum) return undefined;
  const lost = blank.map(({ node }) => node.id).join(", ");
  return (
    `Only ${kept} of ${countOf(config.nodes.length)} in ${config.dataDir} have their data, and a ` +
    `quorum is ${config.quorum}. If these hold anything, there would never be a leader: bring ` +
    `back the directories of ${lost}. If not, or to start over, use --fresh.`
  );
}

function countOf(nodeCount: number): string {
  return nodeCount === 1 ? "1 node" : `${nodeCount} nodes`;
}
