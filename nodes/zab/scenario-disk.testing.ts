/** Test support: the simulator's disk, whose work ends when a scenario says so. */
import type { Prng } from "../../test/sim/prng.js";
import {
  createPlatter,
  createSimDisk,
  type Platter,
  type SimDisk,
} from "../../test/sim/sim-disk.js";
import type { SimProcess } from "../../test/sim/sim-process.js";
import { chainCrc } from "../store/chain.js";
import { formatZxid } from "./zxid.js";

/** `onWork` is given, for each sync or snapshot that begins, what ends it. */
export function createScenarioDisk(platter: Platter, onWork: (done: () => void) => void): SimDisk {
  const profile = { syncMeanMs: 0, stallChance: 0 };
  return createSimDisk(platter, handDriven(onWork), keepFirst(0), profile);
}

export function wipe(platter: Platter): void {
  Object.assign(platter, createPlatter(false));
}

/** A start found damage that nobody else could tell of, set the log aside and began anew. */
export function distrust(platter: Platter): void {
  wipe(platter);
  platter.distrusted = true;
}

/** Beyond the fault model: the disk loses entries that it had reported durable. */
export function forget(platter: Platter, entries: number): void {
  platter.entries.splice(platter.entries.length - entries);
  platter.commitHint = 0n;
}

/** Beyond the fault model. */
export function forgetPromise(platter: Platter): void {
  platter.acceptedEpoch = 0;
  platter.promisedTo = "";
}

/** Beyond the fault model: the last entry becomes another of the same zxid. */
export function rewrite(platter: Platter, text: string): void {
  const last = platter.entries.pop();
  if (last === undefined) throw new Error("there is no entry");
  const prevCrc = platter.entries.at(-1)?.crc ?? platter.base.crc;
  platter.entries.push({ zxid: last.zxid, text, crc: chainCrc(text, prevCrc) });
}

export function diskWords(platter: Platter): string {
  const last = platter.entries.at(-1)?.zxid ?? platter.base.zxid;
  const promised = `promise of ${platter.acceptedEpoch} to ${platter.promisedTo || "nobody"}`;
  const counts = platter.distrusted ? ", distrusted" : ", blank";
  const blank = platter.initialized ? "" : counts;
  return `a log to ${formatZxid(last)} and the ${promised}${blank}`;
}

/** A process whose only timer is the one of its disk, which goes off when the scenario says so. */
function handDriven(onWork: (done: () => void) => void): SimProcess {
  const never = (): never => {
    throw new Error("a scenario has no clock");
  };
  return {
    clock: { nowMs: never, wallMs: never, every: never, soon: never, next: never },
    alive: true,
    run: (fn) => fn(),
    after: (_delayMs, fn) => onWork(fn),
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
