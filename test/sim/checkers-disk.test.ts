// Proves of the checkers of logs, promises, disks and quorums that each names the lie that it is
// there for: one fact about a healthy cluster is changed, and only that.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import type { SnapshotData, WriteOp } from "../../nodes/zab/entry.js";
import { type Zxid, zxidOf } from "../../nodes/zab/zxid.js";
import { ackHonesty } from "./checkers/ack-honesty.js";
import { bounds } from "./checkers/bounds.js";
import type { Checker } from "./checkers/checker.js";
import { committedLogDurability } from "./checkers/committed-log-durability.js";
import { config } from "./checkers/config.js";
import { durableQuorum } from "./checkers/durable-quorum.js";
import { epochMonotonicity } from "./checkers/epoch-monotonicity.js";
import type { Standing } from "./checkers/ledger.js";
import { logMatching } from "./checkers/log-matching.js";
import { noAckBehindPromise } from "./checkers/no-ack-behind-promise.js";
import { noGaps } from "./checkers/no-gaps.js";
import { processConsistency } from "./checkers/process-consistency.js";
import { promiseUniqueness } from "./checkers/promise-uniqueness.js";
import { createCommittedLog } from "./committed-log.js";
import {
  assertTableSays,
  breaks,
  forged,
  healthyCluster,
  withCore,
  withPlatter,
} from "./healthy-cluster.js";
import type { SimNode } from "./sim-cluster.js";

after(() => assertTableSays("checkers-disk.test.ts"));

const LOOKING: Standing = { role: "LOOKING", phase: "ELECTION", epoch: 0, leader: "", attempt: 1 };

function append(...zxids: Zxid[]): WriteOp {
  return { kind: "append", entries: zxids.map(forged) };
}

function truncate(to: Zxid): WriteOp {
  return { kind: "truncate", to };
}

function reset(zxid: Zxid): WriteOp {
  const snapshot: SnapshotData = { zxid, crc: 1, epochEnds: [zxid], chunks: [] };
  return { kind: "reset", snapshot };
}

function write(checker: Checker, node: SimNode, ...ops: WriteOp[]): void {
  checker.onWrite?.(node, ops, 1);
}

test("a zxid of two contents, written or found on a platter", () => {
  const healthy = healthyCluster();
  const { follower, log } = healthy;
  const checker = logMatching(healthy);
  write(checker, follower, { kind: "append", entries: log });
  checker.onStart?.(follower);
  breaks("LogMatching", () => write(checker, follower, append(zxidOf(1, 2))));
  const changed = withPlatter(follower, { entries: [...log.slice(0, 2), forged(zxidOf(1, 2))] });
  breaks("LogMatching", () => checker.onStart?.(changed));
});

test("a log with an entry left out: written, found, delivered or believed", () => {
  const healthy = healthyCluster();
  const { follower, committed, log } = healthy;
  const checker = noGaps(healthy);
  checker.onStart?.(follower);
  checker.afterEvent?.(follower);
  write(checker, follower, append(zxidOf(1, 3), zxidOf(2, 0)));
  write(checker, follower, truncate(zxidOf(1, 1)), append(zxidOf(1, 2)));
  write(checker, follower, reset(zxidOf(3, 1)), append(zxidOf(3, 2)));
  breaks("NoGaps", () => write(checker, follower, append(zxidOf(1, 4))));
  breaks("NoGaps", () => write(checker, follower, append(zxidOf(2, 1))));
  const holed = withPlatter(follower, { entries: log.filter((_, index) => index !== 1) });
  breaks("NoGaps", () => noGaps(healthy).onStart?.(holed));
  const { log: memory } = follower.running?.node.core ?? assert.fail("it is down");
  const longer = { ...memory, entries: [...memory.entries, forged(zxidOf(1, 3))] };
  breaks("NoGaps", () => checker.afterEvent?.(withCore(follower, { log: longer })));
  const [marker, , two] = [0, 1, 2].map((index) => committed.transactionAt(index));
  assert.ok(marker !== undefined && two !== undefined);
  breaks("NoGaps", () => noGaps(healthy).onApplied?.(follower, [marker, two]));
});

