// Proves that a node with holes in its log waits as long as anyone may still have what is missing,
// gives up exactly when a quorum of others does not, goes without old entries only after a while,
// and does nothing more once it is over.
import assert from "node:assert/strict";
import test from "node:test";
import { createMemoryLog, createRepairRig, holeIn, sourceOf } from "./repair-rig.testing.js";
import type { Held } from "./store/storage.js";
import { chain, range } from "./store/store.testing.js";

const LOG = chain([...range(1, 0, 9), ...range(2, 0, 5)]);
const THREE = ["a", "b", "c"];

const everything = sourceOf(() => LOG);
const nothing = sourceOf(() => LOG.slice(0, 2));

test("it waits and says for whom, until a quorum of others does not have it", () => {
  const rig = createRepairRig(["a", "b", "c", "d", "e"], 3);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 3, 5)]);
  for (const id of ["b", "c", "d"]) rig.answers(id, nothing);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.link("a", "c");
  rig.pass(60_000);
  assert.equal(rig.outcomes.size, 0, "two of four others are no quorum");
  const said = rig.log.filter((line) => line.includes("waits for entries"));
  assert.ok(said.length >= 11 && said.length <= 12, `${said.length} times in a minute`);
  assert.match(said[0] ?? "", /lines=3-5 after=1.2 upTo=1.5 .*waitsFor=d e without=b c/);
  rig.link("a", "d");
  rig.settle();
  const outcome = rig.outcomes.get("a");
  assert.ok(outcome?.kind === "hopeless");
  assert.match(outcome.why, /b, c, d do not have what is missing in log.db/);
});

test("the word of a node that may have forgotten is no proof", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 3, 5)]);
  rig.answers("b", nothing);
  rig.answers("c", nothing, false);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.link("a", "c");
  rig.pass(60_000);
  assert.equal(rig.outcomes.size, 0);
  assert.ok(rig.sent.includes("c>a fetched unreadable"));
});

test("old entries that nobody has are left out, and the rest is repaired", () => {
  const rig = createRepairRig(THREE, 2);
  const holes = [holeIn(LOG, 2, 4, false), holeIn(LOG, 6, 7, false), holeIn(LOG, 11, 12)];
  const damaged = createMemoryLog(LOG, holes);
  rig.answers(
    "b",
    sourceOf(() => LOG.slice(5)),
  );
  rig.repairs("a", damaged);
  rig.answers(
    "c",
    sourceOf(() => LOG.slice(5)),
  );
  rig.link("a", "b");
  rig.settle();
  assert.deepEqual(damaged.done, [], "c may have them");
  rig.link("a", "c");
  rig.settle();
  assert.deepEqual(damaged.done, ["leave out", "fill 1", "fill 1"]);
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
  assert.match(rig.log.join("\n"), /the log begins later: nobody has these old entries/);
});

test("old entries hold nobody up for long", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 4, false)]);
  rig.repairs("a", damaged);
  rig.pass(9500);
  assert.equal(rig.outcomes.size, 0);
  rig.pass(1000);
  assert.deepEqual(damaged.done, ["leave out"]);
});

test("nor do many of them, but what a peer does have is fetched", () => {
  const rig = createRepairRig(THREE, 2);
  const holes = [1, 3, 5, 7].map((at) => holeIn(LOG, at, at + 1, false));
  const damaged = createMemoryLog(LOG, holes);
  rig.answers(
    "b",
    sourceOf(() => LOG.slice(6)),
  );
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.pass(9500);
  assert.deepEqual(damaged.done, [], "c may have them");
  rig.pass(1500);
  assert.deepEqual(damaged.done, ["leave out", "leave out", "leave out", "fill 1"]);
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
});

test("entries that do not fit the damaged bytes show that something else was lost, too", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 4)]);
  damaged.fits = false;
  rig.answers("b", everything);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.settle();
  assert.equal(rig.outcomes.get("a")?.kind, "hopeless");
});

test("the only other voter decides alone whether there is hope", () => {
  const rig = createRepairRig(["a", "b"], 2);
  rig.answers("b", nothing);
  rig.repairs("a", createMemoryLog(LOG, [holeIn(LOG, 3, 5)]));
  rig.link("a", "b");
  rig.settle();
  assert.equal(rig.outcomes.get("a")?.kind, "hopeless");
});

