// Proves that every sealed file is read again once an hour, one a minute at most; that damage found
// so ends the node by name; and that a file which went meanwhile is no damage.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { SegmentFile } from "./layout.js";
import { checkSealedSegment, SCRUB_STEP_MS, ScrubPlan } from "./scrub.js";
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

const LIMIT = { timeout: 30_000 };

const ENTRIES = chain(range(1, 0, 19));

test("each file has its turn once an hour, the one that waited longest first", () => {
  const plan = new ScrubPlan();
  const turns = (steps: number, ...paths: string[]) =>
    Array.from({ length: steps }, () => plan.next(paths) ?? "-").join("");
  assert.equal(turns(60, "a", "b"), "-".repeat(60), "at the start all was read");
  assert.equal(turns(3, "a", "b"), "ab-");
  assert.equal(turns(50, "a", "b", "c"), "-".repeat(50), "a new file is not read at once");
  assert.equal(turns(12, "b", "c"), `${"-".repeat(8)}b-c-`, "a file that went is forgotten");
});

test("more files than minutes take longer, and none is left out", () => {
  const plan = new ScrubPlan();
  const paths = Array.from({ length: 100 }, (_, index) => `${index}`);
  const read = Array.from({ length: 260 }, () => plan.next(paths)).filter((path) => path);
  assert.deepEqual(read, [...paths, ...paths].slice(0, read.length));
  assert.equal(read.length, 200);
});

async function makeLog(t: TestContext) {
  const failures: string[] = [];
  const fail = (why: string) => void failures.push(why);
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 6, fail });
  t.mock.timers.enable({ apis: ["setInterval"] });
  const driven = await drive(options);
  await driven.put(append(ENTRIES));
  await driven.save(snapshotAt(ENTRIES.slice(0, 9), ["state"]));
  const files = readdirSync(options.dir).filter((name) => name.startsWith("log-"));
  const segments = files.sort().map((name): SegmentFile => {
    return { base: BigInt(`0x${name.slice(4, 20)}`), path: join(options.dir, name) };
  });
  return { options, driven, segments, failures };
}

test("a sealed segment is checked to its end", async (t) => {
  const { segments, driven } = await makeLog(t);
  const [first, second] = segments;
  assert.ok(first !== undefined && second !== undefined);
  await checkSealedSegment(first, second);
  const text = readFileSync(first.path, "utf8");
  for (const wrong of [
    text.replace("~segment", "~segmemt"),
    text.replace('\\"text\\"', '\\"tezt\\"'),
    text.slice(0, text.lastIndexOf("{")),
    "",
  ]) {
    writeFileSync(first.path, wrong);
    await assert.rejects(checkSealedSegment(first, second), StorageDamage);
  }
  await driven.storage.close();
});

for (const prefix of ["log-", "snapshot-"]) {
  test(`damage of a ${prefix} file that nobody reads ends the node`, LIMIT, async (t) => {
    const { options, driven, failures } = await makeLog(t);
    const name = readdirSync(options.dir).find((one) => one.startsWith(prefix)) ?? "";
    const path = join(options.dir, name);
    writeFileSync(path, readFileSync(path, "utf8").replace(/text|state/, "tex_"));
    // As many simulated minutes as the real disk needs to answer.
    for (const endMs = performance.now() + 20_000; failures.length === 0; ) {
      assert.ok(performance.now() < endMs, "nothing was found");
      t.mock.timers.tick(SCRUB_STEP_MS);
      await new Promise(setImmediate);
    }
    assert.ok(failures[0]?.startsWith(path), failures[0]);
    assert.match(failures[0] ?? "", /The node ends here\. Start it again/);
    await driven.storage.close();
  });
}

test("sound files, and files that go, end nothing", async (t) => {
  const { options, driven, failures } = await makeLog(t);
  for (let step = 0; step < 200; step++) {
    t.mock.timers.tick(SCRUB_STEP_MS);
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    if (step === 100) {
      const snapshot = snapshotAt(chain([...range(1, 0, 5), ...range(2, 0, 40)]), ["other"]);
      await driven.put({ kind: "reset", snapshot });
    }
  }
  assert.deepEqual(failures, []);
  await driven.storage.close();
  rmSync(options.dir, { recursive: true });
});
