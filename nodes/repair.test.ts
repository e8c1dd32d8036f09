// Proves that a node with holes in its log asks whoever may have the entries, one question at a
// time, and takes only what its own chain confirms; that nodes with different holes repair each
// other; and that the links go on. When it gives up is in repair-end.test.ts.
import assert from "node:assert/strict";
import test from "node:test";
import { createMemoryLog, createRepairRig, holeIn, sourceOf } from "./repair-rig.testing.js";
import type { PeerMessage } from "./rpc/peer-message.js";
import type { EntrySource } from "./store/storage.js";
import { chain, range } from "./store/store.testing.js";

const LOG = chain([...range(1, 0, 9), ...range(2, 0, 5)]);
const THREE = ["a", "b", "c"];

const everything = sourceOf(() => LOG);

test("what is missing is fetched, piece by piece, and the giver is named", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 9), holeIn(LOG, 12, 13)]);
  rig.answers("b", everything);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.settle();
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
  assert.deepEqual(damaged.entries, LOG);
  assert.deepEqual(
    rig.sent.filter((line) => line.includes("a>b")),
    ["a>b fetch 1.1", "a>b fetch 1.4", "a>b fetch 1.7", "a>b fetch 2.1"],
    "one question at a time",
  );
  assert.match(rig.log[0] ?? "", /a warn damaged: cannot be read file=log.db lines=2-9 after=1.1/);
  assert.match(rig.log.join("\n"), /a info repaired .* upTo=1.9 entries=7 from=b/);
});

test("a hole across epochs is closed by what the others have between them", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 8, 12)]);
  rig.answers("b", everything);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.settle();
  assert.deepEqual(damaged.done, ["fill 4"]);
});

test("other entries of a foreign end of an epoch are not taken", () => {
  const rig = createRepairRig(THREE, 2);
  const foreign = chain(range(1, 8, 9), LOG[7], "foreign");
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 8, 11)]);
  rig.answers(
    "b",
    sourceOf(() => [...LOG.slice(0, 8), ...foreign]),
  );
  rig.answers("c", everything);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.settle();
  assert.deepEqual([damaged.done, rig.outcomes.size], [[], 0]);
  rig.link("a", "c");
  rig.pass(2000);
  assert.deepEqual(damaged.entries, LOG);
});

test("two that share a foreign end of an epoch do not keep the third from being asked", () => {
  const rig = createRepairRig(["a", "b", "c", "d", "e"], 3);
  const foreign = [...LOG.slice(0, 8), ...chain(range(1, 8, 9), LOG[7], "foreign")];
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 8, 11)]);
  for (const id of ["b", "c"]) {
    rig.answers(
      id,
      sourceOf(() => foreign),
    );
  }
  rig.answers("d", everything);
  rig.repairs("a", damaged);
  for (const id of ["b", "c", "d"]) rig.link("a", id);
  rig.pass(2000);
  assert.deepEqual(damaged.entries, LOG);
});

test("a foreign end of an epoch is not asked for from others when its giver goes", () => {
  const rig = createRepairRig(["a", "b", "c", "d", "e"], 3);
  const long = [...LOG.slice(0, 4), ...chain(range(1, 4, 20), LOG[3], "foreign")];
  rig.answers(
    "b",
    sourceOf(() => long),
  );
  rig.answers("c", everything);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 4, 11)]);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.deliver(2);
  rig.link("a", "c");
  rig.cut("a", "b");
  rig.settle();
  assert.deepEqual(
    rig.sent.filter((line) => line.startsWith("a>")),
    ["a>b fetch 1.3", "a>b fetch 1.6", "a>c fetch 1.3", "a>c fetch 1.6", "a>c fetch 1.9"],
  );
  assert.match(rig.log.join("\n"), / from=c$/);
  assert.deepEqual(damaged.entries, LOG);
});

test("entries that the chain does not confirm are not taken from anyone", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 3, 5)]);
  const lies: EntrySource = {
    fetch: (want, answer) =>
      everything.fetch(want, ({ entries, lack }) => {
        answer({ lack, entries: entries.map((entry) => ({ ...entry, text: "a lie" })) });
      }),
  };
  rig.answers("b", lies);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.pass(20_000);
  assert.deepEqual([damaged.done, rig.outcomes.size], [[], 0]);
});

test("who has nothing is asked again, and gives when it has caught up", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 3, 5)]);
  let held = LOG.slice(0, 2);
  rig.answers(
    "b",
    sourceOf(() => held),
  );
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.settle();
  assert.deepEqual(rig.sent, ["a>b fetch 1.2", "b>a fetched never"], "not at once again");
  rig.pass(10_000);
  assert.equal(rig.outcomes.size, 0);
  held = LOG;
  rig.pass(1500);
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
});

test("two nodes with different holes repair each other", () => {
  const rig = createRepairRig(THREE, 2);
  const [a, b] = [
    createMemoryLog(LOG, [holeIn(LOG, 1, 4), holeIn(LOG, 11, 12)]),
    createMemoryLog(LOG, [holeIn(LOG, 4, 9)]),
  ];
  rig.repairs("a", a);
  rig.repairs("b", b);
  rig.link("a", "b");
  rig.pass(5000);
  assert.deepEqual([a.entries, b.entries], [LOG, LOG]);
});