test("the word of a node that repairs its own log is a proof, too", () => {
  const rig = createRepairRig(THREE, 2);
  // Neither has what the other lacks, and b waits for c, to which it has no link.
  rig.repairs("a", createMemoryLog(LOG.slice(4), [holeIn(LOG, 7, 9)]));
  rig.repairs("b", createMemoryLog(LOG.slice(0, 6), [holeIn(LOG, 2, 4)]));
  rig.answers("c", nothing);
  rig.link("a", "b");
  rig.link("a", "c");
  rig.pass(3000);
  assert.equal(rig.outcomes.get("a")?.kind, "hopeless");
});

test("old entries that come slowly are waited for", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 9, false)]);
  let known = 4;
  rig.answers(
    "b",
    sourceOf(() => LOG.slice(0, known)),
  );
  rig.repairs("a", damaged);
  rig.link("a", "b");
  for (known = 5; known < 9; known++) rig.pass(4000);
  assert.deepEqual(damaged.done, [], "the last came less than ten seconds ago");
  known = LOG.length;
  rig.pass(2000);
  assert.deepEqual(damaged.done, ["fill 7"]);
});

test("who has just come is asked before old entries are left out", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 4, false)]);
  rig.answers("b", everything);
  rig.repairs("a", damaged);
  rig.pass(9900);
  rig.link("a", "b");
  rig.pass(100);
  assert.deepEqual(damaged.done, ["fill 2"]);
});

test("while it writes, nothing else is asked or decided", () => {
  const rig = createRepairRig(THREE, 2);
  const holes = [holeIn(LOG, 2, 4, false), holeIn(LOG, 6, 7, false), holeIn(LOG, 11, 13)];
  const damaged = createMemoryLog(LOG, holes);
  damaged.slow = true;
  rig.answers("c", everything);
  rig.repairs("a", damaged);
  rig.pass(12_000);
  assert.deepEqual(damaged.done, ["leave out"]);
  damaged.sync();
  rig.pass(250);
  assert.deepEqual(damaged.done, ["leave out", "leave out"]);
  rig.link("a", "c");
  rig.pass(3000);
  assert.deepEqual(rig.sent, []);
  damaged.sync();
  rig.pass(3000);
  assert.deepEqual(damaged.done.slice(2), ["fill 2"]);
  assert.equal(rig.outcomes.size, 0);
  damaged.sync();
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
});

test("an answer about entries that were given up says nothing of the next hole", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 4, false), holeIn(LOG, 11, 13)]);
  const { zxid, crc } = LOG[1] ?? assert.fail();
  const want = { after: { zxid, crc }, below: (LOG[4]?.zxid ?? 0n) + 1n };
  const answer = (held: Held) => {
    rig.linksOf("b").send("a", [{ t: "fetched", want, held }]);
    rig.settle();
  };
  rig.answers("c", nothing);
  rig.repairs("a", damaged);
  rig.pass(8500);
  rig.link("a", "b");
  answer({ entries: [], lack: "unreadable" });
  // It is asked once more, and so many seconds are over before it answers.
  rig.pass(1500);
  assert.deepEqual(damaged.done, ["leave out"]);
  rig.link("a", "c");
  answer({ entries: LOG.slice(2, 5), lack: undefined });
  rig.pass(3000);
  assert.equal(rig.outcomes.size, 0, "b may have what is missing there");
});

test("once it is over, nothing more is asked, said or decided", () => {
  const rig = createRepairRig(THREE, 2);
  for (const id of ["b", "c"]) rig.answers(id, nothing);
  rig.repairs("a", createMemoryLog(LOG, [holeIn(LOG, 3, 5)]), false);
  rig.link("a", "b");
  rig.link("a", "c");
  rig.settle();
  const outcome = rig.outcomes.get("a");
  assert.equal(outcome?.kind, "hopeless");
  const [sent, said] = [rig.sent.length, rig.log.length];
  rig.cut("a", "b");
  rig.link("a", "b");
  const { zxid, crc } = LOG[0] ?? assert.fail();
  rig.linksOf("b").send("a", [{ t: "fetch", want: { after: { zxid, crc }, below: 2n ** 63n } }]);
  rig.pass(20_000);
  rig.settle();
  assert.deepEqual([rig.sent.length, rig.log.length], [sent + 1, said]);
  assert.equal(rig.outcomes.get("a"), outcome);
});

test("who gives up while a hole is written is told nothing", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 4)]);
  damaged.slow = true;
  damaged.fits = false;
  rig.answers("b", everything);
  const { close } = rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.settle();
  assert.deepEqual(damaged.done, ["fill 2"]);
  close();
  damaged.sync();
  assert.equal(rig.outcomes.size, 0);
});
