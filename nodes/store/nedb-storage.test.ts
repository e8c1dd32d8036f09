// Proves that what the store reports durable is what it gives back: entries, promises and hints
// survive reopening, in order, over any number of segments, and stay what any NeDB can read.
import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import Datastore from "nedb-promises";
import type { Entry } from "../zab/entry.js";
import { epochOf, ZXID_ZERO, zxidOf } from "../zab/zxid.js";
import { chainCrc } from "./chain.js";
import type { StorageOptions } from "./open-storage.js";
import type { Storage } from "./storage.js";
import {
  append,
  chain,
  drive,
  openSound,
  optionsFor,
  range,
  temporaryDirectory,
} from "./store.testing.js";

function logFiles(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.startsWith("log-"));
}

/** The storage, opened once more and closed again. */
async function reopened(options: StorageOptions): Promise<Storage> {
  const storage = await openSound(options);
  await storage.close();
  return storage;
}

test("a new directory holds nothing, and a vote from it does not count", async (t) => {
  const storage = await openSound(optionsFor(join(temporaryDirectory(t), "deep", "node1")));
  assert.deepEqual(storage.recovered, {
    acceptedEpoch: 0,
    promisedTo: "",
    initialized: false,
    distrusted: false,
    commitHint: ZXID_ZERO,
    snapshot: undefined,
    base: { zxid: ZXID_ZERO, crc: 0 },
    entries: [],
    baseEpochEnds: [],
  });
  assert.deepEqual(await storage.read(ZXID_ZERO, 10), { entries: [], oldest: ZXID_ZERO });
  await storage.close();
});

test("everything written comes back, over several segments and starts", async (t) => {
  const dir = temporaryDirectory(t);
  const options = optionsFor(dir, { segmentEntries: 10 });
  const entries = chain([...range(1, 0, 24), ...range(2, 0, 0), ...range(5, 0, 30)]);
  const first = await drive(options);
  await first.put({ kind: "initialize" }, { kind: "promise", epoch: 1, to: "node2" });
  await first.put(append(entries.slice(0, 25)));
  await first.storage.close();

  const second = await drive(options);
  assert.deepEqual(second.storage.recovered.entries, entries.slice(0, 25));
  await second.put({ kind: "promise", epoch: 5, to: "node3" }, append(entries.slice(25)));
  second.storage.noteCommit(zxidOf(5, 7));
  await second.storage.close();

  const third = await openSound(options);
  assert.ok(logFiles(dir).length >= 5, `${logFiles(dir)}`);
  assert.deepEqual(third.recovered, {
    acceptedEpoch: 5,
    promisedTo: "node3",
    initialized: true,
    distrusted: false,
    commitHint: zxidOf(5, 7),
    snapshot: undefined,
    base: { zxid: ZXID_ZERO, crc: 0 },
    entries,
    baseEpochEnds: [],
  });
  await third.close();
});

test("a log that is ahead of its promise shows that the promise was made", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  const { storage, put } = await drive(options);
  await put(append(chain(range(7, 0, 1))));
  await storage.close();
  const { acceptedEpoch, promisedTo } = (await reopened(options)).recovered;
  assert.deepEqual({ acceptedEpoch, promisedTo }, { acceptedEpoch: 7, promisedTo: "" });
});

test("batches written during one sync are synced together and reported once", async (t) => {
  const { storage } = await drive(optionsFor(temporaryDirectory(t)));
  const entries = chain(range(1, 0, 99));
  const reports: number[] = [];
  await new Promise<void>((done) => {
    storage.onDurable((batch) => {
      reports.push(batch);
      // The first report comes while 50 more are written: they must share what follows.
      if (reports.length === 1) {
        for (let i = 50; i < 100; i++) storage.write(i + 1, [append(entries.slice(i, i + 1))]);
      }
      if (batch === 100) done();
    });
    for (let i = 0; i < 50; i++) storage.write(i + 1, [append(entries.slice(i, i + 1))]);
  });
  assert.deepEqual(reports, [50, 100]);
  await storage.close();
});

test("a segment is bounded even if one batch is larger", async (t) => {
  const dir = temporaryDirectory(t);
  const { storage, put } = await drive(optionsFor(dir, { segmentEntries: 16 }));
  await put(append(chain(range(1, 0, 99))));
  await storage.close();
  for (const name of logFiles(dir)) {
    const lines = readFileSync(join(dir, name), "utf8").split("\n").length - 1;
    assert.ok(lines <= 17, `${name} has ${lines} lines`);
  }
});

test("records without entries do not make a file grow for ever", async (t) => {
  const dir = temporaryDirectory(t);
  const options = optionsFor(dir, { segmentEntries: 8 });
  const { storage, put } = await drive(options);
  for (let epoch = 1; epoch <= 100; epoch++) await put({ kind: "promise", epoch, to: "node4" });
  await storage.close();
  assert.equal(logFiles(dir).length, 1);
  assert.ok(readFileSync(join(dir, `${logFiles(dir)}`), "utf8").split("\n").length < 12);
  assert.equal((await reopened(options)).recovered.acceptedEpoch, 100);
});

test("a hint reaches the disk without any write, and never leads the log", async (t) => {
  const dir = temporaryDirectory(t);
  const { storage, put } = await drive(optionsFor(dir));
  await put(append(chain(range(1, 0, 3))));
  const file = join(dir, `${logFiles(dir)}`);
  storage.noteCommit(zxidOf(1, 9));
  while (!readFileSync(file, "utf8").includes("~commit-")) await new Promise(setImmediate);
  assert.match(readFileSync(file, "utf8"), /"~commit-\d+","zxid":"0000000100000003"/);
  await storage.close();
});

