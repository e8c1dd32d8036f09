// Proves that a log with holes answers others without regard to what is done about the holes
// meanwhile: from files that are just set aside, too.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { counterOf, zxidOf } from "../zab/zxid.js";
import type { MendableLog } from "./damaged-log.js";
import { zxidToHex } from "./layout.js";
import { openStorage, type StorageOptions } from "./open-storage.js";
import type { Held, Want } from "./storage.js";
import {
  append,
  chain,
  drive,
  optionsFor,
  range,
  snapshotAt,
  temporaryDirectory,
} from "./store.testing.js";

const ENTRIES = chain(range(1, 0, 19));

/** Segments of four entries; the two snapshots need none of the first two. */
async function makeSegments(options: StorageOptions): Promise<readonly string[]> {
  const { storage, put, save } = await drive({ ...options, segmentEntries: 4 });
  await put({ kind: "initialize" }, { kind: "promise", epoch: 1, to: "node2" });
  for (let at = 0; at < ENTRIES.length; at += 4) await put(append(ENTRIES.slice(at, at + 4)));
  await save(snapshotAt(ENTRIES.slice(0, 15), ["older"]));
  await save(snapshotAt(ENTRIES.slice(0, 18), ["newer"]));
  await storage.close();
  const { dir } = options;
  const names = readdirSync(dir).filter((name) => name.endsWith(".db"));
  return names.sort().map((name) => join(dir, name));
}

async function openDamaged(t: TestContext, segment: number, text: string): Promise<MendableLog> {
  const options = optionsFor(join(temporaryDirectory(t), "node1"), { others: "quorum" });
  const files = await makeSegments(options);
  const file = files[segment] ?? assert.fail(`only ${files.length} segments`);
  const whole = readFileSync(file, "utf8");
  assert.ok(whole.includes(text), whole);
  writeFileSync(file, whole.replace(text, text.replace("txn", "TXN")));
  const opened = await openStorage(options);
  assert.ok(opened.kind === "holes");
  t.after(() => opened.damaged.close());
  return opened.damaged;
}

function fetched(damaged: MendableLog, want: Want): Promise<Held> {
  return new Promise((done) => damaged.fetch(want, done));
}

test("what is being read for another node is there until it was read", async (t) => {
  const damaged = await openDamaged(t, 1, `${zxidToHex(zxidOf(1, 4))}","txn"`);
  const [hole] = damaged.holes;
  assert.ok(hole?.isNeeded === false && damaged.holes.length === 1);
  const held = fetched(damaged, { after: { zxid: 0n, crc: 0 }, below: 2n ** 63n });
  await new Promise<void>((done) => damaged.leaveOut(hole, done));
  assert.deepEqual((await held).entries, ENTRIES.slice(0, 2));
  const later = await fetched(damaged, { after: { zxid: 0n, crc: 0 }, below: 2n ** 63n });
  assert.deepEqual(later, { entries: [], lack: "gone" });
});

test("of what cannot be read it says so, and gives what is before and behind it", async (t) => {
  // It holds the entries 2 to 5; the next one begins right behind.
  const damaged = await openDamaged(t, 1, `${zxidToHex(zxidOf(1, 3))}","txn"`);
  const heldAfter = async (place: number, below: number) => {
    const { zxid, crc } = ENTRIES[place] ?? assert.fail();
    const { entries, lack } = await fetched(damaged, {
      after: { zxid, crc },
      below: zxidOf(1, below),
    });
    return lack ?? entries.map((entry) => counterOf(entry.zxid));
  };
  assert.deepEqual(await heldAfter(1, 20), [2]);
  assert.equal(await heldAfter(2, 20), "unreadable");
  assert.equal(await heldAfter(3, 20), "unreadable");
  assert.deepEqual(await heldAfter(4, 20), [5]);
  assert.deepEqual(await heldAfter(5, 20), [6, 7, 8, 9]);
  assert.deepEqual(await heldAfter(5, 7), [6]);
  assert.equal(await heldAfter(19, 20), "never");
});
