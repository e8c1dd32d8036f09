// Proves that a crash at any moment of what a start does about damage loses nothing: filling holes,
// setting aside what no start needs, and beginning anew all go on at the next start, and at none of
// these moments does a part of a log look like the whole of one.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { recordCrashes, restore } from "./crash-recorder.testing.js";
import {
  ENTRIES,
  type Files,
  fillAll,
  makeDirectory,
  picture,
} from "./damaged-directory.testing.js";
import { openStorage, type StorageOptions } from "./open-storage.js";
import type { Recovered } from "./storage.js";
import { optionsFor, temporaryDirectory } from "./store.testing.js";

/** What a node knows in the end, with others that have all entries or none. */
async function start(options: StorageOptions, othersHaveThem: boolean): Promise<Recovered> {
  const opened = await openStorage(options);
  if (opened.kind === "sound") {
    await opened.storage.close();
    return opened.storage.recovered;
  }
  const { damaged } = opened;
  for (let [hole] = damaged.holes; !othersHaveThem && hole?.isNeeded === false; ) {
    const old = hole;
    await new Promise<void>((done) => damaged.leaveOut(old, done));
    [hole] = damaged.holes;
  }
  const isWhole = damaged.holes.length === 0 || (othersHaveThem && (await fillAll(damaged)));
  const storage = await (isWhole ? damaged.open() : damaged.beginAnew());
  await storage.close();
  return storage.recovered;
}

function harm(files: Files, name: string, from: string, to: string): Files {
  const changed = `${files.get(name)}`.replace(from, to);
  assert.notEqual(changed, `${files.get(name)}`);
  return new Map([...files, [name, Buffer.from(changed)]]);
}

/** Starts the harmed directory with a crash after every operation, and then again after each. */
async function crashEverywhere(
  t: TestContext,
  change: (files: Files, segments: readonly string[]) => Files,
  othersHaveThem: boolean,
  check: (found: Recovered, kept: Files) => void,
): Promise<void> {
  const root = temporaryDirectory(t);
  const options = optionsFor(join(root, "live"), { others: "quorum" });
  await makeDirectory(options);
  const whole = picture(options.dir);
  const harmed = change(whole, [...whole.keys()].filter((name) => name.endsWith(".db")).sort());
  restore(harmed, options.dir);
  const { states } = await recordCrashes(
    options.dir,
    () => 0,
    async () => check(await start(options, othersHaveThem), picture(options.dir)),
  );
  assert.ok(states.length > 1, `only ${states.length} crash states`);
  const crashed = { ...options, dir: join(root, "crashed") };
  for (const { picture: files, after } of states) {
    restore(files, crashed.dir);
    try {
      check(await start(crashed, othersHaveThem), picture(crashed.dir));
    } catch (error) {
      throw new Error(`after ${after}: ${error}`);
    }
  }
  t.diagnostic(`${states.length} crash states`);
}

function isWhole(found: Recovered): void {
  assert.equal(found.distrusted, false);
  assert.deepEqual([found.acceptedEpoch, found.promisedTo, found.initialized], [5, "node3", true]);
  const first = ENTRIES.findIndex(({ zxid }) => zxid > found.base.zxid);
  assert.deepEqual(found.entries, ENTRIES.slice(first));
}

test("holes in several segments", { timeout: 60_000 }, async (t) => {
  const change = (files: Files, [, second = "", third = "", last = ""]: readonly string[]) => {
    const twice = harm(harm(files, second, '"txn"', '"tzn"'), third, '"txn"', '"tzn"');
    return harm(twice, last, '"txn"', '"tzn"');
  };
  await crashEverywhere(t, change, true, (found, kept) => {
    isWhole(found);
    const asTheyWere = [...kept.keys()].filter((name) => name.startsWith("damaged-log-"));
    assert.equal(asTheyWere.length, 3);
  });
});

test("the header of the last segment", { timeout: 60_000 }, async (t) => {
  const change = (files: Files, segments: readonly string[]) =>
    harm(files, segments.at(-1) ?? "", "~segment", "~segmemt");
  await crashEverywhere(t, change, false, isWhole);
});

test("a record that the next segment repeats", { timeout: 60_000 }, async (t) => {
  const change = (files: Files, [first = ""]: readonly string[]) =>
    harm(files, first, '"to":"node2"', '"to":"node7"');
  await crashEverywhere(t, change, false, isWhole);
});

