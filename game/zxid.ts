/**
 * zxid for everyone outside nodes/zab: (epoch << 32) | counter as a bigint. People read and write
 * it as `epoch.counter`; JSON carries it as a decimal string.
 */

const UINT32_MAX = 0xffff_ffff;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/** Both parts are uint32. */
export function zxidOf(epoch: number, counter: number): bigint {
  return (BigInt(epoch) << 32n) | BigInt(counter);
}

export function epochOf(zxid: bigint): number {
  return Number(zxid >> 32n);
}

export function counterOf(zxid: bigint): number {
  return Number(zxid & 0xffff_ffffn);
}

/** `epoch.counter`, e.g. "3.1842". */
export function formatZxid(zxid: bigint): string {
  return `${epochOf(zxid)}.${counterOf(zxid)}`;
}

/** Reads "3.1842" or the plain decimal number; undefined if the text is neither or too large. */
export function parseZxid(text: string): bigint | undefined {
  const parts = /^(\d{1,10})\.(\d{1,10})$/.exec(text);
  if (parts !== null) {
    const epoch = Number(parts[1]);
    const counter = Number(parts[2]);
    return epoch > UINT32_MAX || counter > UINT32_MAX ? undefined : zxidOf(epoch, counter);
  }
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const zxid = BigInt(text);
  return zxid > UINT64_MAX ? undefined : zxid;
}
