// Proves that a log is cut only where a crash can have cut it: at any byte of an unfinished tail.
// Any other change of any byte is found and named, and the files are left as they are.
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import type { Entry } from "../zab/entry.js";
import { ZXID_ZERO } from "../zab/zxid.js";
import { type SegmentFile, segmentPath } from "./layout.js";
import { openStorage, type StorageOptions } from "./nedb-storage.js";
import { readContent, type SegmentContent } from "./segment-content.js";
import { readSnapshot, writeSnapshot } from "./snapshot-store.js";
import { StorageDamage } from "./storage-damage.js";
import {
  append,
  chain,
  drive,
  optionsFor,
  range,
  snapshotAt,
  temporaryDirectory,
} from "./store.testing.js";

const ENTRIES = chain([...range(1, 0, 7), ...range(3, 0, 0), ...range(4, 0, 6)]);

/** A log of three segments, closed well. */
async function makeLog(t: TestContext): Promise<{ options: StorageOptions; files: string[] }> {
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 7 });
  const { storage, put } = await drive(options);
  await put({ kind: "initialize" }, { kind: "promise", epoch: 4, to: "node2" });
  for (const entry of ENTRIES) await put(append([entry]));
  await storage.close();
  const names = readdirSync(options.dir).filter((name) => name.startsWith("log-"));
  return { options, files: names.sort().map((name) => join(options.dir, name)) };
}

async function recoveredFrom(options: StorageOptions): Promise<readonly Entry[]> {
  const storage = await openStorage(options);
  await storage.close();
  return storage.recovered.entries;
}

async function refusal(options: StorageOptions): Promise<StorageDamage> {
  try {
    await recoveredFrom(options);
  } catch (error) {
    if (error instanceof StorageDamage) return error;
    throw error;
  }
  return assert.fail("the damage was not found");
}

test("a tail cut at any byte opens with all that was whole before it", async (t) => {
  const { options, files } = await makeLog(t);
  const last = files.at(-1) ?? "";
  const bytes = readFileSync(last);
  const header = bytes.indexOf(10) + 1;
  const before = ENTRIES.length - bytes.toString().split('"txn"').length + 1;
  const whole = await recoveredFrom(options);
  assert.deepEqual(whole, ENTRIES);
  for (let size = header; size < bytes.length; size++) {
    const warnings: string[] = [];
    writeFileSync(last, bytes.subarray(0, size));
    const found = await recoveredFrom({ ...options, warn: (text) => warnings.push(text) });
    const lines = bytes.subarray(header, size).toString().split("\n").slice(0, -1);
    const kept = lines.filter((line) => line.includes('"txn"')).length;
    assert.deepEqual(found, ENTRIES.slice(0, before + kept), `cut at byte ${size}`);
    const isTorn = bytes[size - 1] !== 10;
    assert.equal(warnings.length, isTorn ? 1 : 0, `cut at byte ${size}`);
    if (isTorn) assert.match(warnings[0] ?? "", /unfinished write after \d+\.\d+/);
  }
  const torn = readdirSync(options.dir).filter((name) => name.startsWith("torn-"));
  assert.ok(torn.length > 0, "the cut bytes were kept");
});

test("a torn tail of several lines is cut, and what follows can be written", async (t) => {
  const { options, files } = await makeLog(t);
  const last = files.at(-1) ?? "";
  writeFileSync(last, Buffer.concat([readFileSync(last), Buffer.alloc(700), Buffer.from("\n{\n")]));
  const { storage, put } = await drive(options);
  assert.deepEqual(storage.recovered.entries, ENTRIES);
  const more = chain(range(4, 7, 9), ENTRIES.at(-1));
  await put(append(more));
  await storage.close();
  assert.deepEqual(await recoveredFrom(options), [...ENTRIES, ...more]);
});