test("a snapshot that no start needs", { timeout: 60_000 }, async (t) => {
  const name = (files: Files) => [...files.keys()].findLast((one) => one.startsWith("snap")) ?? "";
  const change = (files: Files) => harm(files, name(files), "newer", "never");
  await crashEverywhere(t, change, false, (found) => {
    isWhole(found);
    assert.deepEqual(found.snapshot?.chunks, ["older"]);
  });
});

test("old entries that nobody has any more", { timeout: 60_000 }, async (t) => {
  const change = (files: Files, [, second = ""]: readonly string[]) =>
    harm(files, second, '"txn"', '"tzn"');
  await crashEverywhere(t, change, false, (found, kept) => {
    isWhole(found);
    for (const name of ["log-0000000000000000.db", "log-0000000100000002.db"]) {
      assert.ok(!kept.has(name));
      assert.ok(
        [...kept.keys()].some((path) => path.match(/^damaged-\d+\//) && path.endsWith(name)),
      );
    }
  });
});

for (const [what, change] of [
  [
    "a last line that may have been a promise",
    (files: Files, segments: readonly string[]) =>
      harm(files, segments.at(-1) ?? "", '"epoch":5', '"epoch":6'),
  ],
  [
    "entries that nobody has",
    (files: Files, segments: readonly string[]) =>
      harm(files, segments.at(-1) ?? "", '"txn"', '"tzn"'),
  ],
  [
    "a change that cannot be read",
    (files: Files) => new Map([...files, ["change.json", Buffer.from('{"_id":"truncate"')]]),
  ],
] as const) {
  test(`beginning anew after ${what}`, { timeout: 60_000 }, async (t) => {
    await crashEverywhere(t, change, false, (found, kept) => {
      const { entries, initialized, distrusted, base } = found;
      assert.deepEqual([entries, initialized, distrusted, base.zxid], [[], false, true, 0n]);
      const aside = [...kept.keys()].filter((name) => name.startsWith("damaged-"));
      for (const name of ["log-0000000000000000.db", "snapshot-0000000400000000.jsonl"]) {
        assert.ok(
          aside.some((path) => path.endsWith(`/${name}`)),
          `${name} in ${aside.join(" ")}`,
        );
      }
    });
  });
}

test("a beginning anew goes on wherever it was interrupted", { timeout: 60_000 }, async (t) => {
  const root = temporaryDirectory(t);
  const options = optionsFor(join(root, "live"), { others: "quorum" });
  await makeDirectory(options);
  const whole = picture(options.dir);
  const last = [...whole.keys()].findLast((name) => name.endsWith(".db")) ?? "";
  const harmed = harm(whole, last, '"epoch":5', '"epoch":6');
  restore(harmed, options.dir);
  const { states } = await recordCrashes(
    options.dir,
    () => 0,
    async () => void (await start(options, false)),
  );
  // It was said, and nothing is moved yet.
  const said = states.find(({ picture: files }) => {
    const change = files.get("change.json");
    return `${change}`.includes('"anew"') && [...harmed.keys()].every((name) => files.has(name));
  });
  const aside = /"aside":"(.*?)"/.exec(`${said?.picture.get("change.json")}`)?.[1] ?? "";
  assert.match(aside, /^damaged-\d+$/);
  for (const name of harmed.keys()) {
    const files = new Map(said?.picture);
    files.set(`${aside}/${name}`, files.get(name) ?? Buffer.alloc(0));
    files.delete(name);
    restore(files, options.dir);
    // Without its last segment the log would look whole.
    const found = await start(options, true);
    assert.deepEqual([found.distrusted, found.entries], [true, []], name);
    for (const one of harmed.keys()) {
      assert.deepEqual(picture(options.dir).get(`${aside}/${one}`), harmed.get(one));
    }
  }
});

test("a directory whose log is gone is not taken for a blank one", async (t) => {
  const options = optionsFor(temporaryDirectory(t), { others: "quorum" });
  writeFileSync(join(options.dir, "torn-1.bin"), "bytes of an earlier life");
  assert.equal((await start(options, false)).distrusted, true);
  const blank = optionsFor(temporaryDirectory(t), { others: "quorum" });
  assert.equal((await start(blank, false)).distrusted, false);
});
