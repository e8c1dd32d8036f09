/**
 * What a failed attempt proves. Everything that may go wrong with one call to one server becomes
 * one of three kinds, and only this file decides which: whether a command is repeated, and what a
 * player is told, hangs on it. When in doubt it says "unknown".
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { type ErrorInfo, ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import type { PlayError } from "../gen/zabble/v1/game_pb.js";

export interface Failure {
  /**
   * refused: a final no; this attempt changed nothing and repeating it now will not help.
   * undone: this attempt certainly changed nothing; another try may work.
   * unknown: the command may or may not have happened, or may still happen.
   */
  readonly kind: "refused" | "undone" | "unknown";
  /** The name of the Connect code, e.g. "failed_precondition". */
  readonly code: string;
  readonly message: string;
  /** Zabble's own explanation; undefined if the failure came from the transport. */
  readonly info: ErrorInfo | undefined;
}

const codeNames: Record<Code, string> = {
  [Code.Canceled]: "canceled",
  [Code.Unknown]: "unknown",
  [Code.InvalidArgument]: "invalid_argument",
  [Code.DeadlineExceeded]: "deadline_exceeded",
  [Code.NotFound]: "not_found",
  [Code.AlreadyExists]: "already_exists",
  [Code.PermissionDenied]: "permission_denied",
  [Code.ResourceExhausted]: "resource_exhausted",
  [Code.FailedPrecondition]: "failed_precondition",
  [Code.Aborted]: "aborted",
  [Code.OutOfRange]: "out_of_range",
  [Code.Unimplemented]: "unimplemented",
  [Code.Internal]: "internal",
  [Code.Unavailable]: "unavailable",
  [Code.DataLoss]: "data_loss",
  [Code.Unauthenticated]: "unauthenticated",
};

const finalCodes: ReadonlySet<string> = new Set([
  "invalid_argument",
  "not_found",
  "already_exists",
  "permission_denied",
  "failed_precondition",
  "out_of_range",
  "unimplemented",
  "unauthenticated",
]);

/** Judges whatever a unary call or a stream threw. */
export function failureOfError(error: unknown): Failure {
  const connectError = ConnectError.from(error);
  const info = connectError.findDetails(ErrorInfoSchema)[0];
  const code = codeNames[connectError.code];
  const kind = neverSent(connectError)
    ? "undone"
    : // A reset stream borrows codes such as permission_denied, but no server decided anything.
      connectError.rawMessage.startsWith("http/2 stream closed")
      ? "unknown"
      : kindOf(code, info);
  return { kind, code, message: connectError.rawMessage, info };
}

/** Judges an error that a server put into a Play answer. */
export function failureOfPlayError(error: PlayError): Failure {
  const kind = kindOf(error.code, error.info);
  return { kind, code: error.code, message: error.message, info: error.info };
}

function kindOf(code: string, info: ErrorInfo | undefined): Failure["kind"] {
  if (info?.outcomeUnknown === true) return "unknown";
  if (finalCodes.has(code)) return "refused";
  // Zabble says so when the outcome is unknown; without its word nobody knows how far a call got.
  if (code === "unavailable" || code === "deadline_exceeded") {
    return info === undefined ? "unknown" : "undone";
  }
  if (code === "resource_exhausted") {
    // Overload is refused before a zxid is given and says when to try again; a message over the
    // limit is refused for good.
    return info !== undefined && info.retryAfterMs > 0 ? "undone" : "refused";
  }
  return "unknown";
}

/** True if the connection was never made, so no server can have seen the request. */
function neverSent(error: ConnectError): boolean {
  let cause: unknown = error.cause;
  // The system's error sits at the end of a short chain of causes; the bound guards against a ring.
  for (let depth = 0; depth < 8 && cause instanceof Error; depth++) {
    if ("code" in cause && (cause.code === "ECONNREFUSED" || cause.code === "ENOTFOUND")) {
      return true;
    }
    cause = cause.cause;
  }
  return false;
}
