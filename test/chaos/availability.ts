/**
 * How well players were served: windows with a confirmed write, gaps between confirmed writes and
 * what was wrong meanwhile, and the time from a fault to the next write. Pure: times in, figures
 * out, all in milliseconds of one clock.
 */
import type { MajorityChange } from "./health.js";
import type { FaultKind } from "./schedule.js";

export interface Ack {
  readonly issuedAtMs: number;
  readonly ackedAtMs: number;
}

export interface Span {
  readonly kind: FaultKind;
  readonly fromMs: number;
  /** Undefined: to the end. */
  readonly toMs: number | undefined;
}

export interface Gap {
  readonly ms: number;
  /** From the beginning of the run. */
  readonly atMs: number;
  /** What was there at any moment of it. */
  readonly faults: readonly FaultKind[];
}

export interface Recovery {
  readonly ms: number;
  readonly atMs: number;
  readonly fault: FaultKind;
}

export interface Availability {
  /** Of the windows of WINDOW_MS, the part with a confirmed write. */
  readonly share: number;
  readonly longestGap: Gap | undefined;
  /** All gaps above GAP_MS together. */
  readonly downMs: number;
  /** The same by fault: a gap counts for each that was there. */
  readonly downMsByFault: Readonly<Partial<Record<FaultKind, number>>>;
  /** From a fault to the confirmation of a write that was issued after it. */
  readonly slowestRecovery: Recovery | undefined;
  /** Faults during which a healthy majority was left until that write. */
  readonly survived: number;
}

export interface AvailabilityOptions {
  readonly fromMs: number;
  readonly toMs: number;
  readonly acks: readonly Ack[];
  readonly spans: readonly Span[];
  readonly majority: readonly MajorityChange[];
}

const WINDOW_MS = 100;
export const GAP_MS = 500;

export function availabilityOf(options: AvailabilityOptions): Availability {
  const { fromMs, toMs, acks } = options;
  const times = acks.map(({ ackedAtMs }) => ackedAtMs).filter((at) => at >= fromMs && at <= toMs);
  times.sort((a, b) => a - b);
  const windows = new Set(times.map((at) => Math.floor((at - fromMs) / WINDOW_MS)));
  const gaps = gapsBetween([fromMs, ...times, toMs], options);
  const downMsByFault: Partial<Record<FaultKind, number>> = {};
  for (const { ms, faults } of gaps) {
    for (const kind of faults) downMsByFault[kind] = (downMsByFault[kind] ?? 0) + ms;
  }
  const recoveries = recoveriesOf(options);
  return {
    share: windows.size / Math.max(1, Math.ceil((toMs - fromMs) / WINDOW_MS)),
    longestGap: longest(gaps),
    downMs: gaps.reduce((sum, { ms }) => sum + ms, 0),
    downMsByFault,
    slowestRecovery: longest(recoveries),
    survived: recoveries.length,
  };
}

function gapsBetween(times: readonly number[], { fromMs, spans }: AvailabilityOptions): Gap[] {
  const gaps: Gap[] = [];
  for (const [index, end] of times.entries()) {
    const begin = times[index - 1] ?? end;
    if (end - begin <= GAP_MS) continue;
    const there = spans.filter((span) => span.fromMs < end && (span.toMs ?? end) > begin);
    const faults = [...new Set(there.map(({ kind }) => kind))];
    gaps.push({ ms: Math.round(end - begin), atMs: Math.round(begin - fromMs), faults });
  }
  return gaps;
}

function recoveriesOf({ fromMs, acks, spans, majority }: AvailabilityOptions): Recovery[] {
  const byIssue = acks.toSorted((a, b) => a.issuedAtMs - b.issuedAtMs);
  // The first of all confirmations of what was issued then or later.
  const firstAckMs: number[] = [];
  for (let at = byIssue.length - 1, first = Infinity; at >= 0; at--) {
    first = Math.min(first, byIssue[at]?.ackedAtMs ?? Infinity);
    firstAckMs[at] = first;
  }
  const recoveries: Recovery[] = [];
  for (const { kind, fromMs: struckAtMs } of spans) {
    const ackedAtMs = firstAckMs[firstIndex(byIssue, struckAtMs)];
    if (ackedAtMs === undefined || !heldMajority(majority, struckAtMs, ackedAtMs)) continue;
    const ms = Math.round(ackedAtMs - struckAtMs);
    recoveries.push({ ms, atMs: Math.round(struckAtMs - fromMs), fault: kind });
  }
  return recoveries;
}

/** Of those issued at that time or later; acks in order of issue. */
function firstIndex(acks: readonly Ack[], fromMs: number): number {
  let low = 0;
  let high = acks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((acks[middle]?.issuedAtMs ?? 0) < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** From right after the one moment until the other. */
function heldMajority(changes: readonly MajorityChange[], fromMs: number, toMs: number): boolean {
  const before = changes.findLast(({ atMs }) => atMs <= fromMs);
  if (before?.isHealthy !== true) return false;
  return !changes.some(({ atMs, isHealthy }) => !isHealthy && atMs > fromMs && atMs <= toMs);
}

function longest<T extends { readonly ms: number }>(items: readonly T[]): T | undefined {
  return items.reduce<T | undefined>(
    (max, one) => (one.ms > (max?.ms ?? -1) ? one : max),
    undefined,
  );
}
