// Proves of each checker, on a real and healthy cluster, that it is content with the truth and that
// it names each lie that it is there for: one fact about the cluster is changed, and only that.
import assert from "node:assert/strict";
import test from "node:test";
import { createGame } from "../../game/game.js";
import { decodeTransaction, encodeTransaction } from "../../game/transaction.js";
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import type { Core } from "../../nodes/zab/core.js";
import type { Entry } from "../../nodes/zab/entry.js";
import { type Zxid, zxidOf } from "../../nodes/zab/zxid.js";
import { ackHonesty } from "./checkers/ack-honesty.js";
import type { CheckContext, Checker } from "./checkers/checker.js";
import { clientHistory } from "./checkers/client-history.js";
import { delivery } from "./checkers/delivery.js";
import { determinism } from "./checkers/determinism.js";
import { durableQuorum } from "./checkers/durable-quorum.js";
import { leaderCompleteness } from "./checkers/leader-completeness.js";
import { leadership } from "./checkers/leadership.js";
import { truncation } from "./checkers/truncation.js";
import { createCommittedLog } from "./committed-log.js";
import { createHistory } from "./history.js";
import { createPrng } from "./prng.js";
import { createSimCluster, type SimNode } from "./sim-cluster.js";
import type { Platter } from "./sim-disk.js";
import { Violation } from "./violation.js";
import { createWorld } from "./world.js";

interface Healthy extends CheckContext {
  readonly leader: SimNode;
  readonly follower: SimNode;
  /** All that is committed, oldest first: the marker 1.0, then 1.1 and 1.2. */
  readonly log: readonly Entry[];
}

function healthyCluster(): Healthy {
  const world = createWorld();
  const network = { delayMeanMs: 0.1, resetChance: 0, unordered: false };
  const cluster = createSimCluster(world, createPrng(1), {
    nodes: 3,
    disk: { syncMeanMs: 0.1, stallChance: 0 },
    network: { ...network, dropChance: 0, repeatChance: 0 },
    logTailEntries: 1000,
    snapshotEntries: 1000,
    counterMax: 1000,
    windowEntries: 1000,
    framesInFlight: 2,
  });
  for (const node of cluster.nodes) cluster.start(node);
  const run = (): void => world.run(world.nowMs + 1000, () => {});
  run();
  const pick = (kind: Core["role"]["kind"]): SimNode =>
    cluster.nodes.find((node) => node.running?.node.core.role.kind === kind) ??
    assert.fail(`nobody is ${kind}`);
  for (const requestId of ["r1", "r2"]) {
    const wish = { type: "SetTarget", room: "lobby", player: "alice", value: 1 } as const;
    pick("LEADING").running?.node.submit({ ...wish, requestId }, 1000, () => {});
    run();
  }
  const committed = createCommittedLog();
  const log = pick("LEADING").platter.entries;
  assert.equal(log.length, 3);
  committed.confirm(log, "node");
  return { cluster, committed, log, leader: pick("LEADING"), follower: pick("FOLLOWING") };
}

/** The same node, but for some of what its core believes. */
function withCore(node: SimNode, changes: Partial<Core>): SimNode {
  const { running } = node;
  if (running === undefined) throw new Error(`${node.id} is down`);
  const core = { ...running.node.core, ...changes };
  return { ...node, running: { ...running, node: { ...running.node, core } } };
}

/** The same node, but for some of what its disk holds. */
function withPlatter(node: SimNode, changes: Partial<Platter>): SimNode {
  return { ...node, platter: { ...node.platter, ...changes } };
}

function breaks(invariant: string, act: () => void): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof Violation, String(error));
    assert.equal(error.invariant, invariant, error.what);
    return true;
  });
}

function entryAfter(log: readonly Entry[], zxid: Zxid): Entry {
  const { text = "", crc = 0 } = log.at(-1) ?? {};
  return { zxid, text, crc: crc ^ 1 };
}

test("every checker is content with a healthy cluster", () => {
  const healthy = healthyCluster();
  const { cluster, log } = healthy;
  const checkers: Checker[] = [
    durableQuorum(healthy),
    ackHonesty(),
    leadership(),
    leaderCompleteness(healthy),
    delivery(healthy),
    truncation(healthy),
    determinism(healthy),
    clientHistory(healthy, createHistory()),
  ];
  for (const checker of checkers) {
    for (const node of cluster.nodes) {
      checker.onWrite?.(node, [{ kind: "append", entries: log }]);
      checker.onSend?.(node, "any", [{ t: "ack", epoch: 1, zxid: zxidOf(1, 2) }]);
      checker.onStart?.(node);
      checker.onInstalled?.(node);
      checker.afterEvent?.(node);
    }
    checker.atEnd?.();
  }
});

