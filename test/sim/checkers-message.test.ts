// Proves of the checkers of messages that they pass a whole right conversation, and name each word
// that has no place where it is said.
import test, { after } from "node:test";
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import { zxidOf } from "../../nodes/zab/zxid.js";
import type { Standing } from "./checkers/ledger.js";
import { noZombie } from "./checkers/no-zombie.js";
import { shouldNotBeTriggered } from "./checkers/should-not-be-triggered.js";
import {
  assertTableSays,
  breaks,
  forged,
  type Healthy,
  healthyCluster,
} from "./healthy-cluster.js";

after(() => assertTableSays("checkers-message.test.ts"));

const LOOKING: Standing = { role: "LOOKING", phase: "ELECTION", epoch: 0, leader: "", attempt: 1 };

test("a write or word of the dead, batches out of order, words of a relation that is over", () => {
  const healthy = healthyCluster();
  const { ledger, leader, follower } = healthy;
  const checker = noZombie(healthy);
  checker.onStart?.(follower);
  checker.onWrite?.(follower, [], 1);
  breaks("NoZombie", () => checker.onWrite?.(follower, [], 3));
  checker.onDurable?.(follower, 1);
  breaks("NoZombie", () => checker.onDurable?.(follower, 2));
  const dead = { ...follower, running: undefined };
  breaks("NoZombie", () => checker.onWrite?.(dead, [], 2));
  breaks("NoZombie", () => checker.onSend?.(dead, leader.id, []));
  const own: readonly PeerMessage[] = [
    { t: "ack", epoch: 1, zxid: zxidOf(1, 2) },
    { t: "cepoch", attempt: 1, acceptedEpoch: 1, counts: true },
    { t: "readIndex", id: 1 },
  ];
  checker.onSend?.(follower, leader.id, own);
  checker.onSend?.(leader, follower.id, [{ t: "commit", epoch: 1, zxid: zxidOf(1, 2) }]);
  for (const msg of own) breaks("NoZombie", () => checker.onSend?.(follower, "rival", [msg]));
  Object.assign(ledger.of(follower), { now: LOOKING, recent: [LOOKING] });
  for (const msg of own) breaks("NoZombie", () => checker.onSend?.(follower, leader.id, [msg]));
});

const EPOCH = { epoch: 1 };
const TRY = { ...EPOCH, attempt: 1 };
const MARKER = zxidOf(1, 0);
const SYNC = { t: "sync", ...TRY, zxid: 0n, crc: 0, epochEnds: [] } as const;
const PROPOSE = { t: "propose", ...EPOCH, prevCrc: 0, commit: 0n } as const;

type Word = readonly ["leader" | "learner", PeerMessage];

const NEW_EPOCH: Word = ["leader", { t: "newEpoch", ...TRY }];
const ACK_EPOCH: Word = [
  "learner",
  { t: "ackEpoch", ...TRY, counts: true, last: 0n, epochEnds: [], base: 0n },
];
const DIFF: Word = ["leader", { ...SYNC, mode: "DIFF", chunks: 0 }];
const SNAP: Word = ["leader", { ...SYNC, mode: "SNAP", chunks: 2 }];
const CHUNKS: readonly Word[] = [0, 1].map((index) => [
  "leader",
  { t: "snapChunk", attempt: 1, index, text: "" },
]);
const PROPOSE_MARKER: Word = ["leader", { ...PROPOSE, prev: 0n, entries: [forged(MARKER)] }];
const ACK: Word = ["learner", { t: "ack", ...EPOCH, zxid: MARKER }];
const UP_TO_DATE: Word = ["leader", { t: "upToDate", ...EPOCH, commit: MARKER }];
const COMMIT: Word = ["leader", { t: "commit", ...EPOCH, zxid: MARKER }];
const ADMIT: Word = ["leader", { t: "admit", ...EPOCH }];
const PING: Word = ["leader", { t: "ping", ...EPOCH, n: 1, commit: 0n }];
const PONG: Word = ["learner", { t: "pong", ...EPOCH, n: 1 }];
const FORWARD: Word = ["learner", { t: "forward", ...EPOCH, commands: [] }];
const READ: Word = ["learner", { t: "readIndex", id: 1 }];

/** Between the leader and one that begins to follow it. */
function say(healthy: Healthy, words: readonly Word[]): void {
  const { leader, follower } = healthy;
  const checker = shouldNotBeTriggered(healthy);
  for (const [who, msg] of words) {
    if (who === "leader") checker.onSend?.(leader, follower.id, [msg]);
    else checker.onSend?.(follower, leader.id, [msg]);
  }
}

const PROMISED = [NEW_EPOCH, ACK_EPOCH];
const STREAMING = [...PROMISED, DIFF, PROPOSE_MARKER];
const SERVING = [...STREAMING, ACK, UP_TO_DATE];

test("a whole conversation, by difference or by snapshot, with a cepoch said twice", () => {
  const healthy = healthyCluster();
  say(healthy, [...SERVING, COMMIT, ADMIT, PING, PONG, FORWARD, READ]);
  say(healthy, [...PROMISED, SNAP, ...CHUNKS, PROPOSE_MARKER, ACK, UP_TO_DATE]);
  say(healthy, [...SERVING, NEW_EPOCH, DIFF, PROPOSE_MARKER, UP_TO_DATE, COMMIT]);
});

const [, SECOND_CHUNK] = CHUNKS;

/** What was said before, and the word that has no place after it. */
const MISPLACED: readonly (readonly [string, readonly Word[], Word | undefined])[] = [
  ["a promise that nobody asked for", [], ACK_EPOCH],
  ["a promise given twice", PROMISED, ACK_EPOCH],
  ["a sync before the promise", [NEW_EPOCH], DIFF],
  ["a second sync", STREAMING, DIFF],
  ["a chunk that no sync announced", [...PROMISED, DIFF], CHUNKS[0]],
  ["a chunk out of order", [...PROMISED, SNAP], SECOND_CHUNK],
  ["an entry before the sync", PROMISED, PROPOSE_MARKER],
  ["an entry between chunks", [...PROMISED, SNAP], PROPOSE_MARKER],
  ["an entry that leaves one out", STREAMING, PROPOSE_MARKER],
  ["an ack of what was never sent", [...PROMISED, DIFF], ACK],
  ["a welcome before the marker is acked", STREAMING, UP_TO_DATE],
  ["a second welcome", SERVING, UP_TO_DATE],
  ["a commit before the welcome", [...STREAMING, ACK], COMMIT],
  ["a vote given back before the welcome", [...STREAMING, ACK], ADMIT],
  ["an echo of no ping", SERVING, PONG],
  ["a command to who has not welcomed it", STREAMING, FORWARD],
  ["a read asked of who has not welcomed it", STREAMING, READ],
];

for (const [what, before, word] of MISPLACED) {
  test(what, () => {
    const healthy = healthyCluster();
    say(healthy, before);
    if (word === undefined) throw new Error("no such word");
    breaks("ShouldNotBeTriggered", () => say(healthy, [...before, word]));
  });
}

test("a sync from a leader that has not got a quorum's promises", () => {
  const healthy = healthyCluster();
  const { ledger, leader } = healthy;
  const unproven: Standing = { ...LOOKING, role: "LEADING", phase: "DISCOVERY", epoch: 1 };
  ledger.of(leader).recent = [unproven];
  breaks("ShouldNotBeTriggered", () => say(healthy, [...PROMISED, DIFF]));
});
