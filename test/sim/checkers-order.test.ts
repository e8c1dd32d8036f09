// Proves of the checkers of leaders and of deliveries that each names the lie that it is there for:
// one fact about a healthy cluster is changed, and only that.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import type { Transaction } from "../../game/transaction.js";
import { type Zxid, zxidOf } from "../../nodes/zab/zxid.js";
import { agreement } from "./checkers/agreement.js";
import type { Checker } from "./checkers/checker.js";
import { commitJustification } from "./checkers/commit-justification.js";
import { committedLogMonotonicity } from "./checkers/committed-log-monotonicity.js";
import { globalPrimaryOrder } from "./checkers/global-primary-order.js";
import { integrity } from "./checkers/integrity.js";
import { leaderLogCompleteness } from "./checkers/leader-log-completeness.js";
import { leadership1 } from "./checkers/leadership-1.js";
import { leadership2 } from "./checkers/leadership-2.js";
import type { Standing } from "./checkers/ledger.js";
import { localPrimaryOrder } from "./checkers/local-primary-order.js";
import { prefixConsistency } from "./checkers/prefix-consistency.js";
import { primaryIntegrity } from "./checkers/primary-integrity.js";
import { totalOrder } from "./checkers/total-order.js";
import {
  assertTableSays,
  breaks,
  forged,
  type Healthy,
  healthyCluster,
  withCore,
  withGame,
} from "./healthy-cluster.js";

after(() => assertTableSays("checkers-order.test.ts"));

const LEADS_2: Standing = {
  role: "LEADING",
  phase: "SYNCHRONIZATION",
  epoch: 2,
  leader: "",
  attempt: 1,
};

function transactions({ committed }: Healthy): readonly [Transaction, Transaction, Transaction] {
  const [marker, one, two] = [0, 1, 2].map((index) => committed.transactionAt(index));
  assert.ok(marker !== undefined && one !== undefined && two !== undefined);
  return [marker, one, two];
}

/** Deliveries of nothing but a zxid, which is all that most checkers of order look at. */
function deliver(checker: Checker, healthy: Healthy, ...zxids: Zxid[]): void {
  const [marker] = transactions(healthy);
  checker.onApplied?.(
    healthy.follower,
    zxids.map((zxid) => ({ ...marker, zxid })),
  );
}

test("two leaders of one epoch at once", () => {
  const healthy = healthyCluster();
  const { ledger, follower } = healthy;
  ledger.onRole(follower, { ...LEADS_2, epoch: 1 });
  breaks("Leadership1", () => leadership1(healthy).onRole?.(follower, ledger.of(follower)));
});

test("two leaders of one epoch, one after the other", () => {
  const healthy = healthyCluster();
  const { cluster, ledger, leader, follower } = healthy;
  cluster.crash(leader);
  ledger.onRole(follower, { ...LEADS_2, epoch: 1 });
  leadership1(healthy).onRole?.(follower, ledger.of(follower));
  breaks("Leadership2", () => leadership2(healthy).onRole?.(follower, ledger.of(follower)));
});

test("an entry that no leader made, and one that is delivered in other words", () => {
  const healthy = healthyCluster();
  const { leader, follower } = healthy;
  const own = { kind: "append", entries: [forged(zxidOf(1, 3))] } as const;
  integrity(healthy).onWrite?.(leader, [own], 1);
  breaks("Integrity", () => integrity(healthy).onWrite?.(follower, [own], 1));
  const foreign = { kind: "append", entries: [forged(zxidOf(2, 0))] } as const;
  breaks("Integrity", () => integrity(healthy).onWrite?.(leader, [foreign], 1));
  const [marker, one] = transactions(healthy);
  integrity(healthy).onApplied?.(follower, [marker, one]);
  const other = { ...one, requestId: "r9" };
  breaks("Integrity", () => integrity(healthy).onApplied?.(follower, [marker, other]));
});

test("a delivery that is not what is committed there", () => {
  const healthy = healthyCluster();
  const { committed, follower, log } = healthy;
  const all = log.map(({ zxid }) => zxid);
  deliver(prefixConsistency(healthy), healthy, ...all);
  const [marker, , two] = all;
  assert.ok(marker !== undefined && two !== undefined);
  breaks("PrefixConsistency", () => deliver(prefixConsistency(healthy), healthy, marker, two));
  const beyond = [...all, zxidOf(1, 3)];
  breaks("PrefixConsistency", () => deliver(prefixConsistency(healthy), healthy, ...beyond));
  const lost = withGame(follower, { zxid: zxidOf(7, 7) });
  breaks("PrefixConsistency", () => prefixConsistency(healthy).onStart?.(lost));
  breaks("PrefixConsistency", () => committed.confirm([forged(zxidOf(1, 2))], "liar"));
});

test("two nodes of which neither has delivered what the other has", () => {
  const healthy = healthyCluster();
  const checker = agreement(healthy);
  deliver(checker, healthy, zxidOf(1, 0), zxidOf(1, 1));
  checker.onStart?.(withGame(healthy.follower, { zxid: 0n }));
  breaks("Agreement", () => deliver(checker, healthy, zxidOf(1, 0), zxidOf(1, 2)));
});