test("a follower with what its leader does not have", () => {
  const healthy = healthyCluster();
  const { ledger, leader, follower } = healthy;
  const checker = processConsistency(healthy);
  ledger.of(leader).shape = [zxidOf(1, 3)];
  write(checker, follower, append(zxidOf(1, 3)));
  breaks("ProcessConsistency", () => write(checker, follower, append(zxidOf(1, 4))));
  ledger.of(leader).shape = [zxidOf(1, 1), zxidOf(2, 0)];
  const record = ledger.of(follower);
  for (const one of [ledger.of(leader), record]) one.now = { ...one.now, epoch: 2 };
  breaks("ProcessConsistency", () => write(checker, follower, append(zxidOf(2, 0))));
  record.shape = [zxidOf(1, 1)];
  write(checker, follower, append(zxidOf(2, 0)));
});

test("the loss of what is committed", () => {
  const healthy = healthyCluster();
  const { ledger, follower } = healthy;
  const checker = committedLogDurability(healthy);
  ledger.of(follower).shape = [zxidOf(1, 4)];
  write(checker, follower, truncate(zxidOf(1, 2)));
  write(checker, follower, reset(zxidOf(1, 2)));
  breaks("CommittedLogDurability", () => write(checker, follower, truncate(zxidOf(1, 1))));
  breaks("CommittedLogDurability", () => write(checker, follower, reset(zxidOf(1, 1))));
  breaks("CommittedLogDurability", () => write(checker, follower, reset(zxidOf(5, 5))));
});

test("a promise that goes back, in memory, on a platter, or with an emptied directory", () => {
  const healthy = healthyCluster();
  const { cluster, follower, other } = healthy;
  const checker = epochMonotonicity(healthy);
  checker.afterEvent?.(follower);
  breaks("EpochMonotonicity", () => checker.afterEvent?.(withCore(follower, { acceptedEpoch: 0 })));
  checker.onDurable?.(follower, 1);
  const older = withPlatter(follower, { acceptedEpoch: 0 });
  breaks("EpochMonotonicity", () => checker.onCrash?.(older));
  cluster.crash(other);
  cluster.wipe(other);
  checker.onLoss?.(other);
  checker.onStart?.(other);
  const counts = withPlatter(other, { initialized: true });
  breaks("EpochMonotonicity", () => checker.onStart?.(counts));
});

test("a log that grows shorter without order, or by what its leader began with", () => {
  const healthy = healthyCluster();
  const { ledger, leader, follower } = healthy;
  const checker = epochMonotonicity(healthy);
  const record = ledger.of(follower);
  record.shape = [zxidOf(1, 4)];
  ledger.onRole(leader, { ...ledger.of(leader).now, epoch: 2 });
  record.now = { ...record.now, epoch: 2 };
  write(checker, follower, truncate(zxidOf(1, 2)));
  breaks("EpochMonotonicity", () => write(checker, follower, truncate(zxidOf(1, 1))));
  record.now = LOOKING;
  breaks("EpochMonotonicity", () => write(checker, follower, truncate(zxidOf(1, 2))));
});

test("an epoch that is given to two", () => {
  const healthy = healthyCluster();
  const checker = promiseUniqueness(healthy);
  checker.onStart?.(healthy.follower);
  const fickle = withPlatter(healthy.follower, { promisedTo: "rival" });
  breaks("PromiseUniqueness", () => checker.onDurable?.(fickle, 1));
});

test("an ack after the promise of a later epoch", () => {
  const healthy = healthyCluster();
  const { ledger, leader, follower } = healthy;
  const ack = { t: "ack", epoch: 1, zxid: zxidOf(1, 2) } as const;
  const judge = (): void => noAckBehindPromise(healthy).onSend?.(follower, leader.id, [ack]);
  judge();
  ledger.onWrite(follower, [{ kind: "promise", epoch: 2, to: "rival" }]);
  breaks("NoAckBehindPromise", judge);
});

