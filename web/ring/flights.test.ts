// Proves that a transaction is drawn in its order: proposals, acks that do not overtake them, a
// commit that waits for a quorum; also when events are late, early, missing, too many or foreign.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { zxidOf } from "../../game/zxid.js";
import { type TraceEvent, TraceEventSchema } from "../../gen/zabble/v1/cluster_pb.js";
import { createFlights, type Flights, type Scene } from "./flights.js";
import type { SparkShape } from "./sparks.js";

const FOLLOWERS = ["node2", "node3", "node4", "node5"];

/** node1 leads; all are linked. */
const scene: Scene = {
  nodeIds: new Set(["node1", ...FOLLOWERS]),
  quorum: 3,
  followersOf: (nodeId) => (nodeId === "node1" ? FOLLOWERS : []),
};

function event(
  kind: string,
  nodeId: string,
  counter: number,
  rest: MessageInitShape<typeof TraceEventSchema> = {},
): TraceEvent {
  return create(TraceEventSchema, { kind, nodeId, zxid: zxidOf(7, counter), ...rest });
}

const propose = (counter: number): TraceEvent => event("PROPOSE", "node1", counter);
const ack = (nodeId: string, counter: number): TraceEvent => event("ACK", nodeId, counter);
const commit = (counter: number): TraceEvent => event("COMMIT", "node1", counter);

function whole(counter: number): TraceEvent[] {
  const acks = FOLLOWERS.map((nodeId) => ack(nodeId, counter));
  return [propose(counter), ...acks, commit(counter)];
}

interface Sight {
  readonly shape: SparkShape;
  readonly from: string;
  readonly to: string;
  firstMs: number;
  lastMs: number;
}

/** When each spark was first and last under way, looking every 10 ms. */
function sights(flights: Flights, fromMs: number, toMs: number): Sight[] {
  const seen = new Map<string, Sight>();
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 10) {
    for (const { shape, from, to } of flights.drawnAt(nowMs).sparks) {
      const key = `${shape} ${from} ${to}`;
      const sight = seen.get(key) ?? { shape, from, to, firstMs: nowMs, lastMs: nowMs };
      sight.lastMs = nowMs;
      seen.set(key, sight);
    }
  }
  return [...seen.values()];
}

const of = (shape: SparkShape, all: readonly Sight[]): Sight[] =>
  all.filter((one) => one.shape === shape);

test("what happened in a moment is drawn stage by stage", () => {
  const flights = createFlights();
  flights.take(whole(1), 0n, scene, 1000);
  const seen = sights(flights, 1000, 4000);
  for (const [shape, firstMs] of [
    ["dot", 1000],
    ["ring", 1350],
    ["diamond", 1700],
  ] as const) {
    const sparks = of(shape, seen);
    assert.equal(sparks.length, 4, shape);
    assert.ok(sparks.every((one) => one.firstMs === firstMs && one.lastMs === firstMs + 340));
    const ends = sparks.map(({ from, to }) => (shape === "ring" ? [to, from] : [from, to]));
    assert.deepEqual(
      ends,
      FOLLOWERS.map((nodeId) => ["node1", nodeId]),
    );
  }
  assert.ok(!flights.isMoving(4000));
});

test("the leader flashes as the commit leaves it", () => {
  const flights = createFlights();
  flights.take(whole(1), 0n, scene, 0);
  assert.deepEqual(flights.drawnAt(690).flashes, []);
  assert.deepEqual(flights.drawnAt(700).flashes, [{ nodeId: "node1", done: 0 }]);
  assert.deepEqual(flights.drawnAt(1150).flashes, []);
});

test("a commit waits until a quorum of acks has landed, however early it was heard of", () => {
  const flights = createFlights();
  flights.take([propose(1), ack("node2", 1), commit(1)], 0n, scene, 0);
  flights.take([ack("node3", 1)], 0n, scene, 600);
  const [diamond] = of("diamond", sights(flights, 0, 3000));
  assert.equal(diamond?.firstMs, 950);
});

test("a commit whose acks were left out comes just after their stage", () => {
  const flights = createFlights();
  flights.take([propose(1), commit(1)], 0n, scene, 0);
  const [diamond] = of("diamond", sights(flights, 0, 3000));
  assert.equal(diamond?.firstMs, 850);
});

test("of acks that were left out in part, the commit waits for those that are under way", () => {
  const flights = createFlights();
  flights.take([propose(1), commit(1)], 0n, scene, 0);
  flights.take([ack("node2", 1)], 0n, scene, 800);
  const [diamond] = of("diamond", sights(flights, 800, 3000));
  assert.equal(diamond?.firstMs, 1150);
});

test("a commit that is heard of late is drawn then", () => {
  const flights = createFlights();
  flights.take(whole(1).slice(0, -1), 0n, scene, 0);
  flights.take([commit(1)], 0n, scene, 1500);
  const [diamond] = of("diamond", sights(flights, 1500, 3000));
  assert.equal(diamond?.firstMs, 1500);
});

