// Proves that the checker is content with histories that the rules allow, names each kind of lie,
// and says of both what a person needs: where it comes to a stop, why, and when it has given up.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { isLinearizableByForce } from "./brute-force.js";
import { checkHistory } from "./check.js";
import {
  CLOSE,
  closed,
  committed,
  guess,
  historyOf,
  NO_ROOM,
  open,
  READ,
  type Row,
  rejected,
  saw,
  target,
} from "./hand-written.js";
import { fromJsonLines } from "./json-lines.js";
import { sessionStepBack } from "./session-order.js";

const OPENED: Row = ["alice", 0, 9, target(50), committed("1.1", 1)];
const GUESSED: Row = ["bob", 10, 19, guess(40), committed("1.2", 1)];

const RIGHT: Readonly<Record<string, readonly Row[]>> = {
  nothing: [],
  "one after the other": [
    OPENED,
    GUESSED,
    ["carol", 20, 29, READ, saw("1.2", open(1, ["bob 40"]))],
    ["alice", 30, 39, CLOSE, committed("1.3", 1)],
    ["carol", 40, 49, READ, saw("1.3", closed("1 bob 40"))],
    ["bob", 50, 59, guess(1), rejected("NO_OPEN_ROUND")],
    ["alice", 60, 69, target(50), committed("1.9", 2)],
    ["bob", 70, 79, CLOSE, rejected("NO_GUESS")],
    ["carol", 80, 89, READ, saw("1.12", open(2, [], "1 bob 40"))],
  ],
  "a room before its time": [
    ["bob", 0, 9, guess(1), rejected("NO_SUCH_ROOM")],
    ["bob", 10, 19, CLOSE, rejected("NO_SUCH_ROOM")],
    ["carol", 20, 29, READ, saw("1.5", NO_ROOM)],
    ["alice", 30, 39, target(101), rejected("VALUE_OUT_OF_RANGE")],
    ["alice", 40, 49, target(1), rejected("TOO_MANY_ROOMS")],
  ],
  "a read beside a guess shows it or not": [
    OPENED,
    ["bob", 10, 30, guess(40), committed("1.2", 1)],
    ["carol", 12, 15, READ, saw("1.1", open(1, []))],
    ["dan", 16, 20, READ, saw("1.2", open(1, ["bob 40"]))],
  ],
  "what touches in time is concurrent": [
    OPENED,
    ["bob", 10, 20, guess(40), committed("1.2", 1)],
    ["carol", 20, 30, READ, saw("1.1", open(1, []))],
  ],
  "an unknown guess that happened, one that did not, one that nobody sees": [
    OPENED,
    ["bob", 10, undefined, guess(40)],
    ["dan", 11, undefined, guess(41)],
    ["carol", 20, 29, READ, saw("1.3", open(1, ["bob 40"]))],
    ["dan", 30, undefined, guess(50)],
  ],
  "an unknown guess that happens long after": [
    OPENED,
    ["bob", 10, undefined, guess(40)],
    ["carol", 20, 29, READ, saw("1.1", open(1, []))],
    ["carol", 30, 39, READ, saw("1.2", open(1, ["bob 40"]))],
  ],
  "unknown commands that answers rest on": [
    OPENED,
    ["bob", 10, undefined, guess(40)],
    ["alice", 20, 29, CLOSE, committed("1.3", 1)],
    ["alice", 30, undefined, target(50)],
    ["bob", 40, undefined, guess(7)],
    ["bob", 42, undefined, CLOSE],
    ["dan", 50, 59, guess(8), rejected("NO_OPEN_ROUND")],
    ["alice", 60, 69, target(50), committed("2.9", 3)],
    ["carol", 70, 79, READ, saw("2.9", open(3, [], "2 bob 7"))],
  ],
  "of two unknown targets, the one that a later round can spare": [
    OPENED,
    ["dan", 10, undefined, target(10)],
    ["eve", 11, undefined, target(12)],
    ["carol", 20, 29, guess(11), committed("1.4", 2)],
    ["alice", 30, 39, target(50), committed("1.5", 3)],
    ["carol", 40, 49, READ, saw("1.5", open(3, [], "2 carol 11"))],
    ["carol", 50, 59, READ, saw("1.7", { ...open(4, [], "2 carol 11"), target: 10, by: "dan" })],
  ],
  "of three unknown targets, the two that a later round can spare": [
    OPENED,
    ["dan", 10, undefined, target(10)],
    ["eve", 11, undefined, target(12)],
    ["gil", 12, undefined, target(14)],
    ["carol", 20, 29, guess(11), committed("1.3", 2)],
    ["carol", 30, 39, guess(16), committed("1.4", 2)],
    ["alice", 40, 49, target(50), committed("1.5", 3)],
    ["carol", 50, 59, READ, saw("1.5", open(3, [], "2 carol 11"))],
    ["carol", 60, 69, guess(13), committed("1.7", 4)],
    ["carol", 70, 79, guess(8), committed("1.8", 4)],
    ["alice", 80, 89, target(50), committed("1.9", 5)],
    ["carol", 90, 99, READ, saw("1.9", open(5, [], "4 carol 13"))],
    ["carol", 100, 109, READ, saw("1.11", { ...open(6, [], "4 carol 13"), target: 10, by: "dan" })],
  ],
  "of two unknown targets, the one that a later round cannot have had": [
    OPENED,
    ["eve", 10, undefined, target(55)],
    ["dan", 11, undefined, target(50)],
    ["alice", 20, 29, target(50), committed("1.3", 3)],
    ["bob", 30, 39, guess(40), committed("1.5", 4)],
    ["carol", 40, 49, guess(60), committed("1.6", 4)],
    ["alice", 50, 59, target(50), committed("1.7", 5)],
    ["carol", 60, 69, READ, saw("1.7", open(5, [], "4 carol 60"))],
  ],
  "of two unknown guesses, the one that a later round can spare": [
    OPENED,
    ["dan", 10, undefined, guess(7)],
    ["eve", 11, undefined, guess(9)],
    ["alice", 20, 29, CLOSE, committed("1.3", 1)],
    ["alice", 30, 39, target(50), committed("1.4", 2)],
    ["carol", 40, 49, guess(40), committed("1.5", 2)],
    ["alice", 50, 59, target(50), committed("1.6", 3)],
    ["carol", 60, 69, READ, saw("1.7", open(3, ["dan 7"], "2 carol 40"))],
  ],
  "of equal distances the first wins": [
    OPENED,
    ["bob", 10, 30, guess(45), committed("1.3", 1)],
    ["dan", 10, 30, guess(55), committed("1.2", 1)],
    ["alice", 40, 49, CLOSE, committed("1.4", 1)],
    ["carol", 50, 59, READ, saw("1.4", closed("1 dan 55"))],
  ],
};