test("what two have lost is given by the third, in parts by each", () => {
  const rig = createRepairRig(THREE, 2);
  const a = createMemoryLog(LOG, [holeIn(LOG, 2, 8)]);
  const b = createMemoryLog(LOG, [holeIn(LOG, 4, 9)]);
  rig.repairs("a", a);
  rig.repairs("b", b);
  rig.link("a", "b");
  rig.pass(60_000);
  assert.deepEqual([...rig.outcomes.keys()], [], "what both have lost may still come");
  rig.answers("c", everything);
  rig.link("b", "c");
  rig.pass(5000);
  assert.deepEqual([a.entries, b.entries], [LOG, LOG]);
});

test("if a link breaks, the next peer is asked at once", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 4)]);
  for (const id of ["b", "c"]) rig.answers(id, everything);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.link("a", "c");
  rig.cut("a", "b");
  rig.settle();
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
});

test("a link that breaks and a peer that is silent do not end it", () => {
  const rig = createRepairRig(THREE, 2);
  const damaged = createMemoryLog(LOG, [holeIn(LOG, 2, 9)]);
  rig.answers("b", everything);
  rig.answers("c", everything);
  rig.repairs("a", damaged);
  rig.link("a", "b");
  rig.cut("a", "b");
  rig.deafen("b");
  rig.link("a", "b");
  rig.settle();
  assert.equal(rig.outcomes.size, 0);
  rig.link("a", "c");
  rig.pass(700);
  assert.equal(rig.outcomes.size, 0, "b may still answer");
  rig.pass(1000);
  assert.deepEqual(damaged.entries, LOG);
});

test("whoever goes on gets the links as they are", () => {
  const rig = createRepairRig(THREE, 2);
  rig.answers("b", everything);
  rig.answers("c", everything);
  const { handedOver } = rig.repairs("a", createMemoryLog(LOG, [holeIn(LOG, 2, 4)]), false);
  rig.link("a", "b");
  rig.settle();
  assert.equal(rig.outcomes.get("a")?.kind, "whole");
  const heard: string[] = [];
  const pong: PeerMessage = { t: "pong", epoch: 1, n: 1 };
  rig.linksOf("b").send("a", [pong]);
  rig.settle();
  handedOver.start({
    onUp: (peer) => heard.push(`up ${peer}`),
    onDown: (peer) => heard.push(`down ${peer}`),
    onMessages: (peer, messages) => heard.push(`${peer} ${messages.map(({ t }) => t)}`),
  });
  rig.link("a", "c");
  rig.linksOf("b").send("a", [pong]);
  rig.settle();
  rig.cut("a", "b");
  assert.deepEqual(heard, ["up b", "up c", "b pong", "down b"]);
  assert.deepEqual(handedOver.connected(), ["c"]);
});

test("who was asked for too early a place is asked again for a later one", () => {
  const rig = createRepairRig(["a", "b", "c"], 2);
  // b's log begins at 1.4, c's ends at 1.6: neither has all of it, but both together do.
  rig.answers(
    "b",
    sourceOf(() => LOG.slice(4)),
  );
  rig.answers(
    "c",
    sourceOf(() => LOG.slice(0, 7)),
  );
  rig.repairs("a", createMemoryLog(LOG, [holeIn(LOG, 2, 9)]));
  rig.link("a", "b");
  rig.link("a", "c");
  rig.pass(5000);
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
});

test("who had nothing is asked at once when its link comes back", () => {
  const rig = createRepairRig(THREE, 2);
  let theirs = LOG.slice(0, 2);
  rig.answers(
    "b",
    sourceOf(() => theirs),
  );
  rig.repairs("a", createMemoryLog(LOG, [holeIn(LOG, 2, 4)]));
  rig.link("a", "b");
  rig.settle();
  theirs = LOG;
  rig.cut("a", "b");
  rig.link("a", "b");
  rig.settle();
  assert.deepEqual(rig.outcomes.get("a"), { kind: "whole" });
});

test("the link of another breaks: who was asked is not asked twice", () => {
  const rig = createRepairRig(THREE, 2);
  for (const id of ["b", "c"]) rig.answers(id, everything);
  rig.repairs("a", createMemoryLog(LOG, [holeIn(LOG, 2, 4)]));
  rig.link("a", "b");
  rig.link("a", "c");
  rig.cut("a", "c");
  assert.deepEqual(rig.sent, ["a>b fetch 1.1"]);
});

test("an answer that comes after its question was given up says nothing of the next one", () => {
  const rig = createRepairRig(THREE, 2);
  rig.answers(
    "c",
    sourceOf(() => LOG.slice(0, 5)),
  );
  rig.repairs("a", createMemoryLog(LOG, [holeIn(LOG, 2, 9)]));
  rig.link("a", "b");
  rig.pass(1000);
  rig.link("a", "c");
  rig.pass(1000);
  assert.deepEqual(
    rig.sent.filter((line) => line.startsWith("a>")),
    ["a>b fetch 1.1", "a>c fetch 1.1", "a>c fetch 1.4", "a>b fetch 1.4"],
  );
  const { zxid, crc } = LOG[1] ?? assert.fail();
  const want = { after: { zxid, crc }, below: 2n ** 63n };
  const late: PeerMessage = {
    t: "fetched",
    want,
    held: { entries: LOG.slice(2), lack: undefined },
  };
  rig.linksOf("b").send("a", [late]);
  rig.settle();
  assert.equal(rig.outcomes.size, 0, "b may have it still");
});