test("a node alone commits by itself", () => {
  const flights = createFlights();
  const alone: Scene = { nodeIds: new Set(["node1"]), quorum: 1, followersOf: () => [] };
  flights.take([propose(1), commit(1)], 0n, alone, 0);
  assert.equal(flights.drawnAt(340).flashes.length, 0);
  assert.equal(flights.drawnAt(350).flashes.length, 1);
  assert.ok(!flights.isMoving(1000));
});

test("an ack counts up to its zxid, the first that covers is drawn, also if it came before", () => {
  const flights = createFlights();
  flights.take([ack("node2", 5), ack("node3", 2)], 0n, scene, 0);
  flights.take([propose(3)], 0n, scene, 50);
  flights.take([ack("node4", 9)], 0n, scene, 500);
  flights.take([ack("node4", 10)], 0n, scene, 700);
  const rings = of("ring", sights(flights, 50, 2000));
  assert.deepEqual(
    rings.map(({ from, firstMs }) => [from, firstMs]),
    [
      ["node2", 400],
      ["node4", 500],
    ],
  );
});

test("what another epoch acked or committed says nothing of this one", () => {
  const flights = createFlights();
  flights.take([event("ACK", "node2", 0, { zxid: zxidOf(9, 1) }), propose(3)], 0n, scene, 0);
  flights.take([event("COMMIT", "node1", 0, { zxid: zxidOf(8, 0) })], 0n, scene, 50);
  const seen = sights(flights, 0, 3000);
  assert.equal(of("ring", seen).length, 0);
  assert.equal(of("diamond", seen).length, 0);
});

test("a proposal that never commits is given up", () => {
  const flights = createFlights();
  flights.take([propose(1), ack("node2", 1)], 0n, scene, 0);
  assert.ok(flights.isMoving(2000));
  assert.ok(!flights.isMoving(2500));
});

test("only nodes that are linked get a spark, and only they send one back", () => {
  const flights = createFlights();
  const torn: Scene = { ...scene, followersOf: () => ["node2", "node3"] };
  flights.take(whole(1), 0n, torn, 0);
  const seen = sights(flights, 0, 3000);
  assert.deepEqual(
    of("dot", seen).map(({ to }) => to),
    ["node2", "node3"],
  );
  assert.deepEqual(
    of("ring", seen).map(({ from }) => from),
    ["node2", "node3"],
  );
});

test("of many at once a handful is drawn, one after the other, and the rest is told", () => {
  const flights = createFlights();
  const many = Array.from({ length: 60 }, (_, index) => whole(index + 1));
  flights.take(many.flat(), 0n, scene, 0);
  assert.equal(flights.told(0), "1 of 12 commits is drawn");
  assert.equal(flights.drawnAt(0).sparks.length, 4);
  assert.equal(flights.drawnAt(140).sparks.length, 8);
  const most = Math.max(
    ...Array.from({ length: 300 }, (_, at) => flights.drawnAt(at * 10).sparks.length),
  );
  assert.ok(most <= 5 * 4, String(most));
  assert.ok(!flights.isMoving(3000));
});

test("a stream without end leaves no more behind than a handful", () => {
  const flights = createFlights();
  for (let batch = 0; batch < 2000; batch++) {
    flights.take(whole(batch + 1), 0n, scene, batch * 50);
    assert.ok(flights.drawnAt(batch * 50).sparks.length <= 20);
  }
  assert.match(flights.told(100_000), /^1 of \d commits is drawn$/);
  assert.ok(!flights.isMoving(103_000));
});

test("when all is drawn that is told, and what servers left out with it", () => {
  const flights = createFlights();
  assert.equal(flights.told(0), "no commit in the last 5 s");
  flights.take(whole(1), 0n, scene, 0);
  flights.take(whole(2), 0n, scene, 1500);
  assert.equal(flights.told(1500), "every commit is drawn");
  flights.take([], 9n, scene, 1600);
  assert.equal(flights.told(1600), "every commit is drawn, 9 other events are not");
  assert.deepEqual(flights.counts(1600), {
    ...{ proposals: 2, acks: 8, commits: 2, drawn: 2, leftOut: 9 },
  });
});

test("nodes and kinds that are not known leave no trace", () => {
  const flights = createFlights();
  const foreign = [
    event("PROPOSE", "node9", 1),
    event("COMMIT", "node9", 1),
    event("NEW", "node1", 1),
  ];
  const vote = event("VOTE", "node1", 1, { peerId: "node9" });
  flights.take([...foreign, vote], 0n, scene, 0);
  assert.ok(!flights.isMoving(0));
  assert.equal(flights.counts(0).proposals, 0);
});

test("a vote is drawn too", () => {
  const flights = createFlights();
  flights.take([event("VOTE", "node2", 1, { peerId: "node1" })], 0n, scene, 0);
  assert.deepEqual(flights.drawnAt(0).sparks, [
    { shape: "triangle", from: "node2", to: "node1", done: 0 },
  ]);
  assert.equal(flights.drawnAt(0).words.get("node2"), "votes for node1");
  assert.ok(flights.isMoving(1000));
});
