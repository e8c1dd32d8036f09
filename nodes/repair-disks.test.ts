// Proves on real files that nodes with random damage repair each other: whatever bits were flipped
// on two of three nodes, each ends with the whole log or knows that it cannot be trusted. A failure
// names its seed: SEED=7 node --import tsx --test nodes/repair-disks.test.ts
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { createPrng, type Prng } from "../test/sim/prng.js";
import { createRepairRig, type RepairRig } from "./repair-rig.testing.js";
import {
  ENTRIES,
  type Files,
  makeDirectory,
  picture,
  restorePicture,
} from "./store/damaged-directory.testing.js";
import { type OpenedStorage, openStorage, type StorageOptions } from "./store/open-storage.js";
import type { Storage } from "./store/storage.js";
import { optionsFor, temporaryDirectory } from "./store/store.testing.js";

const SEEDS = 15;
const LIMIT_MS = 20_000;
const NODES = ["a", "b", "c"];

interface Disk {
  readonly id: string;
  readonly options: StorageOptions;
  readonly files: Files;
}

async function makeDisks(t: TestContext): Promise<Disk[]> {
  const root = temporaryDirectory(t);
  const disks: Disk[] = [];
  for (const id of NODES) {
    const options = optionsFor(join(root, id), { nodeId: id, others: "quorum" });
    await makeDirectory(options);
    disks.push({ id, options, files: picture(options.dir) });
  }
  return disks;
}

function flipBits({ options, files }: Disk, prng: Prng): void {
  restorePicture(files, options.dir);
  for (let flips = prng.int(0, 4); flips > 0; flips--) {
    const path = join(options.dir, prng.pick([...files.keys()]));
    const bytes = readFileSync(path);
    const at = prng.int(0, bytes.length - 1);
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << prng.int(0, 7)), at);
    writeFileSync(path, bytes);
  }
}

/** Takes part in the rig as what it was opened as; returns how it ends. */
function takePart(rig: RepairRig, id: string, opened: OpenedStorage): () => Promise<Storage> {
  if (opened.kind === "sound") {
    rig.answers(id, opened.storage, opened.storage.recovered.initialized);
    return async () => opened.storage;
  }
  const { damaged } = opened;
  rig.repairs(id, damaged);
  return () => (rig.outcomes.get(id)?.kind === "whole" ? damaged.open() : damaged.beginAnew());
}

async function runSeed(seed: number, disks: readonly Disk[]): Promise<string> {
  const prng = createPrng(seed);
  const rig = createRepairRig(NODES, 2);
  const ends = new Map<string, () => Promise<Storage>>();
  const repairing: string[] = [];
  const [whole, ...harmed] = [...disks].sort(() => prng.next() - 0.5);
  assert.ok(whole !== undefined);
  restorePicture(whole.files, whole.options.dir);
  for (const disk of harmed) flipBits(disk, prng);
  const isLate = prng.chance(0.5);
  for (const { id, options } of [...harmed, whole]) {
    const opened = await openStorage(options);
    if (opened.kind === "holes") repairing.push(id);
    ends.set(id, takePart(rig, id, opened));
  }
  const link = (from: Disk, to: Disk) => rig.link(from.id, to.id);
  const [one, two] = harmed;
  assert.ok(one !== undefined && two !== undefined);
  link(one, two);
  // The links' time is simulated, the disks' is real: so much of the one for a turn of the other.
  const limitMs = performance.now() + LIMIT_MS;
  for (let turn = 0; repairing.some((id) => !rig.outcomes.has(id)); turn++) {
    assert.ok(performance.now() < limitMs, `they do not end: ${rig.log.slice(-3).join("; ")}`);
    if (turn === (isLate ? 2000 : 0)) for (const disk of harmed) link(disk, whole);
    rig.pass(1);
    await new Promise(setImmediate);
  }
  const became: string[] = [];
  for (const { id } of disks) {
    const storage = await ends.get(id)?.();
    assert.ok(storage !== undefined);
    const { distrusted, entries, acceptedEpoch } = storage.recovered;
    await storage.close();
    if (distrusted) {
      assert.deepEqual(entries, []);
    } else {
      assert.deepEqual([entries.at(-1), acceptedEpoch], [ENTRIES.at(-1), 5]);
      const first = ENTRIES.findIndex(({ zxid }) => zxid === entries[0]?.zxid);
      assert.deepEqual(entries, ENTRIES.slice(first));
    }
    const isRepaired = repairing.includes(id);
    became.push(distrusted ? "anew" : isRepaired ? "repaired" : "sound");
  }
  return became.sort().join(" ");
}

test("whatever bits are flipped on two of three, nothing is lost unnoticed", async (t) => {
  const disks = await makeDisks(t);
  const given = process.env.SEED;
  const seeds =
    given === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(given)];
  const tally = new Map<string, number>();
  for (const seed of seeds) {
    try {
      const became = await runSeed(seed, disks);
      tally.set(became, (tally.get(became) ?? 0) + 1);
    } catch (error) {
      const again = `SEED=${seed} node --import tsx --test nodes/repair-disks.test.ts`;
      throw new Error(`repeat with ${again}: ${error}`);
    }
  }
  t.diagnostic([...tally].map(([kind, count]) => `${kind}: ${count}`).join("; "));
});
