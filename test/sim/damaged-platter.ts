/**
 * A platter on which entries cannot be read, as nodes/repair.ts sees a damaged log: where its holes
 * are, and what closes them. It knows what the entries were, but tells nobody.
 */
import { ANSWER_ENTRIES, heldOf } from "../../nodes/store/hole.js";
import type { DamagedLog, Hole } from "../../nodes/store/storage.js";
import { indexAfter, type Platter, releaseBelow } from "./platter.js";

/** `later` calls back when the disk has worked. */
export function createDamagedPlatter(
  platter: Platter,
  later: (fn: () => void) => void,
): DamagedLog {
  let holes = holesOf(platter);

  return {
    get holes() {
      return holes;
    },
    fetch(want, answer) {
      const { entries, unreadable, base } = platter;
      const from = indexAfter(platter, want.after.zxid);
      const next = entries.slice(from, from + ANSWER_ENTRIES);
      const damagedAt = next.findIndex(({ zxid }) => unreadable.has(zxid));
      if (damagedAt === 0) answer({ entries: [], lack: "unreadable" });
      else {
        const sound = damagedAt < 0 ? next : next.slice(0, damagedAt);
        answer(heldOf(want, sound, entries[0]?.zxid ?? base.zxid));
      }
    },
    fill(hole, given, done) {
      const missing = missingIn(platter, hole);
      const crcs = new Map(given.map(({ zxid, crc }) => [zxid, crc]));
      const fits = missing.every(({ zxid, crc }) => crcs.get(zxid) === crc);
      later(() => {
        if (fits) for (const { zxid } of missing) platter.unreadable.delete(zxid);
        holes = holesOf(platter);
        done(fits);
      });
    },
    leaveOut(hole, done) {
      const last = missingIn(platter, hole).at(-1);
      later(() => {
        if (last !== undefined) releaseBelow(platter, last);
        holes = holesOf(platter);
        done();
      });
    },
  };
}

function missingIn({ entries, unreadable }: Platter, { before, after }: Hole) {
  return entries.filter(
    ({ zxid }) => unreadable.has(zxid) && zxid > before.zxid && zxid < after.zxid,
  );
}

/** Damage that reaches the end of the log has no hole: nothing tells what was there. */
function holesOf(platter: Platter): Hole[] {
  const { entries, unreadable, snapshots } = platter;
  const holes: Hole[] = [];
  let before: Hole["before"] = platter.base;
  let firstLine = 0;
  entries.forEach((entry, index) => {
    if (unreadable.has(entry.zxid)) {
      if (firstLine === 0) firstLine = index + 1;
      return;
    }
    if (firstLine > 0) {
      const isNeeded = entry.zxid > (snapshots[0]?.zxid ?? 0n);
      holes.push({ file: "log", firstLine, lastLine: index, before, after: entry, isNeeded });
    }
    firstLine = 0;
    before = entry;
  });
  return holes;
}
