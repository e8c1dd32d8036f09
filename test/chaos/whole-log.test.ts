// Proves that the whole log is found again among segments that nodes dropped, that a stranger's
// segment at the same place is not taken for ours, and that a part that is missing is missed.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { encodeTransaction } from "../../game/transaction.js";
import { formatZxid, zxidOf } from "../../game/zxid.js";
import { chainCrc } from "../../nodes/store/chain.js";
import { documentOfEntry, documentOfRecord, lineOf } from "../../nodes/store/log-document.js";
import type { Entry } from "../../nodes/zab/entry.js";
import { readWholeLog } from "./whole-log.js";

const IDENTITY = { clusterId: "c", nodeId: "node1", membershipHash: "h" };

/** Of epoch 1, each chained to the one before. */
function chained(first: number, last: number, before: Entry | undefined, id: string): Entry[] {
  const entries: Entry[] = [];
  for (let counter = first; counter <= last; counter++) {
    const previous = entries.at(-1) ?? before;
    const zxid = zxidOf(1, counter);
    const text = encodeTransaction({
      zxid,
      prev: previous?.zxid ?? 0n,
      time: 1,
      requestId: `${id}${counter}`,
      events: [{ type: "LeaderEstablished", epoch: 1, nodeId: id }],
    });
    entries.push({ zxid, text, crc: chainCrc(text, previous?.crc ?? 0) });
  }
  return entries;
}

/** A segment of these entries, behind that one. */
function segmentOf(before: Entry | undefined, entries: readonly Entry[]): string {
  const header = {
    identity: IDENTITY,
    format: 1,
    base: before?.zxid ?? 0n,
    baseCrc: before?.crc ?? 0,
    epochEnds: [],
    state: {
      acceptedEpoch: 1,
      promisedTo: "node1",
      initialized: true,
      distrusted: false,
      commitHint: 0n,
    },
    reset: false,
  };
  const first = documentOfRecord({ kind: "header", header }, 0);
  return [first, ...entries.map(documentOfEntry)].map(lineOf).join("");
}

const OURS = chained(0, 11, undefined, "ours");
/** Goes its own way from 1.4 on. */
const THEIRS = chained(4, 9, OURS[3], "theirs");

interface Places {
  readonly dir: string;
  readonly archive: string;
}

/** The node's own log begins after 1.7. */
function write(t: TestContext, archived: readonly string[]): Places {
  const root = mkdtempSync(join(tmpdir(), "zabble-whole-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const places = { dir: join(root, "node1"), archive: join(root, "archive") };
  for (const folder of Object.values(places)) mkdirSync(folder);
  const name = `log-${zxidOf(1, 7).toString(16).padStart(16, "0")}.db`;
  writeFileSync(join(places.dir, name), segmentOf(OURS[7], OURS.slice(8)));
  for (const [index, text] of archived.entries()) {
    writeFileSync(join(places.archive, String(index)), text);
  }
  return places;
}

const FIRST = segmentOf(undefined, OURS.slice(0, 3));
const SECOND = segmentOf(OURS[2], OURS.slice(3, 9));

function idsOf({ dir, archive }: Places): string {
  return readWholeLog(dir, archive)
    .map(({ zxid, requestId }) => `${formatZxid(zxid)} ${requestId}`)
    .join(", ");
}

const ALL = OURS.map((_, counter) => `1.${counter} ours${counter}`).join(", ");

test("the whole log, from segments that overlap", (t) => {
  assert.equal(idsOf(write(t, [SECOND, FIRST])), ALL);
});

test("what others wrote at the same places is passed over", (t) => {
  const theirs = segmentOf(OURS[3], THEIRS);
  assert.equal(idsOf(write(t, [theirs, FIRST, SECOND, "not a segment"])), ALL);
});

test("a damaged copy is passed over", (t) => {
  const damaged = SECOND.replace("ours5", "ours6");
  assert.notEqual(damaged, SECOND);
  assert.equal(idsOf(write(t, [damaged, FIRST, SECOND])), ALL);
  assert.throws(() => idsOf(write(t, [damaged, FIRST])), /ends at 1\.7/);
});

test("a part that nobody has is missed", (t) => {
  assert.throws(() => idsOf(write(t, [SECOND])), /no segment .* ends at 1\.2/);
});
