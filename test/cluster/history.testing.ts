/**
 * What clients were told, and the two checks that it is linearizable. One trusts the log, which
 * gives the one order in which everything happened: what is left to check is real time. The other
 * looks at nothing but the answers, and searches for an order that explains them all.
 */
import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatZxid } from "../../game/zxid.js";
import { checkHistory } from "../history/check.js";
import { saveHistory } from "../history/json-lines.js";
import type { Operation as ClientOperation } from "../history/operation.js";
import { sessionStepBack } from "../history/session-order.js";

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
  /** The same and more in full, with every answer, if it was recorded. */
  readonly operations?: ClientOperation[];
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

/** Throws if no order explains the answers, or none was found; the history is then in a file. */
export function checkAnswers(operations: readonly ClientOperation[]): void {
  const verdict = checkHistory(operations);
  const stepBack = sessionStepBack(operations);
  if (verdict.kind === "ok" && stepBack === undefined) return;
  const file = join(mkdtempSync(join(tmpdir(), "zabble-history-")), "history.jsonl");
  saveHistory(file, operations);
  const words = verdict.kind === "violation" ? verdict.words : stepBack;
  const undecided = verdict.kind === "unknown" ? verdict.why : "";
  assert.fail(`${words ?? undecided}\nrepeat it with: npm run check-history -- ${file}`);
}