for (const [what, rows] of Object.entries(RIGHT)) {
  test(`right: ${what}`, () => {
    const history = historyOf(rows);
    const verdict = checkHistory(history);
    assert.equal(verdict.kind, "ok", verdict.kind === "violation" ? verdict.words : "");
    assert.ok(isLinearizableByForce(history));
  });
}

/** What is wrong, the history, and the reason that must be given for some operation. */
const WRONG: readonly (readonly [string, readonly Row[], RegExp])[] = [
  [
    "a stale read",
    [OPENED, GUESSED, ["carol", 20, 29, READ, saw("1.1", open(1, []))]],
    /sent after bob r2 had been answered/,
  ],
  [
    "a stale read that names a new zxid",
    [OPENED, GUESSED, ["carol", 20, 29, READ, saw("1.2", open(1, []))]],
    /guessCount is 1/,
  ],
  [
    "a confirmed guess is lost",
    [
      OPENED,
      GUESSED,
      ["dan", 20, 29, guess(60), committed("1.3", 1)],
      ["carol", 30, 39, READ, saw("1.3", open(1, ["dan 60"]))],
    ],
    /contradicts what carol r4 was told later/,
  ],
  [
    "a guess counts twice",
    [OPENED, GUESSED, ["carol", 20, 29, READ, saw("1.3", open(1, ["bob 40", "bob 40"]))]],
    /guessCount is 1/,
  ],
  [
    "a guess of unknown outcome counts twice",
    [
      OPENED,
      ["bob", 10, undefined, guess(40)],
      ["carol", 20, 29, READ, saw("1.3", open(1, ["bob 40", "bob 40"]))],
    ],
    /guessCount is/,
  ],
  [
    "a rejected guess takes effect",
    [
      OPENED,
      ["bob", 10, 19, guess(40), rejected("UNAVAILABLE")],
      ["carol", 20, 29, READ, saw("1.2", open(1, ["bob 40"]))],
    ],
    /guessCount is 0/,
  ],
  [
    "a guess is rejected for want of a round that is open",
    [OPENED, ["bob", 10, 19, guess(40), rejected("NO_OPEN_ROUND")]],
    /the rules allow it/,
  ],
  [
    "a rejection for the wrong reason",
    [OPENED, ["bob", 10, 19, CLOSE, rejected("NO_SUCH_ROOM")]],
    /the rules say NO_GUESS/,
  ],
  [
    "rounds in the wrong order",
    [
      OPENED,
      ["alice", 10, 19, target(1), committed("1.2", 2)],
      ["bob", 20, 29, target(2), committed("1.4", 3)],
      ["dan", 30, 39, target(3), committed("1.3", 4)],
    ],
    /sent after bob r3 had been answered/,
  ],
  [
    "a read from the future",
    [OPENED, ["carol", 2, 5, READ, saw("1.2", open(1, ["bob 40"]))], GUESSED],
    /sent after carol r2 had been answered/,
  ],
  [
    "two clients see different orders",
    [
      OPENED,
      ["bob", 10, undefined, guess(40)],
      ["dan", 10, undefined, guess(60)],
      ["carol", 20, 29, READ, saw("1.3", open(1, ["bob 40", "dan 60"]))],
      ["eve", 20, 29, READ, saw("1.3", open(1, ["dan 60", "bob 40"]))],
    ],
    /guesses are others/,
  ],
  [
    "two reads of one zxid see different rooms",
    [
      OPENED,
      ["bob", 10, undefined, guess(40)],
      ["carol", 20, 29, READ, saw("1.2", open(1, []))],
      ["carol", 30, 39, READ, saw("1.2", open(1, ["bob 40"]))],
    ],
    /guessCount is 0/,
  ],
  [
    "the wrong winner",
    [
      OPENED,
      GUESSED,
      ["dan", 20, 29, guess(45), committed("1.3", 1)],
      ["alice", 30, 39, CLOSE, committed("1.4", 1)],
      ["carol", 40, 49, READ, saw("1.4", closed("1 bob 40"))],
    ],
    /contradicts what carol r5 was told later/,
  ],
  [
    "the later of two equal guesses wins",
    [
      OPENED,
      ["bob", 10, 19, guess(45), committed("1.2", 1)],
      ["dan", 20, 29, guess(55), committed("1.3", 1)],
      ["alice", 30, 39, target(50), committed("1.4", 2)],
      ["carol", 40, 49, READ, saw("1.4", open(2, [], "1 dan 55"))],
    ],
    /contradicts what carol r5 was told later/,
  ],
  [
    "a close without a guess is accepted",
    [OPENED, ["bob", 10, 19, CLOSE, committed("1.2", 1)]],
    /the rules refuse it: NO_GUESS/,
  ],
  [
    "a close is accepted for a guess that was sent later",
    [OPENED, ["bob", 10, 19, CLOSE, committed("1.3", 1)], ["dan", 20, undefined, guess(1)]],
    /the rules refuse it: NO_GUESS/,
  ],
  [
    "the wrong round in a reply",
    [OPENED, ["bob", 10, 19, guess(40), committed("1.2", 2)]],
    /it belongs to round 1/,
  ],
  [
    "a value that the rules do not know",
    [["alice", 0, 9, target(101), committed("1.1", 1)]],
    /VALUE_OUT_OF_RANGE/,
  ],
  [
    "reads go back",
    [
      OPENED,
      ["bob", 10, 50, guess(40), committed("1.2", 1)],
      ["carol", 12, 19, READ, saw("1.2", open(1, ["bob 40"]))],
      ["carol", 20, 29, READ, saw("1.1", open(1, []))],
    ],
    /sent after carol r3 had been answered/,
  ],
  [
    "two commands are told one zxid",
    [OPENED, GUESSED, ["dan", 10, 19, guess(41), committed("1.2", 1)]],
    /its zxid or a newer one/,
  ],
  [
    "a command of unknown outcome happens before it is sent",
    [
      OPENED,
      ["carol", 10, 19, READ, saw("1.2", open(1, ["bob 40"]))],
      ["bob", 20, undefined, guess(40)],
    ],
    /guessCount is 0/,
  ],
];

