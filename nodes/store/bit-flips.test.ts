// Proves that no flipped bit in any byte of any file of a node is missed: what is opened is always
// what was written, after the others filled the holes, or the node begins anew and is not trusted.
// It never opens with less or with anything else. The same for sectors that are zeroed, files that
// are cut short, missing or swapped.
import assert from "node:assert/strict";
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  ENTRIES,
  entriesFor,
  type Files,
  fillAll,
  makeDirectory,
  picture,
  restorePicture,
} from "./damaged-directory.testing.js";
import { type Examination, examineLog } from "./examination.js";
import { isClosed } from "./hole.js";
import { fillHole, mendedBytes, type Patch } from "./mend-segment.js";
import { openStorage, type StorageOptions } from "./open-storage.js";
import type { SegmentHole } from "./segment-scan.js";
import type { Recovered } from "./storage.js";
import { StorageRefused } from "./storage-damage.js";
import { optionsFor, temporaryDirectory } from "./store.testing.js";

/** Every byte is examined; every so many are opened, repaired and read back from the disk. */
const OPENED_EVERY = 61;

interface Subject {
  readonly options: StorageOptions;
  readonly files: Files;
  readonly recovered: Recovered;
  readonly warnings: string[];
}

async function makeSubject(t: TestContext): Promise<Subject> {
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const options = optionsFor(join(temporaryDirectory(t), "node1"), { others: "quorum", warn });
  await makeDirectory(options);
  const opened = await openStorage(options);
  assert.ok(opened.kind === "sound");
  const { recovered } = opened.storage;
  await opened.storage.close();
  const files = picture(options.dir);
  assert.equal(files.size, 6);
  assert.deepEqual(recovered.entries.at(-1), ENTRIES.at(-1));
  return { options, files, recovered, warnings };
}

function lastSegment(files: Files): string | undefined {
  return [...files.keys()].findLast((name) => name.endsWith(".db"));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8((bytes[at] ?? 0) ^ (1 << (at % 8)), at);
  return changed;
}

/** One word for what was found; asserts that with the true entries it becomes what it was. */
function judge(found: Examination, name: string, files: Files): string {
  const { doubts, damaged, lost, badSnapshots } = found;
  if (doubts.length > 0) return "doubtful";
  for (const segment of damaged) {
    const { holes, damage, next } = segment;
    assert.ok(damage.every(({ file, line }) => file.endsWith(name) && line !== undefined));
    const fillings = new Map<SegmentHole, readonly Patch[]>();
    for (const hole of holes) {
      const entries = entriesFor(hole);
      assert.ok(isClosed(hole, entries.at(-1) ?? hole.before));
      const filling = fillHole(hole, entries, next === "last");
      if (filling === undefined) return "more than entries damaged";
      fillings.set(hole, filling);
    }
    const mended = mendedBytes(readFileSync(segment.segment.path), segment, fillings).toString();
    const original = `${files.get(name)}`;
    // Only where the next file's header says it, too, a record may be missing now.
    const isTold = (line: string) => line.includes('"txn"') || line.includes("~segment");
    const told = (text: string) =>
      text.split("\n").filter((line) => next === "last" || isTold(line));
    assert.deepEqual(told(mended), told(original));
  }
  if (damaged.length > 0) return "damaged";
  if (lost.length > 0) return "lost";
  return badSnapshots.length > 0 ? "bad snapshot" : assert.fail("it was not found");
}

/** Opens whatever there is, with others that have all entries. */
async function open({ options }: Subject): Promise<Recovered> {
  const opened = await openStorage(options);
  if (opened.kind === "sound") {
    await opened.storage.close();
    return opened.storage.recovered;
  }
  const { damaged } = opened;
  const storage = await ((await fillAll(damaged)) ? damaged.open() : damaged.beginAnew());
  await storage.close();
  return storage.recovered;
}

/** Asserts that nothing was lost, or that the node knows it. Returns what became of it. */
async function openAndCheck(subject: Subject, name: string, harm: Buffer | undefined) {
  const { recovered, files, options } = subject;
  subject.warnings.length = 0;
  const found = await open(subject);
  const now = picture(options.dir);
  if (found.distrusted) {
    assert.deepEqual([found.entries, found.initialized], [[], false]);
    assert.ok(subject.warnings.some((text) => text.includes("begins anew")));
    for (const [file, bytes] of files) {
      const kept = [...now].find(([path]) => path.startsWith("damaged-") && path.endsWith(file));
      assert.deepEqual(kept?.[1], file === name ? harm : bytes, `${file} was kept`);
    }
    return "anew";
  }
  const isOlder = found.snapshot !== undefined && recovered.snapshot !== found.snapshot;
  // A segment that was missing is now a part of the one before it.
  const earlier = found.entries.length - recovered.entries.length;
  assert.ok(found.base.zxid <= recovered.base.zxid && earlier >= 0);
  assert.deepEqual(found.entries.slice(earlier), recovered.entries);
  for (const key of ["acceptedEpoch", "promisedTo", "initialized", "distrusted"] as const) {
    assert.equal(found[key], recovered[key]);
  }
  assert.ok(isOlder || found.snapshot?.zxid === recovered.snapshot?.zxid);
  const again = await openStorage({ ...options, warn: (text) => assert.fail(text) });
  assert.ok(again.kind === "sound", "it stays whole");
  await again.storage.close();
  return "whole";
}