test("the committed log refuses another content, and what comes behind", () => {
  const { committed, log } = healthyCluster();
  breaks("PrefixConsistency", () => committed.confirm([entryAfter(log, zxidOf(1, 2))], "liar"));
  committed.confirm([entryAfter(log, zxidOf(2, 0))], "node");
  breaks("TotalOrder", () => committed.confirm([entryAfter(log, zxidOf(1, 3))], "liar"));
});

test("two leaders of one epoch", () => {
  const { leader } = healthyCluster();
  const checker = leadership();
  checker.afterEvent?.(leader);
  breaks("Leadership2", () => checker.afterEvent?.({ ...leader, id: "rival" }));
});

test("a promise that goes back, or changes its owner", () => {
  const { leader, follower } = healthyCluster();
  const checker = leadership();
  checker.afterEvent?.(follower);
  Object.assign(follower.platter, { promisedTo: "rival" });
  breaks("PromiseUniqueness", () => checker.afterEvent?.(follower));
  checker.afterEvent?.(leader);
  Object.assign(leader.platter, { acceptedEpoch: 0 });
  breaks("EpochMonotonicity", () => checker.afterEvent?.(leader));
});

test("a leader that lacks what is committed, or has not delivered it", () => {
  const healthy = healthyCluster();
  const { leader, committed, log } = healthy;
  const role = leader.running?.node.core.role;
  if (role?.kind !== "LEADING") throw new Error("it does not lead");
  const next = { ...role, epoch: 2 };
  const late = withCore(leader, { role: next, delivered: zxidOf(1, 1) });
  breaks("PrimaryIntegrity", () => leaderCompleteness(healthy).afterEvent?.(late));
  committed.confirm([entryAfter(log, zxidOf(1, 3))], "node");
  const lacking = withCore(leader, { role: next });
  breaks("LeaderLogCompleteness", () => leaderCompleteness(healthy).afterEvent?.(lacking));
  leaderCompleteness(healthy).afterEvent?.(leader);
});

test("a delivery that nobody committed, out of order, or of another content", () => {
  const healthy = healthyCluster();
  const { follower, log } = healthy;
  const [, one, two] = log.map((entry) => decodeTransaction(entry.text));
  assert.ok(one !== undefined && two !== undefined);
  const fresh = (zxid: Zxid): Checker => {
    const checker = delivery(healthy);
    const { running } = follower;
    if (running === undefined) throw new Error("it is down");
    const game = { ...createGame(), zxid };
    const node = { ...running.node, game: () => game };
    checker.onStart?.({ ...follower, running: { ...running, node } });
    return checker;
  };
  const apply = (transaction: typeof one) => () => {
    const checker = delivery(healthy);
    checker.onApplied?.(follower, [transaction]);
  };
  breaks("TotalOrder", apply(one));
  const marker = decodeTransaction(log[0]?.text ?? "");
  breaks("Integrity", apply({ ...marker, time: marker.time + 1 }));
  breaks("PrefixConsistency", () => fresh(zxidOf(7, 7)));
  const beyond = delivery(healthy);
  beyond.onApplied?.(follower, [marker, one, two]);
  const next = { ...two, zxid: zxidOf(1, 3), prev: zxidOf(1, 2) };
  breaks("Integrity", () => beyond.onApplied?.(follower, [next]));
});

test("a zxid of two contents, and the loss of what is committed", () => {
  const healthy = healthyCluster();
  const { follower, log } = healthy;
  const checker = truncation(healthy);
  checker.onWrite?.(follower, [{ kind: "append", entries: log }]);
  const other = { kind: "append", entries: [entryAfter(log, zxidOf(1, 2))] } as const;
  breaks("LogMatching", () => checker.onWrite?.(follower, [other]));
  const cut = { kind: "truncate", to: zxidOf(1, 1) } as const;
  breaks("CommittedLogDurability", () => checker.onWrite?.(follower, [cut]));
  const snapshot = { zxid: zxidOf(5, 5), crc: 1, epochEnds: [], chunks: [] };
  const reset = { kind: "reset", snapshot } as const;
  breaks("CommittedLogDurability", () => checker.onWrite?.(follower, [reset]));
});