test("a last line that goes on after a whole document is damage", async (t) => {
  const { options, files } = await makeLog(t);
  const last = files.at(-1) ?? "";
  const bytes = readFileSync(last);
  bytes.writeUInt8(11, bytes.length - 1);
  writeFileSync(last, bytes);
  assert.equal((await refusal(options)).file, last);
  // Unless it goes on with nothing: a block of the disk that was never written.
  writeFileSync(last, Buffer.concat([bytes.subarray(0, -1), Buffer.alloc(50)]));
  assert.deepEqual(await recoveredFrom(options), ENTRIES.slice(0, -1));
});

test("a cut anywhere but at the end of the log is damage", async (t) => {
  const { options, files } = await makeLog(t);
  const [first = ""] = files;
  truncateSync(first, readFileSync(first).length - 5);
  const damage = await refusal(options);
  assert.equal(damage.file, first);
});

/** Every content that one changed byte can make of a segment, with the byte's offset. */
function* changedBytes(bytes: Buffer, end: number): Generator<{ at: number; changed: Buffer }> {
  for (let at = 0; at < end; at++) {
    for (const flip of [0x01, 0x08, 0x20, 0x80]) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((bytes[at] ?? 0) ^ flip, at);
      yield { at, changed };
    }
    const newline = Buffer.from(bytes);
    newline.writeUInt8(10, at);
    if (bytes[at] !== 10) yield { at, changed: newline };
  }
}

function meaningOf(content: SegmentContent): string {
  const { header, entries, state, end } = content;
  return JSON.stringify({ header, entries, state, end }, (_, value: unknown) =>
    typeof value === "bigint" ? `${value}` : value,
  );
}

test("any changed byte of any segment is found, except in the last line of all", async (t) => {
  const { options, files } = await makeLog(t);
  let count = 0;
  for (const [index, path] of files.entries()) {
    const base = BigInt(`0x${basename(path).slice(4, 20)}`);
    const segment: SegmentFile = { base, path: segmentPath(options.dir, base) };
    const isLast = index === files.length - 1;
    const bytes = readFileSync(path);
    const sound = readContent(bytes, segment, isLast);
    assert.ok(sound.content !== undefined && sound.damage === undefined);
    const end = isLast ? bytes.lastIndexOf(10, bytes.length - 2) + 1 : bytes.length;
    for (const { at, changed } of changedBytes(bytes, end)) {
      count += 1;
      const read = readContent(changed, segment, isLast);
      const { damage } = read;
      if (read.content === undefined || damage !== undefined) {
        assert.equal(damage?.file, path);
        assert.ok((damage?.line ?? 0) >= 1);
        continue;
      }
      // The only changes that may pass are those that do not change what is said.
      assert.equal(meaningOf(read.content), meaningOf(sound.content), `${path} byte ${at}`);
    }
  }
  t.diagnostic(`${count} changes`);
});