test("a flipped bit anywhere is found, and repaired or not trusted", async (t) => {
  const subject = await makeSubject(t);
  const { options, files } = subject;
  const identity = { clusterId: "test", nodeId: "node1", membershipHash: "abc" };
  const tally = new Map<string, number>();
  let count = 0;
  for (const [name, bytes] of files) {
    const path = join(options.dir, name);
    for (let at = 0; at < bytes.length; at++) {
      const changed = flipped(bytes, at);
      writeFileSync(path, changed);
      const kind = judge(await examineLog(options.dir, identity), name, files);
      let became = "";
      if (count % OPENED_EVERY === 0) {
        became = `, ${await openAndCheck(subject, name, changed)}`;
        restorePicture(files, options.dir);
      }
      tally.set(`${kind}${became}`, (tally.get(`${kind}${became}`) ?? 0) + 1);
      count += 1;
    }
    writeFileSync(path, bytes);
  }
  t.diagnostic(`${count} flips: ${[...tally].map(([kind, n]) => `${kind} ${n}`).join("; ")}`);
  for (const kind of ["damaged, whole", "doubtful, anew", "bad snapshot, whole"]) {
    assert.ok((tally.get(kind) ?? 0) > 0, kind);
  }
});

/** The file with two of its lines harmed: one in its text, the other in its text or its crc. */
function* harmedTwice(bytes: Buffer): Generator<string> {
  const lines = `${bytes}`.split("\n");
  const harms = [
    (line: string) => line.replace('\\"te', '\\"tf'),
    (line: string) => line.replace(/"crc":(\d)/, (_, digit) => `"crc":${digit === "1" ? 2 : 1}`),
  ];
  for (const apart of [1, 2, 3]) {
    for (let first = 1; first + apart < lines.length - 1; first++) {
      for (const harm of harms) {
        const second = harm(lines[first + apart] ?? "");
        const changed = lines.with(first, (lines[first] ?? "").replace('\\"te', '\\"tf'));
        yield changed.with(first + apart, second).join("\n");
      }
    }
  }
}

test("two lines side by side, or parted by a sound one, are found and repaired", async (t) => {
  const subject = await makeSubject(t);
  const { options, files } = subject;
  for (const [name, bytes] of files) {
    if (!name.endsWith(".db")) continue;
    for (const changed of harmedTwice(bytes)) {
      if (changed === `${bytes}`) continue;
      writeFileSync(join(options.dir, name), changed);
      const became = await openAndCheck(subject, name, Buffer.from(changed));
      // Behind the last line of all nothing confirms what stood there.
      if (name !== lastSegment(files)) assert.equal(became, "whole", changed);
      restorePicture(files, options.dir);
    }
  }
});

test("whole sectors of zeros are found, but where a crash leaves the same", async (t) => {
  const subject = await makeSubject(t);
  const { options, files } = subject;
  for (const [name, bytes] of files) {
    const isLastSegment = name === lastSegment(files);
    for (let from = 0; from < bytes.length; from += 512) {
      const changed = Buffer.from(bytes).fill(0, from, Math.min(from + 512, bytes.length));
      writeFileSync(join(options.dir, name), changed);
      // Zeros to the end of the log are what a power cut leaves of an append.
      if (isLastSegment && from + 512 >= bytes.length) {
        const found = await open(subject);
        const isHonest = found.distrusted || subject.warnings.some((one) => one.includes("cut"));
        assert.ok(isHonest, `${name} from ${from}`);
      } else {
        await openAndCheck(subject, name, changed);
      }
      restorePicture(files, options.dir);
    }
  }
});

test("a file that is cut short is found, but where a crash leaves the same", async (t) => {
  const subject = await makeSubject(t);
  const { options, files } = subject;
  for (const [name, bytes] of files) {
    if (name === lastSegment(files)) continue;
    for (let size = 0; size < bytes.length; size += 61) {
      truncateSync(join(options.dir, name), size);
      await openAndCheck(subject, name, bytes.subarray(0, size));
      restorePicture(files, options.dir);
    }
  }
});

test("a file that is missing is found, but for the last one", async (t) => {
  const subject = await makeSubject(t);
  const { options, files } = subject;
  const became = new Map<string, string>();
  for (const name of files.keys()) {
    rmSync(join(options.dir, name));
    if (name === lastSegment(files)) {
      // No other file tells of it: the log looks like one that ended there.
      assert.equal((await open(subject)).distrusted, false);
    } else {
      const kept = new Map([...files].filter(([file]) => file !== name));
      became.set(
        name.slice(0, 4),
        await openAndCheck({ ...subject, files: kept }, name, undefined),
      );
    }
    restorePicture(files, options.dir);
  }
  for (const name of files.keys()) if (name.endsWith(".db")) rmSync(join(options.dir, name));
  assert.equal((await open(subject)).distrusted, true, "a directory without its log is not blank");
  t.diagnostic(JSON.stringify([...became]));
});

test("a file of another node is refused, and nothing is touched", async (t) => {
  const subject = await makeSubject(t);
  const { options, files } = subject;
  const other = { ...options, dir: join(temporaryDirectory(t), "node2"), nodeId: "node2" };
  await makeDirectory(other);
  for (const name of files.keys()) {
    if (!name.endsWith(".db")) continue;
    writeFileSync(join(options.dir, name), readFileSync(join(other.dir, name)));
    const before = picture(options.dir);
    await assert.rejects(openStorage(options), (error) => {
      assert.ok(error instanceof StorageRefused);
      assert.match(error.message, new RegExp(`${name} belongs to node "node2"`));
      return true;
    });
    assert.deepEqual(picture(options.dir), before);
    restorePicture(files, options.dir);
  }
});