test("a state that differs at the same zxid", () => {
  const healthy = healthyCluster();
  const { follower } = healthy;
  const { running } = follower;
  assert.ok(running !== undefined);
  const game = { ...running.node.game(), time: 5 };
  const node = { ...running.node, game: () => game };
  const liar = { ...follower, running: { ...running, node } };
  breaks("Determinism", () => determinism(healthy).onInstalled?.(liar));
});

test("what is applied before it is on disk, and what is committed on too few", () => {
  const healthy = healthyCluster();
  const { leader, cluster, log } = healthy;
  const hasty = withCore(leader, { durable: zxidOf(1, 1) });
  breaks("Bounds", () => durableQuorum(healthy).afterEvent?.(hasty));
  const unconfirmed = { ...healthy, committed: createCommittedLog() };
  for (const node of cluster.nodes) {
    if (node !== leader) Object.assign(node.platter, { entries: log.slice(0, 2) });
  }
  breaks("DurableQuorum", () => durableQuorum(unconfirmed).afterEvent?.(leader));
});

const CLAIMS: readonly (readonly [string, PeerMessage, (node: SimNode) => SimNode])[] = [
  [
    "an ack of what is not on disk",
    { t: "ack", epoch: 1, zxid: zxidOf(1, 2) },
    (node) => withPlatter(node, { entries: node.platter.entries.slice(0, 2) }),
  ],
  [
    "an ack behind a promise",
    { t: "ack", epoch: 1, zxid: zxidOf(1, 2) },
    (node) => withCore(node, { acceptedEpoch: 2 }),
  ],
  [
    "a promise that is not on disk",
    {
      t: "ackEpoch",
      attempt: 1,
      epoch: 2,
      counts: true,
      last: zxidOf(1, 2),
      epochEnds: [],
      base: 0n,
    },
    (node) => node,
  ],
  [
    "a report of what is not on disk",
    {
      t: "ackEpoch",
      attempt: 1,
      epoch: 1,
      counts: true,
      last: zxidOf(1, 3),
      epochEnds: [],
      base: 0n,
    },
    (node) => node,
  ],
  [
    "an epoch that was promised to another",
    { t: "newEpoch", attempt: 1, epoch: 1 },
    (node) => withPlatter(node, { promisedTo: "rival" }),
  ],
  [
    "a welcome outside its epoch",
    { t: "upToDate", epoch: 2, commit: zxidOf(1, 2) },
    (node) => node,
  ],
];

for (const [what, msg, change] of CLAIMS) {
  test(`the sending of ${what}`, () => {
    const liar = change(healthyCluster().leader);
    breaks("AckHonesty", () => ackHonesty().onSend?.(liar, "node9", [msg]));
  });
}

test("clients that were told what the log does not bear out", () => {
  const healthy = healthyCluster();
  const { committed, log } = healthy;
  const judge = (change: (history: ReturnType<typeof createHistory>) => void) => () => {
    const history = createHistory();
    change(history);
    clientHistory(healthy, history).atEnd?.();
  };
  const one = { requestId: "r1", newestBefore: 0n, outcome: "ok", zxid: zxidOf(1, 1) } as const;
  judge((history) => history.operations.push({ ...one }))();
  breaks(
    "AcknowledgedSurvives",
    judge((history) => history.operations.push({ ...one, requestId: "r9" })),
  );
  breaks(
    "AcknowledgedSurvives",
    judge((history) => history.operations.push({ ...one, zxid: zxidOf(1, 2) })),
  );
  breaks(
    "RealTime",
    judge((history) => history.operations.push({ ...one, newestBefore: zxidOf(1, 2) })),
  );
  breaks(
    "RefusalIsFinal",
    judge((history) => history.operations.push({ ...one, outcome: "refused" })),
  );
  breaks(
    "LinearizableRead",
    judge((history) => history.reads.push({ newestBefore: zxidOf(1, 2), zxid: zxidOf(1, 1) })),
  );
  const again = decodeTransaction(log[1]?.text ?? "");
  const zxid = zxidOf(1, 3);
  const text = encodeTransaction({ ...again, zxid });
  committed.confirm([{ zxid, text, crc: 1 }], "node");
  breaks(
    "ExactlyOnce",
    judge(() => {}),
  );
});