test("damage refuses the start by name, and leaves everything as it is", async (t) => {
  const { options, files } = await makeLog(t);
  const anyByte = fc.record({
    file: fc.nat(files.length - 1),
    place: fc.double({ min: 0, max: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(anyByte, async ({ file, place }) => {
      const path = files[file] ?? "";
      const bytes = readFileSync(path);
      const end = bytes.lastIndexOf(10, bytes.length - 2) + 1;
      const changed = Buffer.from(bytes);
      const at = Math.min(Math.floor((Number.isNaN(place) ? 0 : place) * end), end - 1);
      changed.writeUInt8((bytes[at] ?? 0) ^ 0x02, at);
      writeFileSync(path, changed);
      try {
        const damage = await refusal(options);
        assert.equal(damage.file, path);
        assert.match(damage.message, /line \d+ \(at zxid \d+\.\d+\): .*move .* away/s);
        assert.deepEqual(readFileSync(path), changed);
      } finally {
        writeFileSync(path, bytes);
      }
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(await recoveredFrom(options), ENTRIES);
});

test("reading back finds damage, too, and a file that changed under the node", async (t) => {
  const { options, files } = await makeLog(t);
  const storage = await openStorage(options);
  for (const path of files) {
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n");
    const victim = lines.findLastIndex((line) => line.includes('"txn"')) - 1;
    for (const wrong of [
      lines.with(victim, (lines[victim] ?? "").replace("text", "next")),
      lines.with(victim, "garbage that is no document"),
      lines.with(victim, (lines[victim] ?? "").replace(/[0-9a-f]",/, 'e",')),
      lines.toSpliced(victim, 1),
    ]) {
      writeFileSync(path, wrong.join("\n"));
      await assert.rejects(storage.read(ZXID_ZERO, 100), { name: "StorageDamage", file: path });
    }
    writeFileSync(path, text);
  }
  assert.deepEqual((await storage.read(ZXID_ZERO, 100)).entries, ENTRIES);
  await storage.close();
});

test("a missing segment is found, wherever it was", async (t) => {
  const { options, files } = await makeLog(t);
  for (const [index, path] of files.entries()) {
    const copy = { ...options, dir: temporaryDirectory(t) };
    cpSync(options.dir, copy.dir, { recursive: true });
    rmSync(join(copy.dir, basename(path)));
    // Without its last segment a log looks like one that ended there: no file can tell.
    if (index < files.length - 1) assert.match((await refusal(copy)).message, /missing/);
  }
});

test("any changed byte of a snapshot is found", async (t) => {
  const path = join(temporaryDirectory(t), "snapshot.jsonl");
  const snapshot = snapshotAt(ENTRIES, ["one", "two \u2028", '{"three":"ü"}']);
  const file = await writeSnapshot(path, "test", snapshot);
  assert.deepEqual(await readSnapshot(file, "test"), snapshot);
  const bytes = readFileSync(path);
  for (const { at, changed } of changedBytes(bytes, bytes.length - 1)) {
    writeFileSync(path, changed);
    await assert.rejects(readSnapshot(file, "test"), StorageDamage, `byte ${at}`);
  }
  for (let size = 0; size < bytes.length - 1; size++) {
    writeFileSync(path, bytes.subarray(0, size));
    await assert.rejects(readSnapshot(file, "test"), StorageDamage, `cut at ${size}`);
  }
});

test("a damaged snapshot gives way to the older one, if the log reaches back to it", async (t) => {
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 4, oldSegments: "delete" });
  const { storage, put, save } = await drive(options);
  await put(append(ENTRIES));
  const older = snapshotAt(ENTRIES.slice(0, 9), ["older"]);
  await save(older);
  await save(snapshotAt(ENTRIES.slice(0, 13), ["newer"]));
  await storage.close();
  const damage = (name: string) => {
    const path = join(options.dir, name);
    writeFileSync(path, readFileSync(path, "utf8").replace(/(older|newer)/, "other"));
  };
  const [olderName = "", newerName = ""] = readdirSync(options.dir)
    .filter((name) => name.startsWith("snapshot-"))
    .sort();
  damage(newerName);
  const warnings: string[] = [];
  const again = await openStorage({ ...options, warn: (text) => warnings.push(text) });
  assert.match(warnings.join("\n"), /snapshot is damaged and was set aside/);
  assert.deepEqual(again.recovered.snapshot, older);
  assert.ok(again.recovered.base.zxid <= older.zxid);
  assert.deepEqual(again.recovered.entries.at(-1), ENTRIES.at(-1));
  await again.close();
  damage(olderName);
  assert.equal((await refusal(options)).zxid, older.zxid);
});

test("a snapshot that the log does not hold is refused", async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  const { storage, put, save } = await drive(options);
  await put(append(ENTRIES));
  await save(snapshotAt(ENTRIES, ["state"]));
  await storage.close();
  const file = segmentPath(options.dir, ZXID_ZERO);
  const lines = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, `${lines.slice(0, 10).join("\n")}\n`);
  assert.match((await refusal(options)).message, /does not hold the snapshot's entry 4\.6/);
});

test("damage is found in a segment that no start needs: people read it", async (t) => {
  const { options, files } = await makeLog(t);
  const { storage, save } = await drive(options);
  await save(snapshotAt(ENTRIES, ["state"]));
  await storage.close();
  const oldest = files[0] ?? "";
  const bytes = readFileSync(oldest);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 40) ^ 1, bytes.length - 40);
  writeFileSync(oldest, bytes);
  assert.equal((await refusal(options)).file, oldest);
});
