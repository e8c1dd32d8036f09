// Proves that a command's record holds just what its client can know: an answer is its first, a no
// counts only if no attempt before it may still happen, and whatever is in doubt stays open.
import assert from "node:assert/strict";
import test from "node:test";
import type { CommandOutcome } from "../../client/zabble-client.js";
import type { Result } from "../history/operation.js";
import { type Command, type Commands, sendCommand } from "./recorded-calls.testing.js";

const COMMITTED = { kind: "committed", zxid: 7n, round: 2, server: "", attempts: 1 } as const;
const REFUSED = {
  kind: "refused",
  code: "failed_precondition",
  message: "",
  info: undefined,
} as const;
const UNKNOWN = { kind: "unknown", requestId: "r1", message: "" } as const;
const UNAVAILABLE = { kind: "unavailable", message: "" } as const;

const YES: Result = { type: "committed", zxid: 7n, round: 2 };
const NO: Result = { type: "rejected", reason: "failed_precondition" };
const NOT_DONE: Result = { type: "rejected", reason: "UNAVAILABLE" };

/** What the calls come back with, one after the other, and what is recorded of them all. */
const CASES: readonly (readonly [readonly CommandOutcome[], Result | undefined])[] = [
  [[COMMITTED], YES],
  [[REFUSED], NO],
  [[UNAVAILABLE], NOT_DONE],
  [[UNKNOWN], undefined],
  [[UNKNOWN, COMMITTED], YES],
  [[UNKNOWN, REFUSED], undefined],
  [[UNKNOWN, UNAVAILABLE], undefined],
  [[UNAVAILABLE, REFUSED], NO],
  [[UNAVAILABLE, UNAVAILABLE, COMMITTED], YES],
];

for (const [outcomes, recorded] of CASES) {
  test(`${outcomes.map(({ kind }) => kind).join(", then ")}`, async () => {
    const left = [...outcomes];
    const next = async () => left.shift() ?? assert.fail("it was sent once more");
    const client: Commands = { setTarget: next, submitGuess: next, closeRound: next };
    const who = { client: "c", room: "r", player: "p", requestId: "r1", invokedAtMs: 0 };
    const operation: Command = { ...who, call: { type: "close" } };
    const last = await sendCommand(client, operation, () => left.length > 0);
    assert.deepEqual(last, outcomes.at(-1));
    assert.deepEqual(operation.result, recorded);
    assert.equal(operation.returnedAtMs !== undefined, recorded !== undefined);
  });
}
