// Proves what is kept and what goes: two snapshots, the log from the older one on, and the setting
// for older segments; and that snapshots, resets and reads do not get in each other's way.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { Entry } from "../zab/entry.js";
import { ZXID_ZERO, zxidOf } from "../zab/zxid.js";
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

const ENTRIES = chain(range(1, 0, 99));

function countFiles(dir: string, prefix: string): number {
  return readdirSync(dir).filter((name) => name.startsWith(prefix)).length;
}

for (const [oldSegments, live, archived] of [
  ["keep", 11, 0],
  ["archive", 6, 5],
  ["delete", 6, 0],
] as const) {
  test(`with "${oldSegments}", segments below the older snapshot go there`, async (t) => {
    const options = optionsFor(temporaryDirectory(t), { segmentEntries: 10, oldSegments });
    const { storage, put, save } = await drive(options);
    await put(append(ENTRIES));
    await save(snapshotAt(ENTRIES.slice(0, 30), ["a"]));
    assert.equal(countFiles(options.dir, "log-"), 11, "one snapshot alone lets nothing go");
    await save(snapshotAt(ENTRIES.slice(0, 55), ["b"]));
    await save(snapshotAt(ENTRIES.slice(0, 95), ["c", "d"]));
    assert.equal(countFiles(options.dir, "snapshot-"), 2);
    assert.equal(countFiles(options.dir, "log-"), live);
    const archive = readdirSync(options.dir).includes("archive")
      ? countFiles(join(options.dir, "archive"), "log-")
      : 0;
    assert.equal(archive, archived);
    const { entries, oldest } = await storage.read(ZXID_ZERO, 1000);
    assert.equal(oldest, entries[0]?.zxid);
    assert.deepEqual(entries, ENTRIES.slice(oldSegments === "keep" ? 0 : 50));
    await storage.close();

    const again = await openSound(options);
    assert.deepEqual(again.recovered.snapshot, snapshotAt(ENTRIES.slice(0, 95), ["c", "d"]));
    assert.deepEqual(again.recovered.entries, ENTRIES.slice(50), "from the older snapshot on");
    assert.equal(again.recovered.base.zxid, ENTRIES[49]?.zxid);
    assert.deepEqual(again.recovered.baseEpochEnds, [ENTRIES[49]?.zxid]);
    assert.equal(again.recovered.commitHint, ENTRIES[94]?.zxid);
    assert.equal((await again.read(ZXID_ZERO, 1000)).entries.length, entries.length);
    await again.close();
  });
}

test("a reset leaves the snapshot alone, and promises and votes as they were", async (t) => {
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 10 });
  const { storage, put, save } = await drive(options);
  await put({ kind: "initialize" }, { kind: "promise", epoch: 6, to: "node5" }, append(ENTRIES));
  await save(snapshotAt(ENTRIES.slice(0, 30), ["a"]));
  const foreign = chain([...range(1, 0, 49), ...range(5, 0, 7)], undefined, "foreign");
  const snapshot = snapshotAt(foreign, ["the", "state"]);
  const more = chain(range(6, 0, 20), foreign.at(-1));
  await put({ kind: "reset", snapshot }, append(more));
  assert.deepEqual(await storage.read(ZXID_ZERO, 100), { entries: more, oldest: zxidOf(6, 0) });
  assert.equal(countFiles(options.dir, "snapshot-"), 1);
  await storage.close();
  const { recovered, close } = await openSound(options).then((again) => ({
    recovered: again.recovered,
    close: () => again.close(),
  }));
  await close();
  assert.deepEqual(recovered, {
    acceptedEpoch: 6,
    promisedTo: "node5",
    initialized: true,
    distrusted: false,
    commitHint: snapshot.zxid,
    snapshot,
    base: { zxid: snapshot.zxid, crc: snapshot.crc },
    entries: more,
    baseEpochEnds: [zxidOf(1, 49), zxidOf(5, 7)],
  });
});

test("snapshots, a reset, writes and reads at the same time", async (t) => {
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 10, oldSegments: "delete" });
  const { storage, put, save } = await drive(options);
  await put(append(ENTRIES));
  const foreign = chain([...range(1, 0, 99), zxidOf(2, 0)], undefined, "foreign");
  const more = chain(range(2, 1, 50), foreign.at(-1));
  // Large enough that it is still being written when the reset comes.
  const large = Array.from({ length: 4000 }, () => "a".repeat(1000));
  const all = [
    save(snapshotAt(ENTRIES.slice(0, 40), large)),
    save(snapshotAt(ENTRIES.slice(0, 60), ["b"])),
    put({ kind: "reset", snapshot: snapshotAt(foreign, ["c"]) }),
    save(snapshotAt(ENTRIES.slice(0, 90), ["d"])),
    put(append(more)),
    ...ENTRIES.slice(0, 20).map(({ zxid }) => storage.read(zxid, 30)),
  ];
  await Promise.all(all);
  assert.deepEqual((await storage.read(ZXID_ZERO, 1000)).entries, more);
  assert.equal(countFiles(options.dir, "snapshot-"), 1, "only the one of this log");
  await storage.close();
  const again = await openSound(options);
  assert.deepEqual(again.recovered.snapshot?.chunks, ["c"]);
  assert.deepEqual(again.recovered.entries, more);
  await again.close();
});

test("what is read while the log is cut is of one log, before or after", async (t) => {
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 5 });
  const { storage, put } = await drive(options);
  let entries = ENTRIES.slice(0, 40);
  await put(append(entries));
  for (let round = 0; round < 15; round++) {
    const kept = entries.slice(0, 12 + round);
    const epoch = 2 + round;
    const next = [...kept, ...chain(range(epoch, 0, 25), kept.at(-1), `r${round}`)];
    let isWritten = false;
    const readOn = async () => {
      while (!isWritten) {
        const { entries: found } = await storage.read(ZXID_ZERO, 1000);
        const isOfOne = isPrefix(found, entries) || isPrefix(found, next);
        assert.ok(isOfOne && found.length >= kept.length, `round ${round}: ${found.length}`);
      }
    };
    const readers = [readOn(), readOn(), readOn()];
    const to = kept.at(-1)?.zxid ?? ZXID_ZERO;
    await put({ kind: "truncate", to }, append(next.slice(kept.length)));
    isWritten = true;
    await Promise.all(readers);
    entries = next;
  }
  await storage.close();
});

function isPrefix(part: readonly Entry[], whole: readonly Entry[]): boolean {
  return part.every(({ zxid, crc }, at) => whole[at]?.zxid === zxid && whole[at]?.crc === crc);
}

for (const how of ["a snapshot", "a hint"] as const) {
  test(`a truncation below what ${how} says is committed is refused`, async (t) => {
    const failures: string[] = [];
    const fail = (why: string) => failures.push(why);
    const options = optionsFor(temporaryDirectory(t), { fail });
    const { storage, put, save } = await drive(options);
    await put(append(ENTRIES.slice(0, 20)));
    if (how === "a snapshot") await save(snapshotAt(ENTRIES.slice(0, 10), ["a"]));
    else storage.noteCommit(zxidOf(1, 9));
    await new Promise<void>((done) => {
      storage.onDurable(() => done());
      storage.write(2, [{ kind: "truncate", to: zxidOf(1, 9) }]);
    });
    assert.deepEqual(failures, []);
    storage.onDurable(() => assert.fail("reported durable"));
    storage.write(3, [{ kind: "truncate", to: zxidOf(1, 8) }]);
    await storage.close();
    assert.match(`${failures}`, /truncate to 1\.8, but 1\.9 is committed/);
  });
}
