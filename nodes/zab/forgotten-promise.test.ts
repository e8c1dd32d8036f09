// Proves that a candidate does not count a promise that its giver has forgotten with its disk, even
// if the candidate has not noticed: an earlier leader may have admitted that node in the meantime,
// and have committed with its ack what the candidate does not hold. Five nodes, one lost disk.
import assert from "node:assert/strict";
import test from "node:test";
import { createCluster } from "./scenario.testing.js";
import { wipe } from "./scenario-disk.testing.js";
import { zxidOf } from "./zxid.js";

function createRig() {
  const cluster = createCluster("nodes 1 2 3 4 5", {});
  const { wires } = cluster;

  /** Delivers among these nodes alone, until nothing is on its way. */
  function settle(ids: readonly string[] = cluster.ids): void {
    for (let again = true; again; ) {
      again = false;
      for (const { from, to, count } of wires.wires()) {
        if (!ids.includes(from) || !ids.includes(to) || count === 0) continue;
        if (cluster.deliver(from, to, count)) again = true;
      }
    }
  }

  function pass(ids: readonly string[], ticks: number): void {
    for (let tick = 0; tick < ticks; tick++) {
      cluster.tick(ids, 1);
      settle(ids);
    }
  }

  /** `id` notices that its link to `peer` is gone; the peer does not. */
  function lose(id: string, peer: string): void {
    wires.disconnect(id, peer);
    wires.allow(id, peer, false);
    cluster.input(id, { t: "link", peer, up: false });
  }

  /** A new link to a peer that had not noticed the end of the old one: it hears of that first. */
  function relink(id: string, unaware: string): void {
    cluster.input(unaware, { t: "link", peer: id, up: false });
    cluster.mend(id, unaware);
  }

  return { cluster, settle, pass, lose, relink };
}

test("what an earlier leader committed with a node that forgot its promise is kept", () => {
  const { cluster, settle, pass, lose, relink } = createRig();
  const { wires } = cluster;

  // 4 leads epoch 1, and 1.1 is everywhere.
  for (const id of ["1", "2", "3", "4"]) cluster.start(id);
  settle();
  pass(cluster.ids, 2);
  cluster.start("5");
  settle();
  pass(cluster.ids, 1);
  cluster.propose("4", ["a"]);
  settle();
  pass(cluster.ids, 1);

  // 1, 3 and 5 lose 4, which has not noticed, and elect 5. It gets 1's promise of epoch 2; what it
  // says to 3 is lost.
  for (const id of ["1", "3", "5"]) lose(id, "4");
  settle(["1", "2", "3", "5"]);
  for (let round = 0; round < 2; round++) {
    cluster.tick(["1", "3", "5"], 1);
    for (let step = 0; step < 6; step++) {
      cluster.deliver("1", "3");
      cluster.deliver("3", "1");
      cluster.deliver("1", "5");
      cluster.deliver("3", "5");
      if (cluster.core("5")?.role.kind !== "LOOKING") continue;
      cluster.deliver("5", "1");
      cluster.deliver("5", "3");
    }
  }
  assert.equal(cluster.core("5")?.role.kind, "LEADING");
  cluster.deliver("5", "1");
  cluster.deliver("1", "5");
  cluster.drop("5", "3");
  assert.equal(cluster.core("1")?.acceptedEpoch, 2);

  // 1 dies with its disk, and 3 loses 5 and returns to 4; 5 notices neither. 4 admits 1 again.
  wires.disconnect("1", "5");
  wires.allow("1", "5", false);
  cluster.crash("1", 0);
  wipe(cluster.stoppedPlatter("1"));
  lose("3", "5");
  relink("3", "4");
  settle(["2", "3", "4"]);
  wires.allow("1", "4", true);
  cluster.input("4", { t: "link", peer: "1", up: false });
  cluster.start("1");
  settle(["1", "2", "3", "4"]);
  pass(["1", "2", "3", "4"], 2);
  assert.equal(cluster.core("1")?.initialized, true);

  // 4 commits 1.2 with 1 and 2, tells its client, and dies before anybody hears of that.
  for (const id of ["4", "2", "1"]) cluster.sever("3", id);
  cluster.propose("4", ["b"]);
  cluster.deliver("4", "1");
  cluster.deliver("4", "2");
  cluster.deliver("1", "4");
  cluster.deliver("2", "4");
  const confirmed = zxidOf(1, 2);
  assert.equal(cluster.core("4")?.commit, confirmed);
  cluster.drop("4", "1");
  cluster.drop("4", "2");

  // 3 comes to 5, which has 1's old promise, 3's and its own.
  relink("3", "5");
  settle(["3", "5"]);
  cluster.crash("4", 0);
  cluster.mend("3", "1");
  cluster.mend("3", "2");
  relink("1", "5");
  pass(cluster.ids, 20);
  const leader = cluster.ids
    .map((id) => cluster.core(id))
    .find((core) => core?.role.kind === "LEADING" && core.role.phase === "BROADCAST");
  assert.ok(leader?.log.entries.some(({ zxid }) => zxid === confirmed));
});