test("read pages through all segments, from any place", async (t) => {
  const { storage, put } = await drive(optionsFor(temporaryDirectory(t), { segmentEntries: 7 }));
  const entries = chain([...range(1, 0, 19), ...range(3, 0, 19)]);
  await put(append(entries));
  for (const [index, entry] of entries.entries()) {
    const page = await storage.read(entry.zxid, 9);
    assert.deepEqual(page.entries, entries.slice(index + 1, index + 10));
    assert.equal(page.oldest, zxidOf(1, 0));
  }
  assert.deepEqual((await storage.read(ZXID_ZERO, 1000)).entries, entries);
  assert.deepEqual((await storage.read(ZXID_ZERO, 0)).entries, []);
  assert.deepEqual((await storage.read(zxidOf(2, 5), 2)).entries, entries.slice(20, 22));
  assert.deepEqual((await storage.read(zxidOf(9, 0), 2)).entries, []);
  await storage.close();
});

test("any NeDB reads the files, one document a transaction", async (t) => {
  const dir = temporaryDirectory(t);
  const { storage, put } = await drive(optionsFor(dir));
  const entries = chain(range(1, 0, 20));
  await put({ kind: "promise", epoch: 1, to: "node1" }, append(entries));
  await storage.close();
  const copy = join(dir, "copy.db");
  copyFileSync(join(dir, `${logFiles(dir)}`), copy);
  const datastore = Datastore.create({ filename: copy, corruptAlertThreshold: 0 });
  const found = await datastore.findOne({ _id: "0000000100000007" });
  assert.deepEqual(found, {
    _id: "0000000100000007",
    txn: entries[7]?.text,
    crc: entries[7]?.crc,
  });
  assert.equal((await datastore.find({ txn: { $exists: true } })).length, 21);
});

test("texts with every kind of character come back as they were", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  const texts = [
    "",
    "\u2028\u0085\n\r\t\0",
    '"\\',
    "\ud800 alone",
    "日本語 ✓ 🎯",
    "x".repeat(300_000),
  ];
  const entries: Entry[] = [];
  for (const [index, text] of texts.entries()) {
    const crc = chainCrc(text, entries.at(-1)?.crc ?? 0);
    entries.push({ zxid: zxidOf(1, index), text, crc });
  }
  const { storage, put } = await drive(options);
  await put(append(entries));
  assert.deepEqual((await storage.read(ZXID_ZERO, 100)).entries, entries);
  await storage.close();
  assert.deepEqual((await reopened(options)).recovered.entries, entries);
});

for (const [what, wrong] of [
  ["a gap", chain([zxidOf(1, 0), zxidOf(1, 2)])],
  ["a later epoch without its marker", chain([zxidOf(1, 0), zxidOf(2, 1)])],
  ["an earlier epoch", chain([zxidOf(2, 0), zxidOf(1, 0)])],
  ["a wrong chain value", [...chain(range(1, 0, 0)), ...chain(range(1, 1, 1))]],
] as const) {
  test(`${what} never reaches the log`, async (t) => {
    const failures: string[] = [];
    const options = optionsFor(temporaryDirectory(t), { fail: (why) => failures.push(why) });
    const { storage } = await drive(options);
    storage.onDurable(() => assert.fail("reported durable"));
    storage.write(1, [append(wrong)]);
    while (failures.length === 0) await new Promise(setImmediate);
    assert.match(`${failures}`, /^an invariant is broken: .* does not continue the log at/);
    storage.write(2, [append(chain(range(1, 0, 0)))]);
    await storage.close();
    assert.deepEqual((await reopened(options)).recovered.entries, []);
  });
}

test("random histories with truncations and restarts come back as a list would", async (t) => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("append"), count: fc.nat(12) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("epoch"), count: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("truncate"), count: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("reopen"), count: fc.constant(0) }) },
  );
  const property = async (segmentEntries: number, steps: { kind: string; count: number }[]) => {
    const options = optionsFor(temporaryDirectory(t), { segmentEntries });
    let driven = await drive(options);
    let entries: Entry[] = [];
    let round = 0;
    for (const { kind, count } of steps) {
      const last = entries.at(-1);
      round += 1;
      if (kind === "reopen") {
        await driven.storage.close();
        driven = await drive(options);
        assert.deepEqual(driven.storage.recovered.entries, entries);
      } else if (kind === "truncate") {
        entries = entries.slice(0, Math.max(entries.length - count, 0));
        await driven.put({ kind: "truncate", to: entries.at(-1)?.zxid ?? ZXID_ZERO });
      } else {
        const epoch = epochOf(last?.zxid ?? ZXID_ZERO) + (kind === "epoch" ? 1 + count : 0);
        const from = kind === "epoch" || last === undefined ? 0 : Number(last.zxid & 0xffffn) + 1;
        const more = chain(range(Math.max(epoch, 1), from, from + count), last, `r${round}`);
        entries = [...entries, ...more];
        await driven.put(append(more));
      }
      assert.deepEqual((await driven.storage.read(ZXID_ZERO, 10_000)).entries, entries);
    }
    await driven.storage.close();
    assert.deepEqual((await reopened(options)).recovered.entries, entries);
  };
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 12 }), property),
    { numRuns: 40 },
  );
});

test("100 000 entries load in reasonable time", { timeout: 60_000 }, async (t) => {
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 20_000 });
  const entries = chain(range(1, 0, 99_999), undefined, "t".repeat(200));
  const { storage, put } = await drive(options);
  await put(append(entries));
  await storage.close();
  const begun = performance.now();
  const again = await openSound(options);
  const elapsedMs = performance.now() - begun;
  assert.equal(again.recovered.entries.length, 100_000);
  await again.close();
  t.diagnostic(`loaded in ${Math.round(elapsedMs)} ms`);
  assert.ok(elapsedMs < 10_000, `${elapsedMs} ms`);
});