const REPORT = { t: "ackEpoch", attempt: 1, epoch: 1, counts: true, base: 0n } as const;

/** What is said, and what makes it a lie. Each is true without the change. */
const CLAIMS: readonly (readonly [string, PeerMessage, (node: SimNode) => SimNode])[] = [
  [
    "an ack of what is not on disk",
    { t: "ack", epoch: 1, zxid: zxidOf(1, 2) },
    (node) => withPlatter(node, { entries: node.platter.entries.slice(0, 2) }),
  ],
  [
    "an ack of what is on disk with other words",
    { t: "ack", epoch: 1, zxid: zxidOf(1, 2) },
    (node) => withPlatter(node, { entries: [forged(zxidOf(1, 2))] }),
  ],
  [
    "a promise that is not on disk",
    { ...REPORT, last: zxidOf(1, 2), epochEnds: [zxidOf(1, 2)] },
    (node) => withPlatter(node, { acceptedEpoch: 0 }),
  ],
  [
    "a promise that another has",
    { ...REPORT, last: zxidOf(1, 2), epochEnds: [zxidOf(1, 2)] },
    (node) => withPlatter(node, { promisedTo: "rival" }),
  ],
  [
    "a promise that counts, by who has no vote",
    { ...REPORT, last: zxidOf(1, 2), epochEnds: [zxidOf(1, 2)] },
    (node) => withPlatter(node, { initialized: false }),
  ],
  [
    "a report of what is not on disk",
    { ...REPORT, last: zxidOf(1, 2), epochEnds: [zxidOf(1, 2)] },
    (node) => withPlatter(node, { entries: [] }),
  ],
  [
    "an epoch without a promise to itself",
    { t: "newEpoch", attempt: 1, epoch: 1 },
    (node) => withPlatter(node, { acceptedEpoch: 0 }),
  ],
  [
    "a lower promise than there is",
    { t: "cepoch", attempt: 1, acceptedEpoch: 1, counts: true },
    (node) => withPlatter(node, { acceptedEpoch: 2 }),
  ],
];

for (const [what, msg, change] of CLAIMS) {
  test(`the sending of ${what}`, () => {
    const healthy = healthyCluster();
    const { leader } = healthy;
    const judge = (node: SimNode): void => ackHonesty(healthy).onSend?.(node, leader.id, [msg]);
    judge(leader);
    breaks("AckHonesty", () => judge(change(leader)));
  });
}

test("the sending of a report that leaves something out, and of an empty log that is not", () => {
  const healthy = healthyCluster();
  const { leader } = healthy;
  const tell = (msg: PeerMessage) => () => ackHonesty(healthy).onSend?.(leader, leader.id, [msg]);
  breaks("AckHonesty", tell({ ...REPORT, last: zxidOf(1, 1), epochEnds: [zxidOf(1, 1)] }));
  breaks("AckHonesty", tell({ ...REPORT, last: zxidOf(1, 2), epochEnds: [] }));
  const vote = { leader: leader.id, epoch: 1, zxid: zxidOf(1, 2) };
  const notify = { t: "notify", role: "LOOKING", round: 1, vote, acceptedEpoch: 1 } as const;
  tell({ ...notify, blank: false, empty: false })();
  breaks("AckHonesty", tell({ ...notify, blank: false, empty: true }));
});

