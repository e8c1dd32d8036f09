/** What a run has shown, as text for people and as an object for programs. It judges nothing. */
import { isAnswered, type Operation } from "../history/operation.js";
import { type Ack, type Availability, availabilityOf, GAP_MS } from "./availability.js";
import type { FaultSpan } from "./nemesis.js";
import type { ChaosOptions, ChaosRun } from "./run-chaos.js";
import { FAULTS } from "./schedule.js";

export interface ChaosReport {
  readonly seed: number;
  readonly nodes: number;
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly skippedFaults: number;
  /** Times from the beginning of the run. */
  readonly timeline: readonly FaultSpan[];
  readonly notes: Readonly<Record<string, number>>;
  readonly operations: {
    readonly all: number;
    readonly committed: number;
    readonly reads: number;
    readonly refused: number;
    readonly unknown: number;
  };
  readonly transactions: number;
  readonly watched: number;
  readonly watchSnapshots: number;
  readonly availability: Availability;
  readonly convergedMs: number | undefined;
  readonly footprints: Pick<ChaosRun, "before" | "after">;
  readonly violations: ChaosRun["violations"];
  readonly keptAs: string | undefined;
  /** Draws the same faults again; what the nodes are doing when they strike differs. */
  readonly command: string;
}

export function reportOf(options: ChaosOptions, run: ChaosRun): ChaosReport {
  const { fromMs, toMs, spans, health } = run;
  const faults: Record<string, number> = {};
  for (const { kind } of spans) faults[kind] = (faults[kind] ?? 0) + 1;
  const { seed, nodes, kinds, lie } = options;
  const words = [`--seed=${seed}`, `--seconds=${options.seconds}`, `--nodes=${nodes}`];
  if (kinds.length < FAULTS.length) words.push(`--faults=${kinds.join(",")}`);
  if (lie !== undefined) words.push(`--lie=${lie}`);
  return {
    seed,
    nodes,
    seconds: Math.round((toMs - fromMs) / 1000),
    faults,
    skippedFaults: run.skipped,
    timeline: spans.map((span) => ({
      ...span,
      fromMs: Math.round(span.fromMs - fromMs),
      toMs: span.toMs === undefined ? undefined : Math.round(span.toMs - fromMs),
    })),
    notes: run.notes,
    operations: countOperations(run.operations),
    transactions: run.transactions,
    watched: run.watched,
    watchSnapshots: run.watchSnapshots,
    availability: availabilityOf({
      fromMs,
      toMs,
      acks: acksOf(run.operations),
      spans,
      majority: health.changes,
    }),
    convergedMs: run.convergedMs,
    footprints: { before: run.before, after: run.after },
    violations: run.violations,
    keptAs: run.keptAs,
    command: `npm run chaos -- ${words.join(" ")}`,
  };
}

function countOperations(operations: readonly Operation[]): ChaosReport["operations"] {
  const count = (fits: (operation: Operation) => boolean): number => operations.filter(fits).length;
  return {
    all: operations.length,
    committed: count(({ result }) => result?.type === "committed"),
    reads: count(({ result }) => result?.type === "state"),
    refused: count(({ result }) => result?.type === "rejected"),
    unknown: count(({ result }) => result === undefined),
  };
}

function acksOf(operations: readonly Operation[]): Ack[] {
  return operations.flatMap((operation) => {
    if (!isAnswered(operation) || operation.result.type !== "committed") return [];
    return [{ issuedAtMs: operation.invokedAtMs, ackedAtMs: operation.returnedAtMs }];
  });
}

export function reportText(report: ChaosReport): string {
  const { operations, availability, footprints, notes } = report;
  const { longestGap, slowestRecovery } = availability;
  const percent = (availability.share * 100).toFixed(1);
  const lines = [
    `${report.nodes} nodes, ${report.seconds} s, seed ${report.seed}`,
    `faults: ${countsInWords(report.faults)}`,
    ...(report.skippedFaults > 0
      ? [`not struck, one loss at a time: ${report.skippedFaults}`]
      : []),
    ...Object.entries(notes).map(([what, count]) => `${what}: ${count}`),
    `operations: ${operations.all}: ${operations.committed} committed, ${operations.reads} read, ` +
      `${operations.refused} refused, ${operations.unknown} unknown`,
    `log: ${report.transactions} transactions; watchers saw ${report.watched}, and ` +
      `${report.watchSnapshots} snapshots`,
    `availability: ${percent} % of 100 ms windows with a confirmed write; ` +
      `gaps above ${GAP_MS} ms: ${seconds(availability.downMs)} in all`,
    ...(longestGap === undefined
      ? []
      : [
          `longest gap: ${seconds(longestGap.ms)} at ${seconds(longestGap.atMs)}, during ` +
            (longestGap.faults.join(", ") || "nothing"),
        ]),
    `gaps by fault (each that was there): ${downtimeInWords(availability)}`,
    ...(slowestRecovery === undefined
      ? []
      : [
          `slowest recovery with a healthy majority: ${slowestRecovery.ms} ms after ` +
            `${slowestRecovery.fault} at ${seconds(slowestRecovery.atMs)} (of ` +
            `${availability.survived})`,
        ]),
    `all back and equal after the last heal: ` +
      (report.convergedMs === undefined ? "never" : `${report.convergedMs} ms`),
    `MiB and open files at the start: ${footprintsInWords(footprints.before)}`,
    `MiB and open files at the end: ${footprintsInWords(footprints.after)}`,
    `violations: ${report.violations.length}`,
    ...report.violations.map(({ name, what }) => `  ${name}: ${what}`),
  ];
  if (report.violations.length > 0) {
    lines.push(`the same faults again, if not at the same moments: ${report.command}`);
  }
  if (report.keptAs !== undefined) lines.push(`all files are kept in ${report.keptAs}`);
  return lines.join("\n");
}

function countsInWords(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).map(([what, count]) => `${what} ${count}`);
  return words.join(", ") || "none";
}

function downtimeInWords({ downMsByFault }: Availability): string {
  const entries = Object.entries(downMsByFault).toSorted(([, a], [, b]) => b - a);
  return entries.map(([kind, ms]) => `${kind} ${seconds(ms)}`).join(", ") || "none";
}

function footprintsInWords(footprints: ChaosRun["before"]): string {
  return footprints
    .map(({ id, residentMiB, openFiles }) => `${id} ${residentMiB}/${openFiles}`)
    .join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
