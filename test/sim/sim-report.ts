/** What a run of many seeds adds up to, as an object for programs and as text for people. */
import { MARKS } from "./marks.js";
import type { SeedResult } from "./run-case.js";

export interface FoundViolation {
  readonly seed: number;
  readonly invariant: string;
  readonly what: string;
}

/** Sums over the seeds; equal for equal seeds, in whatever order they ran. */
export interface SimTotals {
  seeds: number;
  /** Seeds that were run twice and ran the same way. */
  repeated: number;
  virtualMs: number;
  events: number;
  committed: number;
  told: number;
  readonly faults: Map<string, number>;
  readonly marks: Map<string, number>;
  readonly violations: FoundViolation[];
}

export function createTotals(): SimTotals {
  return {
    seeds: 0,
    repeated: 0,
    virtualMs: 0,
    events: 0,
    committed: 0,
    told: 0,
    faults: new Map(),
    marks: new Map(),
    violations: [],
  };
}

export function addResult(totals: SimTotals, result: SeedResult, repeated: boolean): void {
  totals.seeds++;
  totals.virtualMs += result.virtualMs;
  totals.events += result.events;
  totals.committed += result.committed;
  totals.told += result.told;
  if (repeated && result.violation === undefined) totals.repeated++;
  for (const [name, count] of result.faults) addTo(totals.faults, name, count);
  for (const [name, count] of result.marks) addTo(totals.marks, name, count);
  if (result.violation !== undefined) {
    totals.violations.push({ seed: result.simCase.seed, ...result.violation });
  }
}

function addTo(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

export interface SimReport {
  readonly profile: string;
  readonly seeds: number;
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly jobs: number;
  readonly seedsPerSecond: number;
  readonly simulatedHours: number;
  /** Simulated time over real time, all jobs together and for each of them. */
  readonly timesRealTime: number;
  readonly timesRealTimePerJob: number;
  readonly events: number;
  readonly committed: number;
  readonly told: number;
  readonly repeatedAlike: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly marks: Readonly<Record<string, number>>;
  readonly marksNeverHit: readonly string[];
  readonly violations: readonly FoundViolation[];
}

export function reportOf(
  totals: SimTotals,
  run: { readonly profile: string; readonly seconds: number; readonly jobs: number },
): SimReport {
  const { profile, seconds, jobs } = run;
  const timesRealTime = totals.virtualMs / 1000 / seconds;
  const violations = totals.violations.toSorted((a, b) => a.seed - b.seed);
  return {
    profile,
    seeds: totals.seeds,
    passed: totals.seeds - violations.length,
    failed: violations.length,
    seconds: rounded(seconds, 1),
    jobs,
    seedsPerSecond: rounded(totals.seeds / seconds, 1),
    simulatedHours: rounded(totals.virtualMs / 3_600_000, 2),
    timesRealTime: Math.round(timesRealTime),
    timesRealTimePerJob: Math.round(timesRealTime / jobs),
    events: totals.events,
    committed: totals.committed,
    told: totals.told,
    repeatedAlike: totals.repeated,
    faults: sorted(totals.faults),
    marks: sorted(totals.marks),
    marksNeverHit: MARKS.filter((mark) => !totals.marks.has(mark)),
    violations,
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Most frequent first. */
function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  const byCount = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return Object.fromEntries(byCount);
}

const COLUMNS = 4;

export function reportText(report: SimReport): string {
  const { faults, marksNeverHit, violations } = report;
  const hit = MARKS.length - marksNeverHit.length;
  const lines = [
    `${report.seeds} seeds of the ${report.profile} profile in ${report.seconds} s ` +
      `(${report.seedsPerSecond} seeds/s on ${report.jobs} threads)`,
    `${report.simulatedHours} simulated hours: ${report.timesRealTime} times real time, ` +
      `${report.timesRealTimePerJob} a thread`,
    `${report.events} events, ${report.committed} committed, ${report.told} told to clients`,
    `${report.repeatedAlike} seeds run twice, and alike`,
    "",
    "faults, as planned; in brackets what networks and disks did of their own:",
    ...table(faults),
    "",
    `marks: ${hit} of ${MARKS.length} reached`,
    ...marksNeverHit.map((mark) => `  never: ${mark}`),
  ];
  if (violations.length > 0) lines.push("");
  for (const { seed, invariant, what } of violations) {
    lines.push(`seed ${seed} breaks ${invariant}: ${what.split("\n")[0]}`);
  }
  lines.push(`${report.passed} passed, ${report.failed} failed`);
  return lines.join("\n");
}

/** Names and numbers in columns, read downwards. */
function table(counts: Readonly<Record<string, number>>): string[] {
  const cells = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  const height = Math.ceil(cells.length / COLUMNS);
  const width = Math.max(0, ...cells.map((cell) => cell.length)) + 2;
  return Array.from({ length: height }, (_, row) => {
    const line = Array.from({ length: COLUMNS }, (_unused, column) => {
      return (cells[column * height + row] ?? "").padEnd(width);
    });
    return `  ${line.join("").trimEnd()}`;
  });
}
