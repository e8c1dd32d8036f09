// Proves that whatever becomes of the bytes of a segment, no entry comes out of it that was not put
// into it at that very place, nothing is skipped unnoticed, and its readers neither throw nor hang.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { anyBytes, damaged } from "../../test/damage.testing.js";
import { fuzzed } from "../../test/fuzz-runs.testing.js";
import type { Entry } from "../zab/entry.js";
import { ZXID_ZERO, type Zxid, zxidOf } from "../zab/zxid.js";
import type { SegmentFile } from "./layout.js";
import { documentOfEntry, documentOfRecord, lineOf } from "./log-document.js";
import { firstHeader } from "./lost-header.js";
import { readContent } from "./segment-content.js";
import { scanSegment } from "./segment-scan.js";
import { chain, range } from "./store.testing.js";

const RUNS = 1500;

const SEGMENT: SegmentFile = { base: ZXID_ZERO, path: "/data/node1/log-0000000000000000.db" };
const IDENTITY = { clusterId: "test", nodeId: "node1", membershipHash: "abc" };

/** A segment of a few epochs, with records among its entries. */
const anySegment = fc
  .array(
    fc.record({
      last: fc.nat({ max: 4 }),
      skipped: fc.nat({ max: 2 }),
      promised: fc.boolean(),
      hinted: fc.boolean(),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .chain((epochs) =>
    fc.constantFrom("text", "words", "ü😀\u2028").map((text) => ({ epochs, text })),
  )
  .map(({ epochs, text }) => {
    let epoch = 0;
    let number = 0;
    const lines = [
      lineOf(documentOfRecord({ kind: "header", header: firstHeader(IDENTITY, "initialized") }, 0)),
    ];
    const zxids: Zxid[] = [];
    for (const { last, skipped, promised, hinted } of epochs) {
      epoch += 1 + skipped;
      number += 2;
      if (promised) {
        lines.push(lineOf(documentOfRecord({ kind: "promise", epoch, to: "node2" }, number)));
      }
      const before = zxids.length;
      zxids.push(...range(epoch, 0, last));
      for (const entry of chain(zxids, undefined, text).slice(before)) {
        lines.push(lineOf(documentOfEntry(entry)));
      }
      const commit = { kind: "commit", zxid: zxidOf(epoch, last) } as const;
      if (hinted) lines.push(lineOf(documentOfRecord(commit, number + 1)));
    }
    return Buffer.from(lines.join(""));
  });

function entriesOf(bytes: Buffer, isLast: boolean): readonly Entry[] {
  const { content, damage } = readContent(bytes, SEGMENT, isLast);
  if (damage !== undefined) {
    assert.equal(damage.file, SEGMENT.path);
    assert.ok(damage.line !== undefined && damage.line >= 1);
  }
  if (content === undefined) return [];
  assert.ok(content.soundBytes <= bytes.length);
  return content.entries;
}

function isBeginning(part: readonly Entry[], whole: readonly Entry[]): boolean {
  return part.every(({ zxid, text, crc }, index) => {
    const entry = whole[index];
    return entry?.zxid === zxid && entry.text === text && entry.crc === crc;
  });
}

test("a sound segment is read whole", () => {
  fc.assert(
    fc.property(anySegment, (bytes) => {
      const { content, damage } = readContent(bytes, SEGMENT, false);
      assert.equal(damage, undefined);
      assert.equal(content?.soundBytes, bytes.length);
      assert.equal(content?.entries.length, bytes.toString().split('"txn"').length - 1);
    }),
    fuzzed(import.meta.url, 100),
  );
});

test("of a damaged segment come the first entries that it had, and no others", () => {
  fc.assert(
    fc.property(damaged(anySegment), fc.boolean(), ({ before, other, after }, isLast) => {
      const found = entriesOf(after, isLast);
      const written = [entriesOf(before, false), entriesOf(other, false)];
      assert.ok(
        written.some((whole) => isBeginning(found, whole)),
        `it tells of ${found.length} entries that were never written so`,
      );
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("what was no segment ever tells of no entry", () => {
  fc.assert(
    fc.property(anyBytes, fc.boolean(), (bytes, isLast) => {
      assert.deepEqual(entriesOf(Buffer.from(bytes), isLast), []);
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

const OPENING = firstHeader(IDENTITY, "initialized");

test("a scan of a damaged segment tells of no entry that was not in it, and only goes on", () => {
  const next = fc.constantFrom("last" as const, "unknown" as const, { zxid: 7n, crc: 7 });
  fc.assert(
    fc.property(damaged(anySegment), next, ({ before, other, after }, next) => {
      const options = { segment: SEGMENT, header: OPENING, bodyFrom: undefined, next };
      const { entries, holes, doubts } = scanSegment({ ...options, bytes: after });
      const written = [...entriesOf(before, false), ...entriesOf(other, false)];
      let last = -1n;
      for (const entry of entries) {
        assert.ok(entry.zxid > last);
        // What fills a hole must lead to the entry behind it, so that one is checked only then.
        const isBehindHole = holes.some((hole) => hole.after.zxid === entry.zxid);
        assert.ok(isBehindHole || written.some((one) => isBeginning([entry], [one])));
        last = entry.zxid;
      }
      for (const { file } of doubts) assert.equal(file, SEGMENT.path);
      let at = 0;
      for (const { from, to } of holes.flatMap(({ spans }) => spans)) {
        assert.ok(from >= at && to >= from && to <= after.length, `${from} to ${to} after ${at}`);
        at = to;
      }
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

/** Lines that are sound by themselves, and that nothing before them leads to. */
function strayLines(count: number): string {
  const zxids = Array.from({ length: count }, (_, index) => zxidOf(2 * (count - index), 0));
  return chain(zxids)
    .map((entry) => lineOf(documentOfEntry({ ...entry, crc: 1 })))
    .join("");
}

function records(count: number): string {
  const commit = documentOfRecord({ kind: "commit", zxid: 0n }, 1);
  return lineOf(commit).repeat(count);
}

/** After a sound header, what takes longest to look through. */
const TEDIOUS: readonly (readonly [string, string])[] = [
  ...["\0", "\n", "{", "{\n", '"', "{}", "{}\n", "["].map((text): [string, string] => [
    `nothing but ${JSON.stringify(text)}`,
    text.repeat((128 * 1024) / text.length),
  ]),
  ["entries in the wrong order", strayLines(15_000)],
  ["a damaged line, then entries in the wrong order", `{\n${strayLines(15_000)}`],
  ["a damaged line, then one entry and records", `{\n${strayLines(1)}${records(15_000)}`],
  ["records between damaged lines", `${strayLines(1)}${records(15)}{\n`.repeat(1000)],
];

for (const [what, text] of TEDIOUS) {
  test(`looked through soon: ${what}`, () => {
    const head = lineOf(documentOfRecord({ kind: "header", header: OPENING }, 0));
    const bytes = Buffer.from(head + text);
    const before = process.cpuUsage();
    for (const isLast of [true, false]) assert.deepEqual(entriesOf(bytes, isLast), []);
    for (const next of ["last", "unknown"] as const) {
      scanSegment({ bytes, segment: SEGMENT, header: OPENING, bodyFrom: undefined, next });
    }
    const tookMs = process.cpuUsage(before).user / 1000;
    assert.ok(tookMs < 5000, `${tookMs} ms`);
  });
}
