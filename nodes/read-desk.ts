/**
 * Linearizable reads: a read waits for its index from the leader's quorum round, then until this
 * node has applied that much. Reads that come in the same turn share one index.
 */

import type { ReadOutcome } from "../api/replica.js";
import type { Clock } from "./clock.js";

/** Reads waiting on one node; one more is refused. */
const READS_MAX = 10_000;

interface WaitingRead {
  readonly deadlineAtMs: number;
  readonly reply: (outcome: ReadOutcome) => void;
}

export interface ReadDesk {
  request(deadlineMs: number, reply: (outcome: ReadOutcome) => void): void;
  ready(id: number, zxid: bigint): void;
  failed(id: number): void;
  /** The node has applied more. */
  applied(): void;
  expire(): void;
  close(): void;
}

export interface ReadDeskOptions {
  readonly clock: Clock;
  readonly appliedZxid: () => bigint;
  readonly ask: (id: number) => void;
}

export function createReadDesk({ clock, appliedZxid, ask }: ReadDeskOptions): ReadDesk {
  /** Reads by the id they were asked under; those of one turn share it. */
  const asked = new Map<number, WaitingRead[]>();
  let indexed: { zxid: bigint; reads: WaitingRead[] }[] = [];
  let collecting: WaitingRead[] | undefined;
  let lastId = 0;
  let waiting = 0;

  function answer(reads: readonly WaitingRead[], outcome: ReadOutcome): void {
    waiting -= reads.length;
    for (const read of reads) read.reply(outcome);
  }

  function refuse(reads: readonly WaitingRead[], reason: "NO_LEADER" | "SHUTTING_DOWN"): void {
    const message =
      reason === "NO_LEADER"
        ? "No leader with a quorum can be asked right now; a LOCAL read still works."
        : "This node is shutting down.";
    answer(reads, { ok: false, refusal: { reason, message, retryAfterMs: 50 } });
  }

  function late(reads: readonly WaitingRead[]): WaitingRead[] {
    const now = clock.nowMs();
    const expired = reads.filter((read) => read.deadlineAtMs <= now);
    if (expired.length > 0) {
      const message = "The read was not confirmed by a quorum in time.";
      answer(expired, { ok: false, refusal: { reason: "DEADLINE", message } });
    }
    return expired.length === 0 ? [...reads] : reads.filter((read) => read.deadlineAtMs > now);
  }

  return {
    request(deadlineMs, reply) {
      if (waiting >= READS_MAX) {
        const message = `This node already has ${READS_MAX} reads waiting.`;
        clock.next(() => {
          reply({ ok: false, refusal: { reason: "OVERLOADED", message, retryAfterMs: 50 } });
        });
        return;
      }
      waiting++;
      const read = { deadlineAtMs: clock.nowMs() + deadlineMs, reply };
      if (collecting !== undefined) {
        collecting.push(read);
        return;
      }
      lastId++;
      const id = lastId;
      collecting = [read];
      asked.set(id, collecting);
      clock.next(() => {
        collecting = undefined;
        ask(id);
      });
    },
    ready(id, zxid) {
      const reads = asked.get(id);
      if (reads === undefined) return;
      asked.delete(id);
      if (appliedZxid() >= zxid) answer(reads, { ok: true, zxid });
      else indexed.push({ zxid, reads });
    },
    failed(id) {
      const reads = asked.get(id);
      if (reads === undefined) return;
      asked.delete(id);
      refuse(reads, "NO_LEADER");
    },
    applied() {
      if (indexed.length === 0) return;
      const zxid = appliedZxid();
      const due = indexed.filter((group) => group.zxid <= zxid);
      if (due.length === 0) return;
      indexed = indexed.filter((group) => group.zxid > zxid);
      for (const group of due) answer(group.reads, { ok: true, zxid: group.zxid });
    },
    expire() {
      for (const [id, reads] of asked) {
        if (reads === collecting) continue;
        const kept = late(reads);
        if (kept.length > 0) asked.set(id, kept);
        else asked.delete(id);
      }
      indexed = indexed
        .map((group) => ({ zxid: group.zxid, reads: late(group.reads) }))
        .filter((group) => group.reads.length > 0);
    },
    close() {
      for (const reads of asked.values()) refuse(reads, "SHUTTING_DOWN");
      for (const group of indexed) refuse(group.reads, "SHUTTING_DOWN");
      asked.clear();
      indexed = [];
    },
  };
}
