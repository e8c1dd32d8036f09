/**
 * Brings the scheduled faults about, each at its moment, and takes them all back when told to heal.
 * It keeps account of what struck when. What each fault does is in faults/.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createPrng } from "../sim/prng.js";
import type { Arena, Strike, Struck } from "./arena.js";
import { bitFlip, deleteData, tornTail, zeroSector } from "./faults/damage.js";
import { fullDisk } from "./faults/full-disk.js";
import { cutLink, delayLink, isolate, split } from "./faults/links.js";
import { powerCut, powerCutAll } from "./faults/power.js";
import {
  crashLoop,
  freezeOne,
  freezeSeveral,
  killAll,
  killOne,
  killSeveral,
} from "./faults/processes.js";
import { clockStep, pause as pauseNode, stepDown } from "./faults/small.js";
import { halfCloseWire, resetWire, silentWire, slowWire, throttleWire } from "./faults/wires.js";
import type { Health } from "./health.js";
import type { FaultKind, PlannedFault } from "./schedule.js";

const STRIKES: Readonly<Record<FaultKind, Strike>> = {
  kill: killOne,
  killSeveral,
  killAll,
  crashLoop,
  freeze: freezeOne,
  freezeSeveral,
  cutLink,
  delayLink,
  isolate,
  split,
  slowWire,
  throttleWire,
  silentWire,
  resetWire,
  halfCloseWire,
  fullDisk,
  powerCut,
  powerCutAll,
  tornTail,
  bitFlip,
  zeroSector,
  deleteData,
  clockStep,
  stepDown,
  pause: pauseNode,
};

/** A fault while it was there. */
export interface FaultSpan {
  readonly kind: FaultKind;
  /** Of this process's clock that never goes back. */
  readonly fromMs: number;
  toMs: number | undefined;
  /** Who was struck, in short. */
  readonly on: string;
}

export interface Nemesis {
  readonly spans: readonly FaultSpan[];
  /** Faults that would have gone beyond what a cluster survives at that moment. */
  skipped(): number;
  /** Takes everything back; resolves when every fault is over, or after the limit with false. */
  heal(limitMs: number): Promise<boolean>;
}

export interface NemesisOptions {
  readonly arena: Omit<Arena, "lasts">;
  readonly schedule: readonly PlannedFault[];
  readonly health: Health;
  /** The id of the node that was last seen leading. */
  readonly leader: () => string | undefined;
  /** A fault could not be brought about or taken back. */
  readonly onFailure: (error: unknown) => void;
}

export function startNemesis(options: NemesisOptions): Nemesis {
  const { health, schedule, onFailure } = options;
  const healing = new AbortController();
  const arena: Arena = {
    ...options.arena,
    lasts: (ms) => pause(ms, undefined, { signal: healing.signal }).catch(() => undefined),
  };
  const spans: FaultSpan[] = [];
  const active = new Set<Promise<void>>();
  let skipped = 0;

  function strike(fault: PlannedFault): void {
    const leader = fault.leader ? options.leader() : undefined;
    const planned = fault.order.flatMap((index) => arena.nodes[index] ?? []);
    const first = planned.filter(({ id }) => id === leader);
    const order = [...first, ...planned.filter(({ id }) => id !== leader)];
    const struck = STRIKES[fault.kind](arena, fault, order, createPrng(fault.dice));
    if (struck === undefined) skipped += 1;
    else follow(fault.kind, struck);
  }

  function follow(kind: FaultKind, { impaired, over }: Struck): void {
    const ids = impaired.map(({ id }) => id);
    const fromMs = performance.now();
    const span: FaultSpan = { kind, fromMs, toMs: undefined, on: ids.join("+") };
    spans.push(span);
    const end = health.impair(ids, fromMs);
    const followed = over.catch(onFailure).then(() => {
      span.toMs = performance.now();
      end();
      active.delete(followed);
    });
    active.add(followed);
  }

  const timers = schedule.map((fault) =>
    setTimeout(() => {
      try {
        strike(fault);
      } catch (error) {
        onFailure(error);
      }
    }, fault.atMs),
  );

  return {
    spans,
    skipped: () => skipped,
    async heal(limitMs) {
      for (const timer of timers) clearTimeout(timer);
      healing.abort();
      const limit = pause(limitMs, false, { ref: false });
      return await Promise.race([Promise.all(active).then(() => true), limit]);
    },
  };
}
