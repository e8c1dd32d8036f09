// Proves that the log in memory behaves as a plain list of entries would, whatever is appended,
// truncated and trimmed, and that the common point of two logs is found exactly.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Entry } from "./entry.js";
import {
  appendEntry,
  commonZxid,
  crcAt,
  createLog,
  follows,
  indexAfter,
  type Log,
  lastCrc,
  lastZxid,
  positionOf,
  trimLog,
  truncateLog,
} from "./log.js";
import { entryAt, epochEndsOf, twoLogs } from "./log.testing.js";
import { COUNTER_MAX, type Zxid, zxidOf } from "./zxid.js";

/** Entries (epoch, 0) to (epoch, last) for each pair, with chain values 1, 2, 3, ... */
function entriesOf(...epochs: readonly (readonly [number, number])[]): Entry[] {
  let crc = 0;
  return epochs.flatMap(([epoch, last]) =>
    Array.from({ length: last + 1 }, (_, counter) => entryAt(zxidOf(epoch, counter), ++crc)),
  );
}

test("an entry follows by the next counter, or as the marker of a later epoch", () => {
  assert.ok(follows(0n, zxidOf(1, 0)));
  assert.ok(follows(zxidOf(1, 0), zxidOf(1, 1)));
  assert.ok(follows(zxidOf(1, 7), zxidOf(4, 0)));
  assert.ok(follows(zxidOf(1, COUNTER_MAX), zxidOf(2, 0)));
  assert.ok(!follows(zxidOf(1, 1), zxidOf(1, 1)), "the same again");
  assert.ok(!follows(zxidOf(1, 1), zxidOf(1, 3)), "a gap");
  assert.ok(!follows(zxidOf(1, 1), zxidOf(2, 1)), "an epoch without its marker");
  assert.ok(!follows(zxidOf(2, 1), zxidOf(1, 2)), "an older epoch");
  assert.ok(!follows(zxidOf(2, 1), zxidOf(2, 0)), "backwards");
});

test("a gap is refused and leaves the log as it was", () => {
  const log = createLog(0n, 0, [], entriesOf([1, 2]));
  assert.throws(() => appendEntry(log, entryAt(zxidOf(1, 4), 9)), /log gap: 1\.4 .* 1\.2/);
  assert.throws(() => createLog(0n, 0, [], [entryAt(zxidOf(1, 1), 9)]), /log gap/);
  assert.equal(lastZxid(log), zxidOf(1, 2));
  assert.deepEqual(log.epochEnds, [zxidOf(1, 2)]);
});

test("a truncation reaches back over epochs", () => {
  const log = createLog(0n, 0, [], entriesOf([1, 3], [2, 0], [5, 2]));
  truncateLog(log, zxidOf(1, 2));
  assert.deepEqual(log.epochEnds, [zxidOf(1, 2)]);
  assert.equal(lastCrc(log), 3);
  appendEntry(log, entryAt(zxidOf(6, 0), 50));
  assert.deepEqual(log.epochEnds, [zxidOf(1, 2), zxidOf(6, 0)]);
});

test("a truncation may empty the memory down to the base, and not beyond", () => {
  const log = createLog(zxidOf(1, 3), 4, [zxidOf(1, 3)], [entryAt(zxidOf(2, 0), 5)]);
  assert.throws(() => truncateLog(log, zxidOf(1, 2)), /no entry 1\.2/);
  truncateLog(log, zxidOf(1, 3));
  assert.equal(lastZxid(log), zxidOf(1, 3));
  assert.equal(lastCrc(log), 4);
  assert.deepEqual(log.epochEnds, [zxidOf(1, 3)]);
});

test("a truncation to nothing empties the log", () => {
  const log = createLog(0n, 0, [], entriesOf([1, 1]));
  truncateLog(log, 0n);
  assert.equal(lastZxid(log), 0n);
  assert.deepEqual(log.epochEnds, []);
});

test("a truncation to what was never there is refused", () => {
  const log = createLog(0n, 0, [], entriesOf([1, 3], [3, 1]));
  assert.throws(() => truncateLog(log, zxidOf(2, 0)), /no entry 2\.0/);
  assert.throws(() => truncateLog(log, zxidOf(1, 9)), /no entry 1\.9/);
  assert.equal(lastZxid(log), zxidOf(3, 1));
});

test("trimming waits for a quarter more than it keeps, and stops at what was delivered", () => {
  const log = createLog(0n, 0, [], entriesOf([1, 20]));
  trimLog(log, 5, zxidOf(1, 20));
  assert.equal(log.entries.length, 21, "5 + 1 + 16 is not exceeded");
  appendEntry(log, entryAt(zxidOf(1, 21), 22));
  appendEntry(log, entryAt(zxidOf(1, 22), 23));
  trimLog(log, 5, zxidOf(1, 9));
  assert.equal(log.base, zxidOf(1, 9), "what was not delivered stays");
  assert.equal(log.baseCrc, 10);
  assert.deepEqual(log.epochEnds, [zxidOf(1, 22)], "trimming forgets no epoch");
});

