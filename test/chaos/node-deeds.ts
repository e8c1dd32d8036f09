/**
 * What the nodes of a run say in their logs that they did, counted: whether the faults led to what
 * they were meant to lead to.
 */
import type { LogLine } from "../cluster/node-log.testing.js";
import type { ChaosNode } from "./chaos-node.js";

const DEEDS: readonly (readonly [what: string, isIt: (line: LogLine) => boolean])[] = [
  ["leaders established", ({ msg }) => msg === "established"],
  ["followers brought up by DIFF", (line) => isSync(line, "DIFF")],
  ["followers brought up by TRUNC", (line) => isSync(line, "TRUNC")],
  ["followers brought up by SNAP", (line) => isSync(line, "SNAP")],
  ["snapshots saved", ({ msg }) => msg === "snapshot saved"],
  ["unfinished writes cut", ({ msg }) => msg.includes("ended in an unfinished write")],
  ["changes of a log finished at a start", ({ msg }) => msg.startsWith("finishing a ")],
  ["logs repaired from others", ({ msg }) => msg === "repaired"],
  ["logs set aside and begun anew", ({ msg }) => msg.startsWith("The log was set aside")],
  ["nodes whose vote counts again", ({ fields }) => fields.detail === "admitted"],
];

function isSync({ msg, fields }: LogLine, how: string): boolean {
  return msg === "sync taken" && String(fields.detail).startsWith(how);
}

export function countDeeds(nodes: readonly ChaosNode[]): Readonly<Record<string, number>> {
  const lines = nodes.flatMap(({ process }) => process.log.lines());
  const counts = DEEDS.map(([what, isIt]) => [what, lines.filter(isIt).length] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
