/**
 * Makes a failing case smaller while it goes on failing: fewer faults, nodes and clients, shorter
 * times, calmer networks and disks. Greedy delta debugging (Zeller 2002), in rounds until nothing
 * more can go. Pure: what "fails" means, and how often it may be asked, is the caller's.
 */
import { CALM_PROFILE } from "./calm-profile.js";
import type { PlannedFault } from "./fault-plan.js";
import type { SeedProfile } from "./profile.js";
import type { SimCase } from "./sim-case.js";

export interface ShrinkOptions {
  /** Whether this case breaks the same invariant. */
  readonly fails: (candidate: SimCase) => boolean;
  /** How many cases may be tried. */
  readonly triesMax: number;
  readonly onTry?: (tries: number, smallest: SimCase) => void;
}

export interface Shrunk {
  readonly smallest: SimCase;
  readonly tries: number;
}

/** `start` must fail; so does what is returned. */
export function shrinkCase(start: SimCase, options: ShrinkOptions): Shrunk {
  let smallest = start;
  let tries = 0;

  /** Takes the candidate if it still fails; false also once the tries are used up. */
  function take(candidate: SimCase): boolean {
    if (tries >= options.triesMax) return false;
    tries++;
    const fails = options.fails(candidate);
    if (fails) smallest = candidate;
    options.onTry?.(tries, smallest);
    return fails;
  }

  for (;;) {
    const before = smallest;
    dropFaults(() => smallest, take);
    for (const candidates of [fewerNodes, fewerClients, calmerKnobs, shorterTimes, plainerFaults]) {
      tryAll(() => smallest, candidates, take);
    }
    if (smallest === before || tries >= options.triesMax) return { smallest, tries };
  }
}

type Take = (candidate: SimCase) => boolean;

/** Leaves out ever smaller parts of the plan. */
function dropFaults(current: () => SimCase, take: Take): void {
  for (let size = current().plan.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < current().plan.length; ) {
      const { plan } = current();
      const kept = [...plan.slice(0, from), ...plan.slice(from + size)];
      if (!take({ ...current(), plan: kept })) from += size;
    }
  }
}

/** Each success changes what is possible, so the list of candidates is made anew after it. */
function tryAll(
  current: () => SimCase,
  candidatesOf: (of: SimCase) => readonly SimCase[],
  take: Take,
): void {
  for (let at = 0; ; ) {
    const candidate = candidatesOf(current())[at];
    if (candidate === undefined) return;
    if (!take(candidate)) at++;
  }
}

function fewerNodes(of: SimCase): SimCase[] {
  const { cluster } = of.profile;
  const nodes = cluster.nodes - 1;
  if (nodes < 1) return [];
  const profile = { ...of.profile, cluster: { ...cluster, nodes } };
  const plan = of.plan.flatMap((fault): PlannedFault[] => {
    const left = fault.nodes.filter((node) => node < nodes);
    return left.length === 0 && fault.nodes.length > 0 ? [] : [{ ...fault, nodes: left }];
  });
  return [{ ...of, profile, plan }];
}

function fewerClients(of: SimCase): SimCase[] {
  const { clients } = of.profile;
  const counts = [1, Math.floor(clients.clients / 2), clients.clients - 1];
  return counts
    .filter((count) => count >= 1 && count < clients.clients)
    .map((count) => ({
      ...of,
      profile: { ...of.profile, clients: { ...clients, clients: count } },
    }));
}

/** One knob after another as it is in calm weather. */
function calmerKnobs(of: SimCase): SimCase[] {
  return calmer(of.profile, CALM_PROFILE, KEPT_KNOBS).map((profile) => {
    return { ...of, profile: profile as SeedProfile };
  });
}

/** Sizes and times have rules of their own. */
const KEPT_KNOBS: ReadonlySet<string> = new Set(["nodes", "clients.clients", "faultyMs"]);

type Knobs = Readonly<Record<string, unknown>>;

function calmer(from: object, to: object, kept: ReadonlySet<string>): object[] {
  const calm: Knobs = { ...to };
  return Object.entries(from).flatMap(([name, value]: [string, unknown]): object[] => {
    const wanted = calm[name];
    if (kept.has(name) || wanted === undefined || sameValue(value, wanted)) return [];
    if (isGroup(value) && isGroup(wanted)) {
      return calmer(value, wanted, keptIn(kept, name)).map((inner) => ({ ...from, [name]: inner }));
    }
    return [{ ...from, [name]: wanted }];
  });
}

/** The rules for a group's own knobs: "clients.clients" is "clients" in there. */
function keptIn(kept: ReadonlySet<string>, group: string): ReadonlySet<string> {
  const inner = [...kept].filter((name) => name.startsWith(`${group}.`));
  return new Set([...inner.map((name) => name.slice(group.length + 1)), "nodes"]);
}

function isGroup(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function shorterTimes(of: SimCase): SimCase[] {
  const { faultyMs } = of.profile;
  const lengths = [faultyMs / 2, faultyMs * 0.8, faultyMs - 200].map(Math.floor);
  return lengths
    .filter((length) => length >= 100 && length < faultyMs)
    .map((length) => ({
      ...of,
      profile: { ...of.profile, faultyMs: length },
      plan: of.plan.filter(({ atMs }) => atMs < length),
    }));
}

/** Whole milliseconds, and shorter ones. */
function plainerFaults(of: SimCase): SimCase[] {
  return of.plan.flatMap((fault, index) => {
    const simpler: PlannedFault[] = [
      { ...fault, forMs: Math.floor(fault.forMs / 2) },
      { ...fault, forMs: Math.floor(fault.forMs) },
      { ...fault, atMs: Math.floor(fault.atMs) },
    ];
    return simpler
      .filter((one) => one.forMs !== fault.forMs || one.atMs !== fault.atMs)
      .map((one) => ({ ...of, plan: of.plan.with(index, one) }));
  });
}
