// Proves what becomes of a log that nobody can make whole: set aside, never deleted, and begun anew
// as one that is not trusted, until a leader has admitted the node; and that this is only done
// where a quorum of others can bring it up again.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { ENTRIES, fillAll, makeDirectory, picture } from "./damaged-directory.testing.js";
import { lineOf, sealed } from "./log-document.js";
import { openStorage, type StorageOptions } from "./open-storage.js";
import { LastCopy } from "./storage-damage.js";
import {
  append,
  chain,
  drive,
  openSound,
  optionsFor,
  range,
  snapshotAt,
  temporaryDirectory,
} from "./store.testing.js";

async function makeOptions(t: TestContext): Promise<StorageOptions> {
  const options = optionsFor(join(temporaryDirectory(t), "node1"), { others: "quorum" });
  await makeDirectory(options);
  return options;
}

/** Harms the last segment. */
function harm(options: StorageOptions, from: string, to: string): void {
  const name = readdirSync(options.dir).findLast((one) => one.startsWith("log-")) ?? "";
  const path = join(options.dir, name);
  writeFileSync(path, readFileSync(path, "utf8").replace(from, to));
}

/** A promise that cannot be read. */
function loseRecord(options: StorageOptions): void {
  harm(options, '"epoch":5', '"epoch":6');
}

function loseEntry(options: StorageOptions): void {
  harm(options, '"txn"', '"tzn"');
}

test("it stays distrusted over restarts and a snapshot, until it is initialized", async (t) => {
  const options = await makeOptions(t);
  loseRecord(options);
  const { storage, put } = await drive(options);
  const { distrusted, initialized, acceptedEpoch, entries } = storage.recovered;
  assert.deepEqual([distrusted, initialized, acceptedEpoch, entries], [true, false, 0, []]);
  const log = chain(range(7, 0, 40));
  await put({ kind: "promise", epoch: 7, to: "node2" });
  await put({ kind: "reset", snapshot: snapshotAt(log.slice(0, 20), ["state"]) });
  await put(append(log.slice(20)));
  await storage.close();

  const again = await drive({ ...options, segmentEntries: 5 });
  assert.equal(again.storage.recovered.distrusted, true);
  await again.put({ kind: "promise", epoch: 8, to: "node2" }, { kind: "initialize" });
  await again.put(append(chain(range(8, 0, 12), log.at(-1))));
  await again.storage.close();

  const trusted = await openSound(options);
  assert.deepEqual([trusted.recovered.distrusted, trusted.recovered.initialized], [false, true]);
  await trusted.close();
});

test("a header that holds promises of files that went is not made up", async (t) => {
  const options = optionsFor(temporaryDirectory(t), { others: "quorum", segmentEntries: 6 });
  const { storage, put } = await drive(options);
  await put({ kind: "promise", epoch: 1, to: "node2" }, append(ENTRIES.slice(0, 5)));
  await put(append(ENTRIES.slice(5, 9)));
  await put({ kind: "promise", epoch: 9, to: "node2" });
  await put({ kind: "truncate", to: ENTRIES[6]?.zxid ?? 0n });
  await storage.close();
  harm(options, '"acceptedEpoch":9', '"acceptedEpoch":8');
  const again = await openSound(options);
  assert.deepEqual([again.recovered.distrusted, again.recovered.entries], [true, []]);
  await again.close();
});

test("it can be begun anew again and again, and all of it is kept", async (t) => {
  const options = await makeOptions(t);
  for (let time = 1; time <= 3; time++) {
    loseRecord(options);
    const { storage, put } = await drive(options);
    assert.equal(storage.recovered.distrusted, true);
    await put({ kind: "promise", epoch: 5, to: "node2" }, { kind: "initialize" });
    await put(append(ENTRIES.slice(0, 3)));
    await storage.close();
    const aside = readdirSync(options.dir).filter((name) => /^damaged-\d+$/.test(name));
    assert.equal(aside.length, time);
  }
});

for (const others of ["none", "givers"] as const) {
  test(`a lost promise with ${others} to help is the end, and nothing is touched`, async (t) => {
    const options = { ...(await makeOptions(t)), others };
    loseRecord(options);
    const before = picture(options.dir);
    await assert.rejects(openStorage(options), (error) => {
      assert.ok(error instanceof LastCopy);
      assert.match(
        error.message,
        /log-\w+\.db, line \d+ \(at zxid 4\.\d\): .* may have been a promise/,
      );
      return true;
    });
    assert.deepEqual(picture(options.dir), before);
  });
}