test("a foreign tail between two of our entries is not common (ZOOKEEPER-1154)", () => {
  // The old leader holds an uncommitted (7,4); the new one's log is (7,0) to (7,3), then epoch 8.
  const ours = epochEndsOf(entriesOf([7, 3], [8, 1]));
  const theirs = epochEndsOf(entriesOf([7, 4]));
  assert.equal(commonZxid(ours, theirs), zxidOf(7, 3));
  assert.equal(commonZxid(theirs, ours), zxidOf(7, 3));
});

test("logs that share no epoch share nothing", () => {
  assert.equal(commonZxid([zxidOf(1, 4), zxidOf(3, 0)], [zxidOf(2, 9)]), 0n);
  assert.equal(commonZxid([], [zxidOf(2, 9)]), 0n);
});

test("the common point is the last entry that both logs hold", () => {
  fc.assert(
    fc.property(twoLogs, ([one, other]) => {
      const held = new Set(other.map((entry) => entry.crc));
      const common = one.findLast((entry) => held.has(entry.crc))?.zxid ?? 0n;
      assert.equal(commonZxid(epochEndsOf(one), epochEndsOf(other)), common);
      assert.equal(commonZxid(epochEndsOf(other), epochEndsOf(one)), common);
    }),
    { numRuns: 2000 },
  );
});

/** The same log as a list of everything that was ever in it and not truncated. */
interface Model {
  all: Entry[];
  trimmed: number;
}

type Change =
  | { readonly kind: "append" | "epoch" }
  | { readonly kind: "truncate"; readonly pick: number }
  | { readonly kind: "trim"; readonly keep: number; readonly pick: number };

const anyChange: fc.Arbitrary<Change> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("append" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("epoch" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("truncate" as const), pick: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("trim" as const),
      keep: fc.nat({ max: 20 }),
      pick: fc.nat(),
    }),
  },
);

function change(log: Log, model: Model, what: Change, crc: number): void {
  const last = model.all.at(-1)?.zxid ?? 0n;
  // Where a pick may point: the base and every entry after it.
  const places = [model.all[model.trimmed - 1]?.zxid ?? 0n].concat(
    model.all.slice(model.trimmed).map((entry) => entry.zxid),
  );
  switch (what.kind) {
    case "append":
    case "epoch": {
      const epoch = Number(last >> 32n);
      const fresh = what.kind === "epoch" || last === 0n;
      const entry = entryAt(fresh ? zxidOf(epoch + 1, 0) : last + 1n, crc);
      appendEntry(log, entry);
      model.all.push(entry);
      break;
    }
    case "truncate": {
      const to = places[what.pick % places.length] ?? 0n;
      truncateLog(log, to);
      model.all = model.all.filter((entry) => entry.zxid <= to);
      break;
    }
    case "trim": {
      const notBeyond = places[what.pick % places.length] ?? 0n;
      trimLog(log, what.keep, notBeyond);
      const inMemory = model.all.length - model.trimmed;
      if (inMemory > what.keep + Math.floor(what.keep / 4) + 16) {
        const allowed = model.all.filter((entry) => entry.zxid <= notBeyond).length;
        model.trimmed = Math.max(model.trimmed, Math.min(model.all.length - what.keep, allowed));
      }
      break;
    }
    default:
      throw new Error(`unknown change ${JSON.stringify(what satisfies never)}`);
  }
}

function assertSame(log: Log, { all, trimmed }: Model, dropped: readonly Zxid[]): void {
  const base = all[trimmed - 1];
  assert.equal(log.base, base?.zxid ?? 0n);
  assert.equal(log.baseCrc, base?.crc ?? 0);
  assert.equal(lastZxid(log), all.at(-1)?.zxid ?? 0n);
  assert.equal(lastCrc(log), all.at(-1)?.crc ?? 0);
  assert.deepEqual(log.entries, all.slice(trimmed));
  assert.deepEqual(log.epochEnds, epochEndsOf(all));
  for (const [index, { zxid, crc }] of all.entries()) {
    assert.equal(crcAt(log, zxid), index >= trimmed - 1 ? crc : undefined);
    if (index < trimmed - 1) continue;
    assert.equal(positionOf(log, zxid), index + 1);
    assert.equal(log.entries[indexAfter(log, zxid)], all[index + 1]);
  }
  for (const zxid of dropped) {
    const held = zxid === 0n || all.some((entry) => entry.zxid === zxid);
    if (!held) assert.equal(crcAt(log, zxid), undefined);
  }
}

test("a log is a list that forgets its oldest entries", () => {
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 40 }), (changes) => {
      // Long enough from the start for trimming to have something to forget.
      const all = entriesOf([1, 40], [3, 20]);
      const log = createLog(0n, 0, [], all);
      const model: Model = { all: [...all], trimmed: 0 };
      const seen = new Set(all.map(({ zxid }) => zxid));
      for (const [index, what] of changes.entries()) {
        change(log, model, what, 1000 + index);
        seen.add(lastZxid(log));
        assert.equal(lastZxid(log), model.all.at(-1)?.zxid ?? 0n);
      }
      assertSame(log, model, [...seen]);
    }),
    { numRuns: 500 },
  );
});
