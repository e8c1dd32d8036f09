/**
 * How a unary handler waits for the node: the deadline that it passes on, and what the client is
 * told when the deadline, a shutdown or the client itself ends the wait first.
 */
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { toConnectError } from "./errors.js";
import type { ClusterRefusal, Refusal } from "./refusal.js";

/** Milliseconds: what the client asked for, at most `maxMs`; `maxMs` if it asked for nothing. */
export function callDeadlineMs(context: HandlerContext, maxMs: number): number {
  const askedMs = context.timeoutMs();
  return askedMs === undefined ? maxMs : Math.max(0, Math.min(askedMs, maxMs));
}

/** The refusal of a node that goes away. `pending`: the command may or may not have happened. */
export function shuttingDown(pending: boolean): ClusterRefusal {
  return {
    reason: "SHUTTING_DOWN",
    message: "This node is shutting down.",
    outcomeUnknown: pending,
  };
}

/**
 * Starts something and waits for its one reply. The wait ends early when the call is aborted; the
 * late reply is then dropped. `onDeadline` is the refusal if it was the deadline.
 */
export function untilAnswered<T>(
  context: HandlerContext,
  start: (reply: (answer: T) => void) => void,
  onDeadline: () => Refusal,
): Promise<T> {
  const { signal } = context;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortError(signal, false, neverStarted));
      return;
    }
    const onAbort = (): void => reject(abortError(signal, true, onDeadline));
    signal.addEventListener("abort", onAbort, { once: true });
    start((answer) => {
      signal.removeEventListener("abort", onAbort);
      resolve(answer);
    });
  });
}

/** A read changes nothing: whatever ended it, there is no outcome to wonder about. */
export function ofRead(refusal: Refusal): Refusal {
  if (refusal.reason !== "DEADLINE" && refusal.reason !== "LEADER_LOST") return refusal;
  return { ...refusal, outcomeUnknown: false };
}

export const READ_DEADLINE: ClusterRefusal = {
  reason: "DEADLINE",
  message: "The deadline passed before a quorum confirmed the read; it is safe to repeat.",
  outcomeUnknown: false,
};

function neverStarted(): ClusterRefusal {
  return {
    reason: "DEADLINE",
    message: "The deadline had passed before the request was taken; nothing happened.",
    outcomeUnknown: false,
  };
}

function abortError(signal: AbortSignal, pending: boolean, onDeadline: () => Refusal): unknown {
  const { reason } = signal;
  if (!(reason instanceof ConnectError)) return reason;
  if (reason.code === Code.DeadlineExceeded) return toConnectError(onDeadline());
  if (reason.code === Code.Unavailable) return toConnectError(shuttingDown(pending));
  return reason;
}