for (const [what, rows, why] of WRONG) {
  test(`wrong: ${what}`, () => {
    const history = historyOf(rows);
    assert.ok(!isLinearizableByForce(history));
    const verdict = checkHistory(history);
    assert.equal(verdict.kind, "violation");
    if (verdict.kind !== "violation") return;
    assert.match(verdict.words, why);
    assert.ok(verdict.stuck.length > 0);
    assert.ok(verdict.order.length < rows.length);
  });
}

test("a room is judged by itself, and a violation is not hidden by what cannot be decided", () => {
  const right = historyOf(RIGHT["one after the other"] ?? []);
  const wrong = historyOf([OPENED, GUESSED, ["carol", 20, 29, READ, saw("1.2", open(1, []))]]);
  const inAttic = wrong.map((operation) => ({ ...operation, room: "attic" }));
  const verdict = checkHistory([...right, ...inAttic]);
  assert.equal(verdict.kind === "violation" && verdict.room, "attic");
  assert.deepEqual(checkHistory(right, 3), {
    kind: "unknown",
    rooms: ["lobby"],
    why: '3 steps did not decide "lobby"',
  });
  assert.equal(checkHistory([...right, ...inAttic], 3).kind, "violation");
});

test("the example of the README is judged as it says", () => {
  const text = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /```json\n(.*?)```/s.exec(text)?.[1] ?? assert.fail("there is no example");
  const verdict = checkHistory(fromJsonLines(example));
  assert.equal(verdict.kind, "violation");
  if (verdict.kind !== "violation") return;
  assert.deepEqual(
    verdict.order.map(({ requestId }) => requestId),
    ["r1", "r2", "r3"],
  );
  assert.match(verdict.words, /c2 r5: .*\n +but guessCount is 1/);
  const righted = example.replace(
    /("requestId":"r5".*)"guessCount":0,"guesses":\[\]/,
    '$1"guessCount":1,"guesses":[{"player":"alice","value":40}]',
  );
  assert.notEqual(righted, example);
  assert.equal(checkHistory(fromJsonLines(righted)).kind, "ok");
});

test("a session does not go back, not even in another room", () => {
  const [read] = historyOf([["carol", 20, 29, READ, saw("1.1", NO_ROOM)]]);
  assert.ok(read !== undefined);
  const history = historyOf([OPENED, GUESSED]);
  const elsewhere = { ...read, room: "attic", client: "bob" };
  assert.equal(checkHistory([...history, elsewhere]).kind, "ok");
  assert.match(sessionStepBack([...history, elsewhere]) ?? "", /"attic".*"lobby".*1\.2/);
  assert.equal(sessionStepBack([...history, { ...elsewhere, client: "dan" }]), undefined);
  assert.equal(sessionStepBack([...history, { ...elsewhere, invokedAtMs: 15 }]), undefined);
});
