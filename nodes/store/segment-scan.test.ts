// Proves what a scan makes of a damaged segment, case by case: which entries it believes, where it
// sees a hole that others can fill, and where it doubts. bit-flips.test.ts harms whole directories.
import assert from "node:assert/strict";
import test from "node:test";
import { formatZxid } from "../zab/zxid.js";
import {
  documentOfEntry,
  documentOfRecord,
  FORMAT_VERSION,
  lineOf,
  type SegmentHeader,
} from "./log-document.js";
import { type ScanOptions, scanSegment } from "./segment-scan.js";
import { chain, range } from "./store.testing.js";

/** Entry 0 is where the segment begins. */
const ENTRIES = chain(range(1, 0, 6));

function entry(number: number) {
  return ENTRIES[number] ?? assert.fail(`no entry ${number}`);
}

const HEADER: SegmentHeader = {
  identity: { clusterId: "test", nodeId: "node1", membershipHash: "abc" },
  format: FORMAT_VERSION,
  base: entry(0).zxid,
  baseCrc: entry(0).crc,
  epochEnds: [entry(0).zxid],
  state: {
    acceptedEpoch: 1,
    promisedTo: "node2",
    initialized: true,
    distrusted: false,
    commitHint: 0n,
  },
  reset: false,
};

/** Words: the number of an entry, or "bad" for a line that cannot be read. */
function lines(words: string): string {
  const line = (word: string) => {
    const text = lineOf(documentOfEntry(entry(word === "bad" ? 1 : Number(word))));
    return word === "bad" ? text.replace("txn", "tXn") : text;
  };
  return words.split(" ").map(line).join("");
}

/** In words: the entries that are believed, the holes with their lines and pieces, the doubts. */
function scanned(body: string, next: ScanOptions["next"]): readonly string[] {
  const { entries, holes, doubts } = scanSegment({
    bytes: Buffer.from(lineOf(documentOfRecord({ kind: "header", header: HEADER }, 0)) + body),
    segment: { base: HEADER.base, path: "log.db" },
    header: HEADER,
    bodyFrom: undefined,
    next,
  });
  const believed = entries.map(({ zxid }) => formatZxid(zxid)).join(" ");
  const found = holes.map(({ before, after, firstLine, lastLine, spans }) => {
    const place = `${formatZxid(before.zxid)} to ${formatZxid(after.zxid)}`;
    return `hole from ${place}, lines ${firstLine}-${lastLine} in ${spans.length}`;
  });
  return [believed, ...found, ...doubts.map(({ line, what }) => `doubt, line ${line}: ${what}`)];
}

const WRONG = "The document of 0000000100000001 is incomplete.";

test("an entry behind a bad line is believed when the one behind it continues it", () => {
  const found = ["1.1 1.3 1.4", "hole from 1.1 to 1.3, lines 3-3 in 1"];
  for (const next of ["last", "unknown", entry(4)] as const) {
    assert.deepEqual(scanned(lines("1 bad 3 4"), next), found);
  }
});

test("the last entry behind a bad line is believed if the next file begins there", () => {
  const found = ["1.1 1.3", "hole from 1.1 to 1.3, lines 3-3 in 1"];
  assert.deepEqual(scanned(lines("1 bad 3"), entry(3)), found);
});

test("so is the very last of the log: what is fetched before it confirms it", () => {
  const found = ["1.1 1.3", "hole from 1.1 to 1.3, lines 3-3 in 1"];
  assert.deepEqual(scanned(lines("1 bad 3"), "last"), found);
});

test("where the next file begins is not known, it is not believed", () => {
  const found = scanned(lines("1 bad 3"), "unknown");
  assert.deepEqual(found, [
    "1.1",
    `doubt, line 3: ${WRONG} So it is up to line 4. Nothing sound follows it.`,
  ]);
});

test("nor with another chain value than the next file begins with", () => {
  const found = scanned(lines("1 bad 3"), { zxid: entry(3).zxid, crc: entry(3).crc ^ 1 });
  assert.deepEqual(found, ["1.1", "hole from 1.1 to 1.3, lines 3-4 in 1"]);
});

test("nor with a bad line behind it", () => {
  assert.deepEqual(scanned(lines("1 bad 3 bad"), "last"), [
    "1.1",
    `doubt, line 3: ${WRONG} So it is up to line 5. Nothing sound follows it.`,
  ]);
  assert.deepEqual(scanned(lines("1 bad 3 bad 5 6"), "last"), [
    "1.1 1.5 1.6",
    "hole from 1.1 to 1.5, lines 3-5 in 1",
  ]);
});

test("bad lines at the end of the log may have been anything", () => {
  for (const next of ["last", "unknown"] as const) {
    assert.deepEqual(scanned(lines("1 2 bad"), next), [
      "1.1 1.2",
      `doubt, line 4: ${WRONG} Nothing sound follows it.`,
    ]);
  }
});

test("a bad line where the next file follows at once was a record, which that file repeats", () => {
  const found = ["1.1 1.2", "hole from 1.2 to 1.2, lines 4-4 in 1"];
  assert.deepEqual(scanned(lines("1 2 bad"), entry(2)), found);
});

test("a bad line between two entries of the last file may have been a promise", () => {
  assert.deepEqual(scanned(lines("1 bad 2 3"), "last"), [
    "1.1 1.2 1.3",
    `doubt, line 3: ${WRONG} It may have been a promise.`,
  ]);
});

test("lines that are missing before the next file are a hole", () => {
  const found = ["1.1 1.2", "hole from 1.2 to 1.4, lines 4-4 in 1"];
  assert.deepEqual(scanned(lines("1 2"), entry(4)), found);
});

test("a next file that begins earlier, or with another history, is doubted", () => {
  const doubt = "Lines are missing at the end of the file. The next file does not follow it.";
  for (const next of [entry(1), { zxid: entry(2).zxid, crc: entry(2).crc ^ 1 }]) {
    assert.deepEqual(scanned(lines("1 2"), next), ["1.1 1.2", `doubt, line 4: ${doubt}`]);
  }
});

test("a torn line is what a crash leaves at the end of the log, and damage elsewhere", () => {
  const torn = lines("1 2") + lines("3").slice(0, 20);
  assert.deepEqual(scanned(torn, "last"), ["1.1 1.2"]);
  const found = ["1.1 1.2", "hole from 1.2 to 1.3, lines 4-4 in 1"];
  assert.deepEqual(scanned(torn, entry(3)), found);
  const [believed, doubt] = scanned(torn, "unknown");
  assert.equal(believed, "1.1 1.2");
  assert.match(`${doubt}`, /^doubt, line 4: The line has no end/);
});

test("a line that is broken in two is one place for what is fetched", () => {
  const broken = lines("1 2 3 4").replace('"txn":"{\\"text\\":\\"4294967298', '"txn":\n"');
  assert.deepEqual(scanned(broken, "last"), [
    "1.1 1.3 1.4",
    "hole from 1.1 to 1.3, lines 3-4 in 1",
  ]);
});
