/**
 * A no as a value: the game's rejections and the cluster's own. errors.ts alone knows which Connect
 * code each reason becomes.
 */
import type { Rejection, RejectionReason } from "../game/rejection.js";
import type { ErrorInfo } from "../gen/zabble/v1/error_pb.js";

export type ClusterReason =
  /** No established leader, no quorum, or the link to it is gone. */
  | "NO_LEADER"
  | "SHUTTING_DOWN"
  /** Too many commands outstanding; refused before it was given a zxid. */
  | "OVERLOADED"
  /** The deadline passed while the outcome was pending. */
  | "DEADLINE"
  /** Leadership was lost while the command was pending; it may or may not be committed. */
  | "LEADER_LOST"
  | "NOT_ADMIN"
  | "NOT_LEADING"
  | "NO_SUCH_PEER"
  | "BAD_REQUEST";

export interface ClusterRefusal {
  readonly reason: ClusterReason;
  readonly message: string;
  readonly field?: string;
  readonly rule?: string;
  readonly leaderHint?: string;
  readonly retryAfterMs?: number;
  /** True if the command may or may not have happened. */
  readonly outcomeUnknown?: boolean;
}

export type Refusal = Rejection | ClusterRefusal;

const REJECTION_REASONS: Readonly<Record<RejectionReason, true>> = {
  VALUE_REQUIRED: true,
  VALUE_OUT_OF_RANGE: true,
  BAD_PLAYER: true,
  BAD_ROOM: true,
  BAD_REQUEST_ID: true,
  NO_SUCH_ROOM: true,
  NO_OPEN_ROUND: true,
  NO_GUESS: true,
  TOO_MANY_ROOMS: true,
};

const CLUSTER_REASONS: Readonly<Record<ClusterReason, true>> = {
  NO_LEADER: true,
  SHUTTING_DOWN: true,
  OVERLOADED: true,
  DEADLINE: true,
  LEADER_LOST: true,
  NOT_ADMIN: true,
  NOT_LEADING: true,
  NO_SUCH_PEER: true,
  BAD_REQUEST: true,
};

/** A refusal that another node sent; undefined if it gave a reason that this one does not know. */
export function refusalFromInfo(message: string, info: ErrorInfo | undefined): Refusal | undefined {
  if (info === undefined) return undefined;
  const { reason, field, rule, leaderHint, retryAfterMs, outcomeUnknown } = info;
  const where = { ...(field === "" ? {} : { field }), ...(rule === "" ? {} : { rule }) };
  if (isRejectionReason(reason)) return { reason, message, ...where };
  if (!isClusterReason(reason)) return undefined;
  const hint = leaderHint === "" ? {} : { leaderHint };
  return { reason, message, ...where, ...hint, retryAfterMs, outcomeUnknown };
}

function isRejectionReason(text: string): text is RejectionReason {
  return Object.hasOwn(REJECTION_REASONS, text);
}

function isClusterReason(text: string): text is ClusterReason {
  return Object.hasOwn(CLUSTER_REASONS, text);
}
