/** Test support: the simulator's disk, whose syncs end when a scenario says so. */
import type { Prng } from "../../test/sim/prng.js";
import { createSimDisk, type Platter, type SimDisk } from "../../test/sim/sim-disk.js";
import type { SimProcess } from "../../test/sim/sim-process.js";
import { formatZxid } from "./zxid.js";

/** `onSync` is given, for each sync that begins, what ends it. */
export function createScenarioDisk(platter: Platter, onSync: (done: () => void) => void): SimDisk {
  const profile = { syncMeanMs: 0, stallChance: 0 };
  return createSimDisk(platter, handDriven(onSync), keepFirst(0), profile);
}

export function diskWords(platter: Platter): string {
  const last = platter.entries.at(-1)?.zxid ?? platter.base.zxid;
  const promised = `promise of ${platter.acceptedEpoch} to ${platter.promisedTo || "nobody"}`;
  const blank = platter.initialized ? "" : ", blank";
  return `a log to ${formatZxid(last)} and the ${promised}${blank}`;
}

/** A process whose only timer is the one of its disk, which goes off when the scenario says so. */
function handDriven(onSync: (done: () => void) => void): SimProcess {
  const never = (): never => {
    throw new Error("a scenario has no clock");
  };
  return {
    clock: { nowMs: never, wallMs: never, every: never, soon: never, next: never },
    alive: true,
    run: (fn) => fn(),
    after: (_delayMs, fn) => onSync(fn),
    freeze: never,
    thaw: never,
    kill: never,
  };
}

/** Dice for the disk: a crash keeps the first `kept` unsynced ops, and nothing else is random. */
export function keepFirst(kept: number): Prng {
  let rolls = 0;
  const dice: Prng = {
    next: () => 0,
    int: (low, high) => (rolls++ === 0 ? Math.min(low + kept, high) : low),
    chance: () => true,
    pick: () => {
      throw new Error("a scenario picks nothing at random");
    },
    exponential: () => 0,
    fork: () => dice,
  };
  return dice;
}