test("what one node delivers before another thing, another node after it", () => {
  const healthy = healthyCluster();
  const checker = totalOrder();
  deliver(checker, healthy, zxidOf(1, 0), zxidOf(1, 1), zxidOf(1, 2));
  checker.onStart?.(withGame(healthy.follower, { zxid: 0n }));
  breaks("TotalOrder", () => deliver(checker, healthy, zxidOf(1, 0), zxidOf(1, 2)));
  breaks("TotalOrder", () => deliver(totalOrder(), healthy, zxidOf(1, 0), zxidOf(1, 0)));
});

test("one leader's proposals out of their order, or with one left out", () => {
  const healthy = healthyCluster();
  const judge = (...zxids: Zxid[]) => deliver(localPrimaryOrder(), healthy, ...zxids);
  judge(zxidOf(1, 0), zxidOf(1, 1), zxidOf(2, 0));
  breaks("LocalPrimaryOrder", () => judge(zxidOf(1, 0), zxidOf(1, 2)));
  breaks("LocalPrimaryOrder", () => judge(zxidOf(1, 0), zxidOf(2, 1)));
});

test("an earlier leader's proposal after a later one's", () => {
  const healthy = healthyCluster();
  const judge = (...zxids: Zxid[]) => deliver(globalPrimaryOrder(), healthy, ...zxids);
  judge(zxidOf(1, 0), zxidOf(2, 0));
  breaks("GlobalPrimaryOrder", () => judge(zxidOf(2, 0), zxidOf(1, 1)));
});

test("a leader that proposes before it has delivered all, or too early for the rest", () => {
  const healthy = healthyCluster();
  const { ledger, leader } = healthy;
  ledger.onRole(leader, { ...LEADS_2, leader: leader.id });
  const first = { kind: "append", entries: [forged(zxidOf(2, 1))] } as const;
  const late = withGame(leader, { zxid: zxidOf(1, 1) });
  breaks("PrimaryIntegrity", () => primaryIntegrity(healthy).onWrite?.(late, [first], 1));
  const checker = primaryIntegrity(healthy);
  checker.onWrite?.(leader, [first], 1);
  checker.onCommitted?.(leader, forged(zxidOf(2, 0)), 3);
  breaks("PrimaryIntegrity", () => checker.onCommitted?.(leader, forged(zxidOf(1, 3)), 3));
});

test("a leader without what an earlier one committed, before or after it began", () => {
  const healthy = healthyCluster();
  const { ledger, leader, follower } = healthy;
  const checker = leaderLogCompleteness(healthy);
  checker.onCommitted?.(leader, forged(zxidOf(1, 2)), 2);
  ledger.onRole(follower, { ...LEADS_2, leader: follower.id });
  const record = ledger.of(follower);
  checker.onRole?.(follower, record);
  const late = withCore(leader, { commit: zxidOf(1, 3) });
  breaks("LeaderLogCompleteness", () => checker.onCommitted?.(late, forged(zxidOf(1, 3)), 3));
  record.shape = [zxidOf(1, 1)];
  breaks("LeaderLogCompleteness", () => checker.onRole?.(follower, record));
});

test("a commit that is forgotten, that the leader has not heard of, or that comes behind", () => {
  const healthy = healthyCluster();
  const { committed, leader, follower } = healthy;
  const checker = committedLogMonotonicity(healthy);
  checker.afterEvent?.(follower);
  const forgetful = withCore(follower, { commit: zxidOf(1, 1) });
  breaks("CommittedLogMonotonicity", () => checker.afterEvent?.(forgetful));
  checker.afterEvent?.(leader);
  committed.confirm([forged(zxidOf(1, 3))], "another");
  breaks("CommittedLogMonotonicity", () => checker.afterEvent?.(leader));
  committed.confirm([forged(zxidOf(2, 0))], "another");
  breaks("CommittedLogMonotonicity", () => committed.confirm([forged(zxidOf(1, 4))], "liar"));
  breaks("CommittedLogMonotonicity", () => committed.confirm([forged(zxidOf(2, 2))], "liar"));
});

test("a commit by whoever does not lead, of an older epoch, or only said", () => {
  const healthy = healthyCluster();
  const { ledger, leader, follower, log } = healthy;
  const checker = commitJustification(healthy);
  const last = log.at(-1) ?? forged(0n);
  checker.onCommitted?.(leader, last, 2);
  breaks("CommitJustification", () => checker.onCommitted?.(follower, last, 2));
  const tell = (epoch: number, zxid: Zxid) => () => {
    checker.onSend?.(leader, follower.id, [{ t: "commit", epoch, zxid }]);
  };
  tell(1, zxidOf(1, 2))();
  breaks("CommitJustification", tell(1, zxidOf(1, 3)));
  breaks("CommitJustification", tell(2, zxidOf(1, 2)));
  const ping = { t: "ping", epoch: 0, n: 1, commit: zxidOf(1, 2) } as const;
  breaks("CommitJustification", () => checker.onSend?.(leader, follower.id, [ping]));
  const leads = { ...LEADS_2, phase: "BROADCAST", leader: leader.id } as const;
  ledger.onRole(leader, leads);
  ledger.of(leader).recent = [leads];
  breaks("CommitJustification", () => checker.onCommitted?.(leader, last, 2));
});
