// Proves of the checkers of states, clients and limits that each names the lie that it is
// there for: one fact about a healthy cluster is changed, and only that.
import assert from "node:assert/strict";
import test, { after } from "node:test";
import type { Refusal } from "../../api/refusal.js";
import type { Outcome } from "../../api/replica.js";
import type { Command } from "../../game/command.js";
import { cutSnapshot, snapshotChunks } from "../../game/snapshot.js";
import { encodeTransaction } from "../../game/transaction.js";
import { type Zxid, zxidOf } from "../../nodes/zab/zxid.js";
import { acknowledgedSurvives } from "./checkers/acknowledged-survives.js";
import type { Checker } from "./checkers/checker.js";
import { determinism } from "./checkers/determinism.js";
import { exactlyOnce } from "./checkers/exactly-once.js";
import type { Standing } from "./checkers/ledger.js";
import { monotonicSession } from "./checkers/monotonic-session.js";
import { realTime } from "./checkers/real-time.js";
import { refusalIsFinal } from "./checkers/refusal-is-final.js";
import { resourceBounds } from "./checkers/resource-bounds.js";
import { serveGate } from "./checkers/serve-gate.js";
import {
  assertTableSays,
  breaks,
  forged,
  type Healthy,
  healthyCluster,
  withCore,
  withGame,
  withPlatter,
} from "./healthy-cluster.js";
import { createHistory, type History } from "./history.js";

after(() => assertTableSays("checkers-client.test.ts"));

const EVERY_TIME = { wholeEvery: 1, snapshotEvery: 1 };
const LOOKING: Standing = { role: "LOOKING", phase: "ELECTION", epoch: 0, leader: "", attempt: 1 };

test("a state that differs: in all, in what was just applied, in a snapshot kept or sent", () => {
  const healthy = healthyCluster();
  const { committed, follower } = healthy;
  const checker = determinism(healthy, EVERY_TIME);
  checker.onInstalled?.(follower);
  const older = withGame(follower, { time: 5 });
  breaks("Determinism", () => checker.onInstalled?.(older));
  const last = committed.transactionAt(2);
  assert.ok(last !== undefined);
  checker.onApplied?.(follower, [last]);
  const poorer = withGame(follower, { rooms: new Map() });
  breaks("Determinism", () => checker.onApplied?.(poorer, [last]));
  const { zxid } = last;
  const game = follower.running?.node.game() ?? assert.fail("it is down");
  const cut = cutSnapshot(game);
  const { current, ...rest } = cut.requests;
  const forgetful = { ...cut, requests: { ...rest, current: { ...current, size: 0 } } };
  const snapshotOf = (from: typeof cut, at = zxid) => {
    return { zxid: at, crc: 1, epochEnds: [at], chunks: [...snapshotChunks(from)] };
  };
  checker.onSnapshot?.(follower, snapshotOf(cut));
  breaks("Determinism", () => checker.onSnapshot?.(follower, snapshotOf(forgetful)));
  breaks("Determinism", () => checker.onSnapshot?.(follower, snapshotOf(cut, zxidOf(1, 1))));
  const sent = { kind: "reset", snapshot: snapshotOf(forgetful) } as const;
  breaks("Determinism", () => checker.onWrite?.(follower, [sent], 1));
});

const TARGET = { type: "SetTarget", room: "lobby", player: "alice", value: 1 } as const;

/** A checker that has heard of the two targets that the healthy cluster set. */
function informed(healthy: Healthy): Checker {
  const checker = exactlyOnce(healthy);
  for (const requestId of ["r1", "r2"]) {
    checker.onAsked?.(healthy.leader, { ...TARGET, requestId }, 1);
  }
  for (const [index, entry] of healthy.log.entries()) {
    checker.onCommitted?.(healthy.leader, entry, index);
  }
  return checker;
}

test("an effect that comes twice, that nobody asked for, or that no rule would decide", () => {
  const happens = (requestId: string, value: number) => () => {
    const healthy = healthyCluster();
    const { committed, leader } = healthy;
    const checker = informed(healthy);
    const two = committed.transactionAt(2);
    const event = two?.events[0];
    assert.ok(two !== undefined && event?.type === "TargetSet");
    checker.onAsked?.(leader, { ...TARGET, requestId: "r3" }, 1);
    const zxid = zxidOf(1, 3);
    const events = [{ ...event, round: 3, value }];
    const next = { ...two, zxid, prev: two.zxid, requestId, events };
    committed.confirm([{ zxid, text: encodeTransaction(next), crc: 1 }], "node");
    checker.onCommitted?.(leader, forged(zxid), 3);
  };
  happens("r3", 1)();
  breaks("ExactlyOnce", happens("r2", 1));
  breaks("ExactlyOnce", happens("r9", 1));
  breaks("ExactlyOnce", happens("r3", 2));
});

