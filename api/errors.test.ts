// Proves that every refusal has the Connect code of the contract, and that its ErrorInfo tells a
// program what to do: which field, when to retry, whether the command may have happened.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { deadlineRefusal, refusalCode, refusalCodeName, toConnectError } from "./errors.js";
import type { Refusal } from "./refusal.js";

const CODES: Record<Refusal["reason"], Code> = {
  VALUE_REQUIRED: Code.InvalidArgument,
  VALUE_OUT_OF_RANGE: Code.InvalidArgument,
  BAD_PLAYER: Code.InvalidArgument,
  BAD_ROOM: Code.InvalidArgument,
  BAD_REQUEST_ID: Code.InvalidArgument,
  BAD_REQUEST: Code.InvalidArgument,
  NO_SUCH_ROOM: Code.FailedPrecondition,
  NO_OPEN_ROUND: Code.FailedPrecondition,
  NO_GUESS: Code.FailedPrecondition,
  NOT_LEADING: Code.FailedPrecondition,
  TOO_MANY_ROOMS: Code.ResourceExhausted,
  OVERLOADED: Code.ResourceExhausted,
  NO_LEADER: Code.Unavailable,
  SHUTTING_DOWN: Code.Unavailable,
  LEADER_LOST: Code.Unavailable,
  DEADLINE: Code.DeadlineExceeded,
  NOT_ADMIN: Code.PermissionDenied,
  NO_SUCH_PEER: Code.NotFound,
};

/** Reasons of a list, so that the loop below keeps their type. */
const REASONS = Object.keys(CODES).filter((key): key is Refusal["reason"] => key in CODES);

test("every reason has its code", () => {
  for (const reason of REASONS) assert.equal(refusalCode(reason), CODES[reason], reason);
  assert.equal(refusalCodeName("NO_OPEN_ROUND"), "failed_precondition");
});

test("unavailable always says when to retry, a broken rule never does", () => {
  for (const reason of REASONS) {
    const { retryAfterMs } = infoOf(toConnectError({ reason, message: "No." } as Refusal));
    const code = CODES[reason];
    if (code === Code.Unavailable) assert.ok(retryAfterMs > 0, reason);
    if (code === Code.InvalidArgument) assert.equal(retryAfterMs, 0, reason);
  }
});

test("an unknown outcome is marked, and the message says how to find out", () => {
  const lost = toConnectError({ reason: "LEADER_LOST", message: "The leader is gone." });
  assert.equal(infoOf(lost).outcomeUnknown, true);
  assert.match(lost.rawMessage, /^The leader is gone\. .*retry with the same request_id/);
  const late = toConnectError(deadlineRefusal("r-1"));
  assert.equal(infoOf(late).outcomeUnknown, true);
  assert.match(late.rawMessage, /retry with the same request_id \("r-1"\)/);
});

test("a known outcome is not called unknown", () => {
  const read = toConnectError({ reason: "DEADLINE", message: "Late.", outcomeUnknown: false });
  assert.equal(infoOf(read).outcomeUnknown, false);
  assert.equal(read.rawMessage, "Late.");
});

test("field, rule, leader and the cluster's own retry time are passed on", () => {
  const bad = toConnectError({
    reason: "VALUE_OUT_OF_RANGE",
    message: "No.",
    field: "value",
    rule: "a whole number",
  });
  assert.equal(infoOf(bad).field, "value");
  assert.equal(infoOf(bad).rule, "a whole number");
  const away = toConnectError({
    reason: "NO_LEADER",
    message: "No.",
    leaderHint: "node2",
    retryAfterMs: 7,
  });
  assert.equal(infoOf(away).leaderHint, "node2");
  assert.equal(infoOf(away).retryAfterMs, 7);
});

function infoOf(error: ConnectError) {
  assert.ok(error instanceof ConnectError);
  const [info] = error.findDetails(ErrorInfoSchema);
  assert.ok(info !== undefined);
  return info;
}
