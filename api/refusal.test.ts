// Proves that a refusal comes back from its wire form as it was, and that a reason this node does
// not know is no refusal that it could act upon.
import assert from "node:assert/strict";
import test from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { refusalToInfo } from "./errors.js";
import { type ClusterRefusal, type Refusal, refusalFromInfo } from "./refusal.js";

const REJECTION_REASONS = [
  "VALUE_REQUIRED",
  "VALUE_OUT_OF_RANGE",
  "BAD_PLAYER",
  "BAD_ROOM",
  "BAD_REQUEST_ID",
  "NO_SUCH_ROOM",
  "NO_OPEN_ROUND",
  "NO_GUESS",
  "TOO_MANY_ROOMS",
] as const;

const CLUSTER_REASONS = [
  "NO_LEADER",
  "SHUTTING_DOWN",
  "OVERLOADED",
  "DEADLINE",
  "LEADER_LOST",
  "NOT_ADMIN",
  "NOT_LEADING",
  "NO_SUCH_PEER",
  "BAD_REQUEST",
] as const;

const anyText = fc.string({ minLength: 1 });

const anyRejection = fc.record(
  {
    reason: fc.constantFrom(...REJECTION_REASONS),
    message: anyText,
    field: anyText,
    rule: anyText,
  },
  { requiredKeys: ["reason", "message"], noNullPrototype: true },
);

const anyClusterRefusal: fc.Arbitrary<ClusterRefusal> = fc.record(
  {
    reason: fc.constantFrom(...CLUSTER_REASONS),
    message: anyText,
    leaderHint: anyText,
    retryAfterMs: fc.nat(),
    outcomeUnknown: fc.boolean(),
  },
  {
    requiredKeys: ["reason", "message", "retryAfterMs", "outcomeUnknown"],
    noNullPrototype: true,
  },
);

test("a refusal comes back as it was", () => {
  fc.assert(
    fc.property(fc.oneof(anyRejection, anyClusterRefusal), (refusal: Refusal) => {
      const info = refusalToInfo(refusal);
      const received = fromBinary(ErrorInfoSchema, toBinary(ErrorInfoSchema, info));
      assert.deepEqual(refusalFromInfo(refusal.message, received), refusal);
    }),
  );
});

test("an unknown reason, or none, is no refusal", () => {
  for (const reason of ["", "NEW_REASON", "toString", "__proto__"]) {
    assert.equal(refusalFromInfo("No.", create(ErrorInfoSchema, { reason })), undefined);
  }
  assert.equal(refusalFromInfo("No.", undefined), undefined);
});