test("an answer with another result than the log's, and a no that was never so", () => {
  const healthy = healthyCluster();
  const { leader } = healthy;
  const checker = informed(healthy);
  const tell = (requestId: string, zxid: Zxid, round: number) => () => {
    checker.onAnswer?.(leader, { ...TARGET, requestId }, { ok: true, zxid, round }, 1);
  };
  tell("r2", zxidOf(1, 2), 2)();
  breaks("ExactlyOnce", tell("r2", zxidOf(1, 2), 1));
  breaks("ExactlyOnce", tell("r2", zxidOf(1, 1), 2));
  breaks("ExactlyOnce", tell("r9", zxidOf(1, 2), 2));
  const refuse = (command: Command, reason: "NO_GUESS" | "NO_OPEN_ROUND") => () => {
    checker.onAsked?.(leader, command, 1);
    checker.onAnswer?.(leader, command, { ok: false, refusal: { reason, message: "No." } }, 1);
  };
  const close = { type: "CloseRound", room: "lobby", player: "bob", requestId: "r5" } as const;
  refuse(close, "NO_GUESS")();
  breaks("ExactlyOnce", refuse(close, "NO_OPEN_ROUND"));
});

test("an answer from who does not serve, or of what it has not applied", () => {
  const healthy = healthyCluster();
  const { ledger, follower } = healthy;
  const checker = serveGate(healthy);
  const answer = (outcome: Outcome) => () => {
    checker.onAnswer?.(follower, { ...TARGET, requestId: "r1" }, outcome, 1);
  };
  const refusal = { reason: "NO_GUESS", message: "No." } as const;
  answer({ ok: true, zxid: zxidOf(1, 2), round: 2 })();
  breaks("ServeGate", answer({ ok: true, zxid: zxidOf(1, 3), round: 2 }));
  answer({ ok: false, refusal })();
  const read = (served: boolean) => () => {
    const question = { newestShown: 0n, served };
    checker.onReadAnswer?.(follower, { ok: true, zxid: zxidOf(1, 2) }, question);
  };
  read(true)();
  breaks("ServeGate", read(false));
  Object.assign(ledger.of(follower), { now: LOOKING, recent: [LOOKING] });
  breaks("ServeGate", answer({ ok: false, refusal }));
});

test("a read that goes back behind one that was over before", () => {
  const { follower } = healthyCluster();
  const read = (newestShown: Zxid) => () => {
    const outcome = { ok: true, zxid: zxidOf(1, 1) } as const;
    monotonicSession().onReadAnswer?.(follower, outcome, { newestShown, served: true });
  };
  read(zxidOf(1, 2))();
  breaks("MonotonicSession", read(zxidOf(1, 3)));
});

test("clients that were told what the log does not bear out", () => {
  const healthy = healthyCluster();
  const judge = (create: typeof realTime, change: (history: History) => void) => () => {
    const history = createHistory();
    change(history);
    create(healthy, history).atEnd?.();
  };
  const one = { requestId: "r1", newestBefore: 0n, outcome: "ok", zxid: zxidOf(1, 1) } as const;
  const told = (change: object) =>
    judge(acknowledgedSurvives, ({ operations }) => operations.push({ ...one, ...change }));
  told({})();
  breaks("AcknowledgedSurvives", told({ requestId: "r9" }));
  breaks("AcknowledgedSurvives", told({ zxid: zxidOf(1, 2) }));
  const refused = judge(
    (context, history) => refusalIsFinal(context, history, true),
    ({ operations }) => operations.push({ ...one, outcome: "refused" }),
  );
  breaks("RefusalIsFinal", refused);
  const asked = (newestBefore: Zxid) =>
    judge(realTime, ({ operations }) => operations.push({ ...one, newestBefore }));
  asked(zxidOf(1, 0))();
  breaks("RealTime", asked(zxidOf(1, 1)));
  const read = (newestBefore: Zxid) =>
    judge(realTime, ({ reads }) => reads.push({ newestBefore, zxid: zxidOf(1, 1) }));
  read(zxidOf(1, 1))();
  breaks("LinearizableRead", read(zxidOf(1, 2)));
});

