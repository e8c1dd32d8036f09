// Proves the watcher's promise for every interleaving: each snapshot and each transaction continues
// exactly where the last message ended, nothing twice, nothing left out, and no more waits than the
// queue may hold; a long queue leaves in pieces, each of which says no more than it holds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import type { Transaction } from "../game/transaction.js";
import { NodeStatusSchema } from "../gen/zabble/v1/cluster_pb.js";
import { burstOf, jsonMessages } from "./watch-encoding.js";
import { createWatcher } from "./watcher.js";

const QUEUE_MAX = 5;
const PIECE_MAX = 3;
const STATUS = create(NodeStatusSchema);

function transactionAt(zxid: bigint): Transaction {
  const event = { type: "LeaderEstablished", epoch: 0, nodeId: "node1" } as const;
  return { zxid, prev: zxid - 1n, time: 0, requestId: "", events: [event] };
}

/** The node, as far as a watcher sees it: transactions are the numbers 1, 2, 3, ... */
function createNode(startAt: bigint) {
  let applied = startAt;
  const watcher = createWatcher({
    encoding: jsonMessages,
    turns: { take: (run) => run() },
    backlogTurns: { take: (run) => run() },
    pieceMax: PIECE_MAX,
    queueMax: QUEUE_MAX,
    status: STATUS,
    applied: () => applied,
    snapshot: () => ({ zxid: applied, rooms: [] }),
  });
  return {
    watcher,
    applied: () => applied,
    /** `wanted` of these transactions concern the watcher: the last ones. */
    apply(count: number, wanted: number) {
      const all = Array.from({ length: count }, (_, index) =>
        transactionAt(applied + BigInt(index) + 1n),
      );
      applied += BigInt(count);
      const burst = burstOf(all.slice(count - Math.min(wanted, count)));
      if (burst !== undefined) watcher.onBurst(burst);
      return burst?.transactions ?? [];
    },
    reset() {
      applied += 1n;
      watcher.onReset();
    },
  };
}

type Step =
  | { readonly kind: "apply"; readonly count: number; readonly wanted: number }
  | { readonly kind: "take" | "status" | "reset" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("apply" as const),
    count: fc.integer({ min: 1, max: 4 }),
    wanted: fc.integer({ min: 0, max: 4 }),
  }),
  fc.record({ kind: fc.constantFrom("take", "take", "status", "reset" as const) }),
) as fc.Arbitrary<Step>;

test("whatever happens, a watcher can fold what it is sent", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.bigInt(0n, 12n), (steps, from) => {
      const node = createNode(4n);
      // Before 4 is too far back, after it the client is ahead of the node.
      node.watcher.resume(from, from < 4n ? undefined : []);
      /** What a client holds: everything up to `seen`; and what it must be sent next, in order. */
      let seen = from;
      let owed: bigint[] = [];

      const take = (): void => {
        const { message } = node.watcher.take();
        if (message.case === "snapshot") {
          seen = message.value.zxid;
          assert.equal(seen, node.applied());
          owed = [];
        } else if (message.case === "committed") {
          const sent = message.value.transactions.map(({ counter }) => BigInt(counter));
          assert.deepEqual(sent, owed.splice(0, sent.length));
          assert.ok(sent.length <= PIECE_MAX);
          assert.ok(message.value.zxid >= seen, "never back");
          seen = message.value.zxid;
          if (owed.length === 0) assert.ok(seen >= node.applied());
          for (const later of owed) assert.ok(later > seen, "never beyond what it holds");
        }
      };
      for (const next of steps) {
        if (next.kind === "apply") {
          const wanted = node.apply(next.count, next.wanted).map(({ zxid }) => zxid);
          owed.push(...wanted.filter((zxid) => zxid > seen));
        } else if (next.kind === "reset") {
          node.reset();
        } else if (next.kind === "status") {
          node.watcher.onStatus(STATUS);
        } else {
          take();
        }
      }
      // Snapshot or not, status, transactions in pieces: then nothing may be owed.
      for (let takes = 0; takes < 2 + QUEUE_MAX; takes += 1) take();
      assert.deepEqual(owed, []);
    }),
    { numRuns: 2000 },
  );
});

test("one more than a full queue gives way to a snapshot", () => {
  const node = createNode(1n);
  node.watcher.resume(1n, []);
  node.watcher.take();
  node.apply(QUEUE_MAX, QUEUE_MAX);
  node.apply(1, 1);
  assert.equal(node.watcher.take().message.case, "snapshot");
});

test("nothing is queued until that snapshot is taken", () => {
  const node = createNode(1n);
  node.watcher.resume(1n, []);
  node.watcher.take();
  for (let bursts = 0; bursts < 1000; bursts += 1) node.apply(4, 4);
  const { message } = node.watcher.take();
  assert.equal(message.case, "snapshot");
  node.apply(1, 1);
  const next = node.watcher.take().message;
  assert.ok(next.case === "committed");
  assert.equal(next.value.transactions.length, 1);
});

/** The transactions of the next message, and how far it says that the watcher has seen. */
function takeCommitted({ watcher }: ReturnType<typeof createNode>) {
  const { message } = watcher.take();
  assert.ok(message.case === "committed");
  const { transactions, zxid } = message.value;
  return [transactions.map(({ counter }) => counter), Number(zxid)];
}

test("a queue that is exactly full is sent whole, piece by piece", () => {
  const node = createNode(1n);
  node.watcher.resume(1n, []);
  node.watcher.take();
  node.apply(QUEUE_MAX - 1, QUEUE_MAX);
  node.apply(1, 0);
  node.apply(1, 1);
  assert.deepEqual(takeCommitted(node), [[2, 3, 4], 4]);
  assert.deepEqual(takeCommitted(node), [[5, 7], 7], "the last one tells of other rooms, too");
});

test("one burst larger than the queue still reaches a watcher that keeps up", () => {
  const node = createNode(1n);
  node.watcher.resume(1n, []);
  node.watcher.take();
  node.apply(QUEUE_MAX * 2, QUEUE_MAX * 2);
  assert.deepEqual(takeCommitted(node), [[2, 3, 4], 4]);
  assert.deepEqual(takeCommitted(node), [[5, 6, 7], 7]);
  assert.deepEqual(takeCommitted(node), [[8, 9, 10], 10]);
  assert.deepEqual(takeCommitted(node), [[11], 11]);
});

test("what was missed leaves in bursts that fit into a message, and then what comes", () => {
  const node = createNode(6n);
  const bursts = [[2n, 3n], [4n], [5n, 6n]].map((zxids) => burstOf(zxids.map(transactionAt)));
  node.watcher.resume(
    1n,
    bursts.filter((burst) => burst !== undefined),
  );
  node.watcher.take();
  assert.deepEqual(takeCommitted(node), [[2, 3, 4], 4]);
  assert.deepEqual(takeCommitted(node), [[5, 6], 6]);
});
