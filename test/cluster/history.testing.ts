/**
 * What clients were told, and the check that it is linearizable. The log gives the one order in
 * which everything happened, so what is left to check is real time: whatever began after something
 * else had ended must come later in that order.
 */
import assert from "node:assert/strict";
import { formatZxid } from "../../game/zxid.js";

export interface Write {
  readonly requestId: string;
  /** Where it was sent first. */
  readonly server: string;
  /** Milliseconds of this process's clock, as all times here. */
  readonly issuedAtMs: number;
  /** Undefined while nobody has confirmed it. */
  acked?: { readonly atMs: number; readonly zxid: bigint };
}

/** A linearizable read that was answered, with the zxid of the state that it showed. */
export interface Read {
  readonly server: string;
  readonly issuedAtMs: number;
  readonly answeredAtMs: number;
  readonly zxid: bigint;
}

export interface History {
  readonly writes: Write[];
  readonly reads: Read[];
}

interface Operation {
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly zxid: bigint;
  readonly isWrite: boolean;
}

/** Throws if some operation is told an older place in the log than one that had ended before it. */
export function checkRealTimeOrder({ writes, reads }: History): void {
  const operations: Operation[] = reads.map((read) => ({
    what: `a read through ${read.server}`,
    fromMs: read.issuedAtMs,
    toMs: read.answeredAtMs,
    zxid: read.zxid,
    isWrite: false,
  }));
  for (const { requestId, server, issuedAtMs, acked } of writes) {
    if (acked === undefined) continue;
    const what = `write ${requestId} through ${server}`;
    const { atMs, zxid } = acked;
    operations.push({ what, fromMs: issuedAtMs, toMs: atMs, zxid, isWrite: true });
  }
  const byEnd = operations.toSorted((a, b) => a.toMs - b.toMs);
  let ended = 0;
  let newest: Operation | undefined;
  for (const operation of operations.toSorted((a, b) => a.fromMs - b.fromMs)) {
    for (let next = byEnd[ended]; next !== undefined && next.toMs < operation.fromMs; ) {
      if (newest === undefined || next.zxid > newest.zxid) newest = next;
      ended++;
      next = byEnd[ended];
    }
    if (newest === undefined) continue;
    const inOrder = operation.isWrite
      ? operation.zxid > newest.zxid
      : operation.zxid >= newest.zxid;
    assert.ok(
      inOrder,
      `${operation.what} began after ${newest.what} had ended at ${formatZxid(newest.zxid)}, ` +
        `and was told ${formatZxid(operation.zxid)}`,
    );
  }
}