test("a command that happens though every try of it was refused", () => {
  const healthy = healthyCluster();
  const { ledger, leader, log } = healthy;
  const [, first] = log;
  assert.ok(first !== undefined);
  const command = { ...TARGET, requestId: "r1" };
  const unknown = { reason: "LEADER_LOST", message: "Perhaps.", outcomeUnknown: true } as const;
  const certain = { reason: "NO_LEADER", message: "No." } as const;
  const ofTheRules = { reason: "NO_OPEN_ROUND", message: "No." } as const;
  /** One try after the other, each refused so; then it happens. */
  const judge = (...refusals: Refusal[]): void => {
    const checker = refusalIsFinal(healthy, createHistory(), true);
    for (const [attempt, refusal] of refusals.entries()) {
      checker.onAsked?.(leader, command, attempt);
      checker.onAnswer?.(leader, command, { ok: false, refusal }, attempt);
    }
    checker.onCommitted?.(leader, first, 1);
  };
  judge(unknown);
  judge(unknown, certain);
  breaks("RefusalIsFinal", () => judge(certain));
  breaks("RefusalIsFinal", () => judge(certain, certain));
  breaks("RefusalIsFinal", () => judge(unknown, ofTheRules));
  const { now } = ledger.of(leader);
  ledger.of(leader).now = { ...now, epoch: 2 };
  breaks("RefusalIsFinal", () => judge(unknown));
  ledger.of(leader).now = now;
  const checker = refusalIsFinal(healthy, createHistory(), true);
  for (const attempt of [1, 2]) checker.onAsked?.(leader, command, attempt);
  checker.onCommitted?.(leader, first, 1);
  checker.onAnswer?.(leader, command, { ok: false, refusal: ofTheRules }, 1);
  breaks("RefusalIsFinal", () => {
    checker.onAnswer?.(leader, command, { ok: false, refusal: certain }, 2);
  });
});

test("more under way than is allowed", () => {
  const healthy = healthyCluster();
  const { cluster, leader, follower } = healthy;
  const checker = resourceBounds();
  for (const node of cluster.nodes) checker.afterEvent?.(node);
  checker.onApplied?.(leader, []);
  checker.onDurable?.(leader, 1);
  const core = leader.running?.node.core ?? assert.fail("it is down");
  const { role } = core;
  assert.ok(role.kind === "LEADING");
  const batches = Array.from({ length: 2000 }, (_, batch) => ({ batch, zxid: 0n }));
  const slow = withCore(leader, { inDisk: batches });
  breaks("ResourceBounds", () => checker.afterEvent?.(slow));
  const frames = [zxidOf(1, 1), zxidOf(1, 2), zxidOf(1, 3)];
  const busy = withCore(leader, { role: { ...role, frames } });
  breaks("ResourceBounds", () => checker.afterEvent?.(busy));
  const entries = Array.from({ length: 13_000 }, (_, at) => forged(zxidOf(1, at)));
  const { log } = core;
  const long = withCore(leader, { log: { ...log, entries }, delivered: zxidOf(1, 13_000) });
  breaks("ResourceBounds", () => checker.onApplied?.(long, []));
  const snapshot = { zxid: 0n, crc: 0, epochEnds: [], chunks: [] };
  const hoarding = withPlatter(leader, { snapshots: [snapshot, snapshot, snapshot] });
  breaks("ResourceBounds", () => checker.onDurable?.(hoarding, 1));
  const eager = withCore(leader, {
    log: { ...log, entries },
    role: {
      ...role,
      learners: new Map(
        [...role.learners].map(([id, one]) => [id, { ...one, sent: zxidOf(1, 12_000) }]),
      ),
    },
  });
  const frame = { t: "propose", epoch: 1, prev: 0n, prevCrc: 0, commit: 0n } as const;
  const sent = role.learners.get(follower.id)?.sent ?? assert.fail("it does not follow");
  checker.onSend?.(leader, follower.id, [{ ...frame, entries: [forged(sent)] }]);
  const more = { ...frame, entries: [forged(zxidOf(1, 12_000))] };
  checker.onSend?.(eager, follower.id, [{ ...frame, entries: [forged(zxidOf(1, 11_999))] }]);
  breaks("ResourceBounds", () => checker.onSend?.(eager, follower.id, [more]));
});
