// Proves that every line of a log is a document, a doubt or no document at all: no text makes its
// reader throw, and no damaged record of the log says anything but what was written.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { anyText, damagedText } from "../../test/damage.testing.js";
import { fuzzed } from "../../test/fuzz-runs.testing.js";
import { zxidOf } from "../zab/zxid.js";
import { chainCrc } from "./chain.js";
import {
  type Decoded,
  decodeLine,
  documentOfEntry,
  documentOfRecord,
  type LogRecord,
  lineOf,
  sealed,
} from "./log-document.js";

const RUNS = 3000;

const KINDS: readonly Decoded["kind"][] = [
  "entry",
  "header",
  "promise",
  "initialize",
  "commit",
  "unreadable",
  "wrong",
];

const uint32 = fc.nat({ max: 0xffff_ffff });
const zxid = fc.tuple(uint32, fc.oneof(fc.constant(0), uint32)).map(([e, c]) => zxidOf(e, c));
const name = fc.string({ maxLength: 12 });

const anyHeader = fc.record({
  identity: fc.record({ clusterId: name, nodeId: name, membershipHash: name }),
  format: fc.constant(1),
  base: zxid,
  baseCrc: uint32,
  epochEnds: fc.array(zxid, { maxLength: 3 }),
  state: fc.record({
    acceptedEpoch: uint32,
    promisedTo: name,
    initialized: fc.boolean(),
    distrusted: fc.boolean(),
    commitHint: zxid,
  }),
  reset: fc.boolean(),
});

const anyRecord: fc.Arbitrary<LogRecord> = fc.oneof(
  anyHeader.map((header) => ({ kind: "header", header }) as const),
  fc.tuple(uint32, name).map(([epoch, to]) => ({ kind: "promise", epoch, to }) as const),
  fc.constant({ kind: "initialize" } as const),
  zxid.map((zxid) => ({ kind: "commit", zxid }) as const),
);

const anyRecordLine = fc
  .tuple(anyRecord, fc.nat({ max: 999 }))
  .map(([record, number]) => lineOf(documentOfRecord(record, number)).slice(0, -1));

const anyEntryLine = fc.tuple(zxid, fc.string(), uint32).map(([zxid, text, before]) => {
  const entry = { zxid, text, crc: chainCrc(text, before) };
  return lineOf(documentOfEntry(entry)).slice(0, -1);
});

function assertKnown(line: string): Decoded {
  const decoded = decodeLine(line);
  assert.ok(KINDS.includes(decoded.kind));
  if (decoded.kind === "wrong") assert.notEqual(decoded.why, "");
  return decoded;
}

test("no text makes the reader of lines throw", () => {
  const lines = fc.oneof(
    anyText,
    fc.json(),
    damagedText(fc.oneof(anyRecordLine, anyEntryLine)).map(({ after }) => after),
  );
  fc.assert(
    fc.property(lines, (line) => {
      assertKnown(line);
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("a line that is nested without end is refused like any other", () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  for (const id of ["~segment", "~promise-1", "0000000100000001"]) {
    assert.equal(assertKnown(`{"_id":"${id}","epoch":${nested},"crc":1}`).kind, "wrong");
  }
});

test("a line of two halves, in which a field is there twice, is refused", () => {
  fc.assert(
    fc.property(anyEntryLine, anyEntryLine, (line, other) => {
      const [head = "", text = ""] = line.split(/(?="txn":)/);
      const [, rest = ""] = other.split(/(?="txn":)/);
      const torn = `${head}${text.slice(0, text.lastIndexOf('"crc":'))}${rest}`;
      assert.ok(["unreadable", "wrong"].includes(assertKnown(torn).kind), torn);
    }),
    fuzzed(import.meta.url, 300),
  );
});

test("a damaged record is refused, or says what was written", () => {
  fc.assert(
    fc.property(damagedText(anyRecordLine), ({ before, other, after }) => {
      const decoded = assertKnown(after);
      if (decoded.kind === "unreadable" || decoded.kind === "wrong") return;
      const written = [decodeLine(before), decodeLine(other)];
      assert.ok(
        written.some((one) => meaningOf(one) === meaningOf(decoded)),
        `${after} says ${meaningOf(decoded)}`,
      );
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("records that are sealed and still make no sense are refused", () => {
  const id = fc.constantFrom("~segment", "~promise-1", "~initialize-2", "~commit-3", "~other", "~");
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom("ffffffffffffffff", 7, true, [""]));
  const keys = ["epoch", "to", "zxid", "base", "epochEnds", "acceptedEpoch", "reset", "__proto__"];
  const forged = fc
    .tuple(id, fc.dictionary(fc.constantFrom(...keys), value))
    .map(([_id, fields]) => JSON.stringify(sealed({ _id, ...fields })));
  fc.assert(
    fc.property(forged, (line) => {
      assert.notEqual(assertKnown(line).kind, "unreadable");
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

function meaningOf(decoded: Decoded): string {
  return JSON.stringify(decoded, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}` : value,
  );
}
