/** What a process holds, as the system sees it: to tell at the end whether anything was leaked. */
import { readdirSync } from "node:fs";
import { residentBytes } from "../cluster/memory.testing.js";
import type { ChaosNode } from "./chaos-node.js";

export interface Footprint {
  readonly id: string;
  readonly residentMiB: number;
  readonly openFiles: number;
}

const MEBIBYTE = 1024 * 1024;
/** Beyond what connections and segments come and go with. */
const MORE_FILES_MAX = 40;
const MORE_MIB_MAX = 400;

/** Of the nodes that run. */
export function footprintsOf(nodes: readonly ChaosNode[]): readonly Footprint[] {
  return nodes.flatMap(({ id, process: { pid } }) => {
    const running = pid();
    if (running === undefined) return [];
    const residentMiB = Math.round(residentBytes(running) / MEBIBYTE);
    return [{ id, residentMiB, openFiles: readdirSync(`/proc/${running}/fd`).length }];
  });
}

/** What has grown more than it may, in words; undefined if nothing has. */
export function leakBetween(
  before: readonly Footprint[],
  after: readonly Footprint[],
): string | undefined {
  for (const { id, residentMiB, openFiles } of after) {
    const start = before.find((one) => one.id === id);
    if (start === undefined) continue;
    const files = openFiles - start.openFiles;
    const mebibytes = residentMiB - start.residentMiB;
    if (files > MORE_FILES_MAX) return `${id} holds ${files} more open files than at the start`;
    if (mebibytes > MORE_MIB_MAX) return `${id} holds ${mebibytes} MiB more than at the start`;
  }
  return undefined;
}
