/** What the zoo's verdicts come to: one row a mutant, for programs and as a table for people. */
import { BY_TESTS } from "./patched-tests.js";
import type { Verdict } from "./trials.js";

export interface Row {
  readonly name: string;
  readonly bugs: readonly string[];
  readonly what: string;
  readonly stale?: string;
  /** Seeds that killed it and that the true code does not pass, either. */
  readonly unfair: readonly number[];
  /** In how many of the repeats it was killed. */
  readonly kills: number;
  readonly repeats: number;
  /** How often which invariant saw it first. */
  readonly invariants: Readonly<Record<string, number>>;
  /** To the kill; a repeat without one counts as all of its seeds. */
  readonly seeds: Spread;
  readonly seconds: Spread;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function rowOf({ mutant, stale, hunts, unfair }: Verdict): Row {
  const invariants: Record<string, number> = {};
  for (const { kill } of hunts) {
    if (kill !== undefined) invariants[kill.invariant] = (invariants[kill.invariant] ?? 0) + 1;
  }
  return {
    name: mutant.name,
    bugs: mutant.bugs,
    what: mutant.what,
    ...(stale === undefined ? {} : { stale }),
    unfair,
    kills: hunts.filter(({ kill }) => kill !== undefined).length,
    repeats: hunts.length,
    invariants,
    seeds: spreadOf(hunts.map(({ seeds }) => seeds)),
    seconds: spreadOf(hunts.map(({ seconds }) => Number(seconds.toFixed(1)))),
  };
}

export function isKilled(row: Row): boolean {
  return row.kills > 0 && row.unfair.length === 0;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: sorted[Math.floor((sorted.length - 1) / 2)] ?? 0,
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
  };
}

/** A table, then the totals, then what is wrong with whom. */
export function reportText(rows: readonly Row[]): string {
  const table = [
    ["mutant", "bugs", "killed", "by", "seeds", "(min-max)", "seconds"],
    ...rows.map((row) => [
      row.name,
      row.bugs.join(" "),
      verdictWord(row),
      invariantWords(row),
      `${row.kills * 2 > row.repeats ? "" : ">"}${row.seeds.median}`,
      `(${row.seeds.min}-${row.seeds.max})`,
      `${row.seconds.median}`,
    ]),
  ];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((line) => line[column]?.length ?? 0)),
  );
  const lines = table.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const killed = rows.filter(isKilled);
  const byTests = killed.filter(({ invariants }) => BY_TESTS in invariants).length;
  const totals = `${killed.length} of ${rows.length} killed, ${byTests} of them by tests alone`;
  const notes = rows.filter((row) => !isKilled(row)).map(noteOf);
  return [...lines, "", totals, ...notes].join("\n");
}

function verdictWord(row: Row): string {
  if (row.stale !== undefined) return "STALE";
  if (row.unfair.length > 0) return "UNFAIR";
  return row.kills === 0 ? "SURVIVES" : `${row.kills}/${row.repeats}`;
}

/** The most frequent first. */
function invariantWords({ invariants }: Row): string {
  const names = Object.entries(invariants).sort(([, a], [, b]) => b - a);
  return names.map(([name]) => name).join(" ");
}

function noteOf(row: Row): string {
  if (row.stale !== undefined) return `${row.name} is stale: ${row.stale}`;
  if (row.unfair.length > 0) {
    return `${row.name}: the true code fails, too, with seed ${row.unfair.join(", ")}`;
  }
  return `${row.name} survives: ${row.what}`;
}
