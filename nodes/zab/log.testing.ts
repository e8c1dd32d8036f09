/**
 * Test support: logs as the protocol can bring them about. Epochs branch off from any prefix of
 * any earlier epoch's log and begin with their marker; a node's log is a prefix of one of them. So
 * equal zxids always mean equal prefixes, which is all that nodes/zab relies on.
 */
import fc from "fast-check";
import type { Entry } from "./entry.js";
import { type Zxid, zxidOf } from "./zxid.js";

/** The chain value stands for the entry: no two entries of one test share it. */
export function entryAt(zxid: Zxid, crc: number): Entry {
  return { zxid, text: `entry ${crc}`, crc };
}

/** The last zxid of each epoch, told by looking at every entry. */
export function epochEndsOf(entries: readonly Entry[]): Zxid[] {
  return entries
    .filter(({ zxid }, index) => (entries[index + 1]?.zxid ?? zxid) >> 32n !== zxid >> 32n)
    .map(({ zxid }) => zxid)
    .concat(entries.at(-1)?.zxid ?? []);
}

interface Branch {
  readonly from: number;
  readonly kept: number;
  readonly proposals: number;
}

const anyBranch: fc.Arbitrary<Branch> = fc.record({
  from: fc.nat(),
  kept: fc.nat(),
  proposals: fc.nat({ max: 4 }),
});

function grow(branches: readonly Branch[]): Entry[][] {
  const logs: Entry[][] = [[]];
  let crc = 0;
  for (const [index, { from, kept, proposals }] of branches.entries()) {
    const parent = logs[from % logs.length] ?? [];
    const log = parent.slice(0, kept % (parent.length + 1));
    for (let counter = 0; counter <= proposals; counter++) {
      crc++;
      log.push(entryAt(zxidOf(index + 1, counter), crc));
    }
    logs.push(log);
  }
  return logs;
}

/** Two logs of one history: prefixes of branches of it. */
export const twoLogs: fc.Arbitrary<readonly [readonly Entry[], readonly Entry[]]> = fc
  .record({
    branches: fc.array(anyBranch, { maxLength: 8 }),
    picks: fc.tuple(fc.nat(), fc.nat(), fc.nat(), fc.nat()),
  })
  .map(({ branches, picks: [one, cutOne, other, cutOther] }) => {
    const logs = grow(branches);
    const prefix = (which: number, cut: number): Entry[] => {
      const log = logs[which % logs.length] ?? [];
      return log.slice(0, cut % (log.length + 1));
    };
    return [prefix(one, cutOne), prefix(other, cutOther)];
  });
