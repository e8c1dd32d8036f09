// Proves that snapshots are saved every so many transactions, never two at once, that a cut holds
// exactly one zxid whatever happens while it becomes text, and that learners get one on demand.
import assert from "node:assert/strict";
import test from "node:test";
import { restoreGame } from "../game/snapshot.js";
import { createPrng } from "../test/sim/prng.js";
import { silentLogger } from "../test/sim/silent-logger.js";
import { createPlatter, createSimDisk } from "../test/sim/sim-disk.js";
import { createSimProcess } from "../test/sim/sim-process.js";
import { createWorld } from "../test/sim/world.js";
import { createDeskRig } from "./desk-rig.testing.js";
import { createSnapshotKeeper } from "./snapshot-keeper.js";
import type { SnapshotData } from "./zab/entry.js";
import { zxidOf } from "./zab/zxid.js";

function createRig(everyEntries: number, rank = 0) {
  const world = createWorld();
  const process = createSimProcess(world, { offsetMs: 0 });
  const platter = createPlatter(true);
  const profile = { syncMeanMs: 1, stallChance: 0 };
  const disk = createSimDisk(platter, process, createPrng(1), profile);
  const desk = createDeskRig({ role: "LEADING" });
  const made: { peer: string; attempt: number; snapshot: SnapshotData }[] = [];
  const keeper = createSnapshotKeeper({
    core: desk.core,
    clock: process.clock,
    storage: disk,
    everyEntries,
    chunkBytes: 1000,
    rank,
    voters: 4,
    savedZxid: 0n,
    game: () => desk.game,
    ready: (peer, attempt, snapshot) => made.push({ peer, attempt, snapshot }),
    log: silentLogger,
  });
  let lastRequest = 0;
  return {
    keeper,
    platter,
    made,
    game: desk.game,
    apply(count: number) {
      for (let i = 0; i < count; i++) {
        desk.submit(`r${++lastRequest}`);
        desk.propose();
        desk.commit();
      }
      keeper.applied(count);
    },
    run: () => world.run(world.nowMs + 1000, () => {}),
  };
}

test("a snapshot is saved every so many transactions", () => {
  const rig = createRig(10);
  rig.apply(9);
  rig.run();
  assert.equal(rig.keeper.savedZxid(), 0n);
  rig.apply(1);
  rig.run();
  assert.equal(rig.keeper.savedZxid(), zxidOf(1, 10));
  rig.apply(9);
  rig.run();
  assert.equal(rig.platter.snapshots.length, 1);
});

test("while one is being saved no other begins", () => {
  const rig = createRig(2);
  for (let i = 0; i < 5; i++) rig.apply(2);
  rig.run();
  assert.deepEqual(
    rig.platter.snapshots.map(({ zxid }) => zxid),
    [zxidOf(1, 2)],
  );
  rig.apply(1);
  rig.run();
  assert.equal(rig.keeper.savedZxid(), zxidOf(1, 11), "what came meanwhile counts for the next");
});

test("a higher rank saves its first one earlier, so that the nodes do not all save at once", () => {
  const rig = createRig(8, 2);
  rig.apply(6);
  rig.run();
  assert.equal(rig.keeper.savedZxid(), zxidOf(1, 6));
});

test("the cut is at one zxid, whatever is applied before it is text", () => {
  const rig = createRig(1000);
  rig.apply(3);
  rig.keeper.wanted("node1", 7);
  rig.apply(4);
  assert.equal(rig.made.length, 0, "not within the turn that asked for it");
  rig.run();
  const [{ peer, attempt, snapshot } = assert.fail("no snapshot")] = rig.made;
  assert.equal(peer, "node1");
  assert.equal(attempt, 7);
  assert.equal(snapshot.zxid, zxidOf(1, 3));
  assert.deepEqual(snapshot.epochEnds, [zxidOf(1, 3)]);
  const restored = restoreGame(snapshot.chunks);
  assert.equal(restored.zxid, zxidOf(1, 3));
  assert.equal(restored.rooms.get("lobby")?.round, 3);
  assert.equal(rig.game.zxid, zxidOf(1, 7));
});

test("an installed snapshot is the newest saved one, and the count begins anew", () => {
  const rig = createRig(4);
  rig.apply(3);
  rig.keeper.installed(zxidOf(1, 3));
  assert.equal(rig.keeper.savedZxid(), zxidOf(1, 3));
  rig.apply(3);
  rig.run();
  assert.equal(rig.platter.snapshots.length, 0);
});
