/**
 * The one place that knows which Connect code each refusal becomes, and what ErrorInfo it carries.
 * It decides nothing: a refusal is made where the rule or the cluster says no.
 */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { unreachable } from "../game/invariant-error.js";
import { type ErrorInfo, ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import type { ClusterRefusal, Refusal } from "./refusal.js";

/** The Connect code of a refusal; a reason without a code does not compile. */
export function refusalCode(reason: Refusal["reason"]): Code {
  switch (reason) {
    case "VALUE_REQUIRED":
    case "VALUE_OUT_OF_RANGE":
    case "BAD_PLAYER":
    case "BAD_ROOM":
    case "BAD_REQUEST_ID":
    case "BAD_REQUEST":
      return Code.InvalidArgument;
    case "NO_SUCH_ROOM":
    case "NO_OPEN_ROUND":
    case "NO_GUESS":
    case "NOT_LEADING":
      return Code.FailedPrecondition;
    case "TOO_MANY_ROOMS":
    case "OVERLOADED":
      return Code.ResourceExhausted;
    case "NO_LEADER":
    case "SHUTTING_DOWN":
    case "LEADER_LOST":
      return Code.Unavailable;
    case "DEADLINE":
      return Code.DeadlineExceeded;
    case "NOT_ADMIN":
      return Code.PermissionDenied;
    case "NO_SUCH_PEER":
      return Code.NotFound;
    default:
      return unreachable(reason);
  }
}

/** The code's name on the wire, e.g. "failed_precondition"; PlayError.code holds it. */
export function refusalCodeName(reason: Refusal["reason"]): string {
  return codeToString(refusalCode(reason));
}

/**
 * What a program is told beside the code. An outcome is unknown, unless the refusal itself says
 * otherwise, when the deadline passed or the leader was lost while the command was pending.
 */
export function refusalToInfo(refusal: Refusal): ErrorInfo {
  return create(ErrorInfoSchema, {
    reason: refusal.reason,
    field: refusal.field ?? "",
    rule: refusal.rule ?? "",
    leaderHint: "leaderHint" in refusal ? refusal.leaderHint : "",
    retryAfterMs: retryAfterMs(refusal),
    outcomeUnknown: isOutcomeUnknown(refusal),
  });
}

/** The sentence for a person; where the outcome is unknown it says how to find out. */
export function refusalMessage(refusal: Refusal): string {
  if (!isOutcomeUnknown(refusal) || refusal.message.includes("request_id")) return refusal.message;
  return `${refusal.message} The outcome is unknown: retry with the same request_id.`;
}

/** The error that a handler throws for a refusal. */
export function toConnectError(refusal: Refusal): ConnectError {
  return new ConnectError(refusalMessage(refusal), refusalCode(refusal.reason), undefined, [
    { desc: ErrorInfoSchema, value: refusalToInfo(refusal) },
  ]);
}

/** The refusal of a command whose deadline passed while it was pending. */
export function deadlineRefusal(requestId: string): ClusterRefusal {
  return {
    reason: "DEADLINE",
    message:
      "The deadline passed before the outcome was known. The command may still happen: " +
      `retry with the same request_id ("${requestId}") to learn its outcome.`,
    outcomeUnknown: true,
  };
}

/** The refusal of a request that is wrong in itself: the field and the rule that it breaks. */
export function badRequest(field: string, rule: string): ClusterRefusal {
  return { reason: "BAD_REQUEST", message: `The field ${field} must be ${rule}.`, field, rule };
}

/** The refusal of a command that was not even tried: one more would be too many. */
export function overloaded(max: number): ClusterRefusal {
  return {
    reason: "OVERLOADED",
    message: `There are already ${max} commands under way; send fewer at once.`,
  };
}

function isOutcomeUnknown(refusal: Refusal): boolean {
  if ("outcomeUnknown" in refusal) return refusal.outcomeUnknown;
  return refusal.reason === "DEADLINE" || refusal.reason === "LEADER_LOST";
}

/** An election takes a few hundred milliseconds; overload passes as soon as commits arrive. */
function retryAfterMs(refusal: Refusal): number {
  if ("retryAfterMs" in refusal) return refusal.retryAfterMs;
  switch (refusalCode(refusal.reason)) {
    case Code.Unavailable:
      return 200;
    case Code.DeadlineExceeded:
      return 100;
    case Code.ResourceExhausted:
      return refusal.reason === "OVERLOADED" ? 50 : 0;
    default:
      return 0;
  }
}
