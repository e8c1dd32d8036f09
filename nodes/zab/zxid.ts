/**
 * zxid: the place of an entry in the log, (epoch << 32) | counter, as a bigint so that comparing
 * two of them is comparing their leaderships first. Counter 0 is the epoch's marker. 0n is "before
 * everything".
 */

export type Zxid = bigint;

export const ZXID_ZERO: Zxid = 0n;

/** The largest counter that fits; a leader that reaches it must start a new epoch. */
export const COUNTER_MAX = 0xffff_ffff;

/** The largest epoch that fits; after it nobody can lead any more. */
export const EPOCH_MAX = 0xffff_ffff;

export function zxidOf(epoch: number, counter: number): Zxid {
  return (BigInt(epoch) << 32n) | BigInt(counter);
}

export function epochOf(zxid: Zxid): number {
  return Number(zxid >> 32n);
}

export function counterOf(zxid: Zxid): number {
  return Number(zxid & 0xffff_ffffn);
}

/** `epoch.counter`, as logs and screens print it. */
export function formatZxid(zxid: Zxid): string {
  return `${epochOf(zxid)}.${counterOf(zxid)}`;
}