test("a commit that too few disks hold, or hold with a vote, or hold no longer", () => {
  const healthy = healthyCluster();
  const { cluster, leader, follower, other, log } = healthy;
  const checker = durableQuorum(healthy);
  const last = log.at(-1) ?? forged(0n);
  const judge = (): void => checker.onCommitted?.(leader, last, 2);
  checker.onCrash?.(follower);
  other.platter.entries = [...log.slice(0, 2)];
  judge();
  follower.platter.initialized = false;
  breaks("DurableQuorum", judge);
  follower.platter.initialized = true;
  checker.onCrash?.(follower);
  follower.platter.entries = [...log.slice(0, 2)];
  breaks("DurableQuorum", judge);
  breaks("DurableQuorum", () => checker.onCrash?.(follower));
  // What the simulator takes away itself is no lie of the node's, neither then nor before.
  follower.platter.entries = [...log];
  cluster.onLoss(follower);
  follower.platter.entries = [];
  checker.onStart?.(follower);
  judge();
});

test("what is applied before it is committed, synced, or on disk at all", () => {
  const healthy = healthyCluster();
  const { leader } = healthy;
  const checker = bounds(healthy);
  checker.afterEvent?.(leader);
  const hasty = { commit: zxidOf(1, 1), durable: zxidOf(1, 1) };
  for (const belief of ["commit", "durable"] as const) {
    const node = withCore(leader, { [belief]: hasty[belief] });
    breaks("Bounds", () => checker.afterEvent?.(node));
  }
  const entries = leader.platter.entries.slice(0, 2);
  breaks("Bounds", () => checker.afterEvent?.(withPlatter(leader, { entries })));
  breaks("Bounds", () => checker.onStart?.(withCore(leader, { commit: zxidOf(1, 3) })));
});

test("a quorum that is none, strangers, promises that do not count, an early vote", () => {
  const healthy = healthyCluster(4);
  const { cluster, ledger, leader, follower, other } = healthy;
  const checker = config(healthy);
  checker.onStart?.(leader);
  const settings = leader.running?.node.core.config ?? assert.fail("it is down");
  const half = withCore(leader, { config: { ...settings, quorum: 2 } });
  breaks("Config", () => checker.onStart?.(half));
  const voters = [...settings.voters.slice(1), "stranger"];
  const foreign = withCore(leader, { config: { ...settings, voters } });
  breaks("Config", () => checker.onStart?.(foreign));
  const role = leader.running?.node.core.role;
  assert.ok(role?.kind === "LEADING");
  const record = ledger.of(leader);
  checker.onRole?.(leader, record);
  const befriended = withCore(leader, { role: { ...role, promised: new Set(["stranger"]) } });
  breaks("Config", () => checker.onRole?.(befriended, record));
  record.now = { ...record.now, phase: "SYNCHRONIZATION" };
  checker.onRole?.(leader, record);
  for (const one of [follower, other]) ledger.of(one).promises.set(1, "rival");
  breaks("Config", () => checker.onRole?.(leader, record));
  checker.onSend?.(leader, other.id, [{ t: "newEpoch", attempt: 1, epoch: 1 }]);
  const admit = (): void => checker.onSend?.(leader, other.id, [{ t: "admit", epoch: 1 }]);
  admit();
  cluster.crash(other);
  cluster.wipe(other);
  breaks("Config", admit);
});

test("a node that takes an old cluster for a new one, or a new one and forgets its promise", () => {
  const healthy = healthyCluster();
  const { cluster, ledger, other } = healthy;
  const initialize: WriteOp = { kind: "initialize" };
  const old = config(healthy);
  const fresh = config({ ...healthy, committed: createCommittedLog() });
  for (const checker of [old, fresh]) checker.onStart?.(other);
  write(old, other, initialize);
  cluster.crash(other);
  cluster.wipe(other);
  ledger.onStart(other);
  breaks("Config", () => write(old, other, initialize));
  write(fresh, other, initialize, { kind: "promise", epoch: 1, to: other.id });
  breaks("Config", () => write(fresh, other, initialize));
  const { lost } = ledger.of(other);
  assert.ok(lost !== undefined);
  // What it promised to itself and told nobody of is no loss.
  Object.assign(lost, { promises: new Map([[2, other.id]]) });
  write(fresh, other, initialize);
});
