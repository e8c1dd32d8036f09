// Proves what clients of a gateway are told when something was not done: the code, the sentence
// about an unknown outcome once and only where it is unknown, and when to ask again.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import { refusalCodeName, refusalMessage, refusalToInfo } from "../api/errors.js";
import type { PoolOutcome } from "../client/play-pool.js";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { refusalOf } from "./refusal-of.js";

const UNKNOWN = " The outcome is unknown: retry with the same request_id.";

function told(outcome: PoolOutcome) {
  const refusal = refusalOf(outcome);
  const { reason, outcomeUnknown, retryAfterMs } = refusalToInfo(refusal);
  const code = refusalCodeName(refusal.reason);
  return {
    code,
    reason,
    outcomeUnknown,
    retries: retryAfterMs > 0,
    words: refusalMessage(refusal),
  };
}

test("a deadline is deadline_exceeded, in doubt or not", () => {
  const late = { code: "deadline_exceeded", reason: "DEADLINE", retries: true };
  assert.deepEqual(told({ kind: "expired", inDoubt: true }), {
    ...late,
    outcomeUnknown: true,
    words: `The deadline passed.${UNKNOWN}`,
  });
  assert.deepEqual(told({ kind: "expired", inDoubt: false }), {
    ...late,
    outcomeUnknown: false,
    words: "The deadline passed; nothing happened.",
  });
});

test("an unknown outcome is said to be unknown once", () => {
  const message = "An earlier try may have happened.";
  const { words, ...rest } = told({ kind: "unknown", requestId: "x", message });
  assert.equal(words, `${message}${UNKNOWN}`);
  const lost = { code: "unavailable", reason: "LEADER_LOST", outcomeUnknown: true, retries: true };
  assert.deepEqual(rest, lost);
});

test("nobody there, no room and too many at once say when to ask again", () => {
  const certain = { outcomeUnknown: false, retries: true };
  const nobody = told({ kind: "unavailable", message: "No node can be reached." });
  assert.deepEqual(nobody, {
    ...certain,
    code: "unavailable",
    reason: "NO_LEADER",
    words: "No node can be reached.",
  });
  const full = { ...certain, code: "resource_exhausted", reason: "OVERLOADED" };
  const { words, ...ours } = told({ kind: "overloaded", max: 7 });
  assert.deepEqual(ours, full);
  assert.match(words, /already 7 commands under way/);
  const info = create(ErrorInfoSchema, { reason: "OVERLOADED", retryAfterMs: 50 });
  const theirs = told({ kind: "unavailable", message: "Full.", info });
  assert.deepEqual(theirs, { ...full, words: "Full." });
});