test("entries can be given by one other node, but alone they are lost", async (t) => {
  const options = await makeOptions(t);
  loseEntry(options);
  const before = picture(options.dir);
  await assert.rejects(openStorage({ ...options, others: "none" }), LastCopy);
  assert.deepEqual(picture(options.dir), before);
  const opened = await openStorage({ ...options, others: "givers" });
  assert.ok(opened.kind === "holes");
  await assert.rejects(opened.damaged.beginAnew(), LastCopy);
  assert.deepEqual(picture(options.dir), before);
  assert.ok(await fillAll(opened.damaged));
  const storage = await opened.damaged.open();
  assert.deepEqual(storage.recovered.entries.at(-1), ENTRIES.at(-1));
  await storage.close();
});

test("while it is damaged it gives others what is sound", async (t) => {
  const options = await makeOptions(t);
  loseEntry(options);
  // And the second entry of the second segment.
  const path = join(options.dir, "log-0000000100000002.db");
  const lines = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, lines.with(2, (lines[2] ?? "").replace("txn", "tzn")).join("\n"));
  const opened = await openStorage(options);
  assert.ok(opened.kind === "holes");
  const { damaged } = opened;
  await assert.rejects(openStorage(options), /in use by this process/, "it stays locked");
  const hole = damaged.holes.at(-1);
  const lost = ENTRIES.findIndex(({ zxid }) => zxid === hole?.before.zxid) + 1;
  const below = 1n << 60n;
  const ask = (index: number) => {
    const { zxid, crc } = ENTRIES[index] ?? { zxid: 0n, crc: 0 };
    return new Promise((done) => damaged.fetch({ after: { zxid, crc }, below }, done));
  };
  assert.deepEqual(await ask(-1), { entries: ENTRIES.slice(0, 3), lack: undefined });
  assert.deepEqual(await ask(2), { entries: ENTRIES.slice(3, 4), lack: undefined });
  assert.deepEqual(await ask(3), { entries: [], lack: "unreadable" });
  assert.deepEqual(await ask(lost - 1), { entries: [], lack: "unreadable" });
  assert.deepEqual(await ask(lost), { entries: [], lack: "unreadable" });
  const behind = ENTRIES.slice(lost + 2);
  assert.deepEqual(await ask(lost + 1), { entries: behind, lack: undefined });
  assert.deepEqual(await ask(ENTRIES.length - 1), { entries: [], lack: "never" });
  await damaged.close();
  assert.ok((await openStorage(options)).kind === "holes");
});

test("a sound log gives others what it holds, and says why if it does not", async (t) => {
  const options = { ...(await makeOptions(t)), oldSegments: "delete" as const };
  const { storage, save } = await drive(options);
  await save(snapshotAt(ENTRIES.slice(0, 12), ["newest"]));
  const ask = (index: number, crc = ENTRIES[index]?.crc ?? 0, below = 1n << 60n) =>
    new Promise((done) => {
      storage.fetch({ after: { zxid: ENTRIES[index]?.zxid ?? 0n, crc }, below }, done);
    });
  assert.deepEqual(await ask(0), { entries: [], lack: "gone" });
  assert.deepEqual(await ask(11), { entries: ENTRIES.slice(12), lack: undefined });
  assert.deepEqual(await ask(11, 5), { entries: [], lack: "never" }, "another log");
  const below = ENTRIES[13]?.zxid;
  assert.deepEqual(await ask(11, undefined, below), {
    entries: ENTRIES.slice(12, 13),
    lack: undefined,
  });
  assert.deepEqual(await ask(14), { entries: [], lack: "never" });
  await storage.close();
});

test("a file of the format before is read, as one that was never distrusted", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  const { storage, put } = await drive(options);
  await put(append(ENTRIES));
  await storage.close();
  const path = join(options.dir, "log-0000000000000000.db");
  const [header = "", ...lines] = readFileSync(path, "utf8").split("\n");
  const { crc: _, distrusted, ...fields }: Record<string, unknown> = JSON.parse(header);
  assert.equal(distrusted, false);
  const old = lineOf(sealed({ _id: "~segment", ...fields, format: 1 }));
  writeFileSync(path, [old.trimEnd(), ...lines].join("\n"));
  const again = await openSound(options);
  assert.equal(again.recovered.distrusted, false);
  assert.deepEqual(again.recovered.entries, ENTRIES);
  await again.close();
});

test("a last file of a header that lost its newline alone is mended", async (t) => {
  const options = optionsFor(join(temporaryDirectory(t), "node1"), { others: "quorum" });
  await (await openSound(options)).close();
  const name = readdirSync(options.dir).find((one) => one.startsWith("log-")) ?? "";
  const path = join(options.dir, name);
  const whole = readFileSync(path, "utf8");
  truncateSync(path, statSync(path).size - 1);
  const storage = await openSound(options);
  assert.equal(storage.recovered.distrusted, false);
  await storage.close();
  assert.equal(readFileSync(path, "utf8"), whole);
});
