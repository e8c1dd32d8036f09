/**
 * What must hold of the logs that the nodes of one cluster leave behind, as checks over lists: it
 * reads no file and starts nothing (verify-logs.testing.ts does). Each throws with what is wrong.
 */
import assert from "node:assert/strict";
import { counterOf, epochOf, formatZxid } from "../../game/zxid.js";
import type { History } from "./history.testing.js";
import type { LoggedTransaction } from "./log-files.testing.js";

/**
 * The same transactions in the same order, no gap, and none missing of those up to `settledAt`,
 * which every node had applied. Returns the whole log; a node that was sent a snapshot has its end.
 */
export function checkLogs(
  logs: ReadonlyMap<string, readonly LoggedTransaction[]>,
  settledAt: bigint,
): readonly LoggedTransaction[] {
  const [whole = []] = [...logs.values()].sort((a, b) => b.length - a.length);
  assert.equal(formatZxid(whole[0]?.zxid ?? 0n), "1.0", "no node has the log from its beginning");
  const places = new Map(whole.map(({ zxid }, index) => [zxid, index]));
  for (const [id, log] of logs) {
    checkNoGap(id, log);
    const last = log.at(-1)?.zxid ?? 0n;
    assert.ok(last >= settledAt, `${id} ends at ${formatZxid(last)}, before what it had applied`);
    const first = places.get(log[0]?.zxid ?? -1n);
    assert.ok(first !== undefined, `${id} begins with ${log[0]?.text}, which no other log holds`);
    for (const [index, { text }] of log.entries()) {
      assert.equal(text, whole[first + index]?.text, `the log of ${id} differs from the others`);
    }
  }
  return whole;
}

function checkNoGap(id: string, log: readonly LoggedTransaction[]): void {
  let before: bigint | undefined;
  for (const { zxid } of log) {
    if (before !== undefined) {
      const next = epochOf(zxid) === epochOf(before) ? zxid === before + 1n : zxid > before;
      const isFirst = epochOf(zxid) === epochOf(before) || counterOf(zxid) === 0;
      const places = `${formatZxid(before)} and ${formatZxid(zxid)}`;
      assert.ok(next && isFirst, `the log of ${id} has a gap between ${places}`);
    }
    before = zxid;
  }
}

/**
 * Every confirmed write is in the log once, where its client was told; every other one at most
 * once. Returns how many were confirmed.
 */
export function checkExactlyOnce(log: readonly LoggedTransaction[], { writes }: History): number {
  const places = new Map<string, bigint>();
  for (const { zxid, requestId } of log) {
    if (requestId === "") continue;
    const first = places.get(requestId);
    assert.equal(first, undefined, `${requestId} happened twice, also at ${formatZxid(zxid)}`);
    places.set(requestId, zxid);
  }
  let confirmed = 0;
  for (const { requestId, server, acked } of writes) {
    if (acked === undefined) continue;
    confirmed++;
    const place = places.get(requestId);
    const told = `${server} confirmed ${requestId} at ${formatZxid(acked.zxid)}`;
    assert.ok(place !== undefined, `${told}, and no log has it`);
    assert.equal(formatZxid(place), formatZxid(acked.zxid), told);
  }
  return confirmed;
}
