// Proves that a log is cut only where a crash can have cut it: at any byte of an unfinished tail.
// Any other change of any byte is found and named, and a node that is alone leaves the files as
// they are.
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test, { type TestContext } from "node:test";
import fc from "fast-check";
import type { Entry } from "../zab/entry.js";
import { ZXID_ZERO } from "../zab/zxid.js";
import { type SegmentFile, segmentPath } from "./layout.js";
import type { StorageOptions } from "./open-storage.js";
import { readContent, type SegmentContent } from "./segment-content.js";
import { readSnapshot, writeSnapshot } from "./snapshot-store.js";
import { LastCopy, StorageDamage } from "./storage-damage.js";
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
  const storage = await openSound(options);
  await storage.close();
  return storage.recovered.entries;
}

/** How a node that has no others refuses; it must not have changed anything. */
async function refusal(options: StorageOptions): Promise<LastCopy> {
  const content = () =>
    readdirSync(options.dir).map((name) => [name, readFileSync(join(options.dir, name), "latin1")]);
  const before = content();
  try {
    await recoveredFrom(options);
  } catch (error) {
    if (!(error instanceof LastCopy)) throw error;
    assert.deepEqual(content(), before);
    return error;
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

test("blocks that were never written are cut, and what follows can be written", async (t) => {
  const { options, files } = await makeLog(t);
  const last = files.at(-1) ?? "";
  writeFileSync(last, Buffer.concat([readFileSync(last), Buffer.alloc(700)]));
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
  assert.match((await refusal(options)).message, /line 5 \(at zxid 4\.5\): The line has no end/);
});

test("a whole last line that cannot be read may have been acked: it is damage", async (t) => {
  const { options, files } = await makeLog(t);
  const last = files.at(-1) ?? "";
  const text = readFileSync(last, "utf8");
  writeFileSync(last, `${text}{\n`);
  assert.match((await refusal(options)).message, /line 6 .* cannot be read/);
  writeFileSync(last, `${text}${"\0".repeat(700)}\n{\n`);
  assert.match((await refusal(options)).message, /line 6 .* cannot be read/);
});

test("a cut anywhere but at the end of the log is damage", async (t) => {
  const { options, files } = await makeLog(t);
  const [first = ""] = files;
  truncateSync(first, readFileSync(first).length - 5);
  assert.ok((await refusal(options)).message.includes(`${first}, line 8`));
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

test("any changed byte of any segment is found", async (t) => {
  const { options, files } = await makeLog(t);
  let count = 0;
  for (const [index, path] of files.entries()) {
    const base = BigInt(`0x${basename(path).slice(4, 20)}`);
    const segment: SegmentFile = { base, path: segmentPath(options.dir, base) };
    const isLast = index === files.length - 1;
    const bytes = readFileSync(path);
    const sound = readContent(bytes, segment, isLast);
    assert.ok(sound.content !== undefined && sound.damage === undefined);
    for (const { at, changed } of changedBytes(bytes, bytes.length)) {
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

/** Whether the log opens whole, because what is damaged stands elsewhere in it, too. */
async function restores(options: StorageOptions): Promise<boolean> {
  try {
    assert.deepEqual(await recoveredFrom(options), ENTRIES);
    return true;
  } catch (error) {
    if (error instanceof LastCopy) return false;
    throw error;
  }
}

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
      const end = bytes.length;
      const changed = Buffer.from(bytes);
      const at = Math.min(Math.floor((Number.isNaN(place) ? 0 : place) * end), end - 1);
      changed.writeUInt8((bytes[at] ?? 0) ^ 0x02, at);
      writeFileSync(path, changed);
      try {
        if (!(await restores(options))) {
          const { message } = await refusal(options);
          assert.ok(message.includes(path));
          assert.match(message, /line \d+ \(at zxid \d+\.\d+\): .*move .* away/s);
        }
      } finally {
        writeFileSync(path, bytes);
      }
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(await recoveredFrom(options), ENTRIES);
});

test("damage that shows while the node runs ends it, and nothing of it is served", async (t) => {
  const { options, files } = await makeLog(t);
  for (const path of files) {
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n");
    const victim = lines.findLastIndex((line) => line.includes('"txn"')) - 1;
    const end = lines.findLastIndex((line) => line.includes('"txn"'));
    for (const wrong of [
      lines.with(victim, (lines[victim] ?? "").replace("text", "next")),
      lines.with(victim, "garbage that is no document"),
      lines.with(victim, (lines[victim] ?? "").replace(/[0-9a-f]",/, 'e",')),
      lines.with(end, (lines[end] ?? "").replace('"0', '"~')),
      lines.toSpliced(victim, 1),
      lines.toSpliced(end, 1),
    ]) {
      const failures: string[] = [];
      const storage = await openSound({ ...options, fail: (why) => failures.push(why) });
      writeFileSync(path, wrong.join("\n"));
      const answers: unknown[] = [];
      storage.fetch({ after: { zxid: ZXID_ZERO, crc: 0 }, below: 1n << 60n }, answers.push);
      await assert.rejects(storage.read(ZXID_ZERO, 100), { name: "StorageDamage" });
      assert.equal(failures.length, 1);
      assert.match(failures[0] ?? "", /^\/.*log-.*The node ends here/);
      assert.deepEqual(answers, []);
      await storage.close();
      writeFileSync(path, text);
    }
  }
  assert.deepEqual(await recoveredFrom(options), ENTRIES);
});

test("a missing segment is found, wherever it was", async (t) => {
  const { options, files } = await makeLog(t);
  for (const [index, path] of files.entries()) {
    const copy = { ...options, dir: temporaryDirectory(t) };
    cpSync(options.dir, copy.dir, { recursive: true });
    rmSync(join(copy.dir, basename(path)));
    // Without its last segment a log looks like one that ended there: no file can tell.
    if (index === files.length - 1) continue;
    assert.match((await refusal(copy)).message, /before this file is missing|Lines are missing/);
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
  const again = await openSound({ ...options, warn: (text) => warnings.push(text) });
  assert.match(warnings.join("\n"), /crc .* is wrong\. The snapshot was set aside as damaged-snap/);
  assert.deepEqual(again.recovered.snapshot, older);
  assert.ok(again.recovered.base.zxid <= older.zxid);
  assert.deepEqual(again.recovered.entries.at(-1), ENTRIES.at(-1));
  await again.close();
  damage(olderName);
  assert.match((await refusal(options)).message, /snapshot-\w+\.jsonl, line 3 \(at zxid 3\.0\)/);
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
  assert.ok((await refusal(options)).message.includes(oldest));
});
