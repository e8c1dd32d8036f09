// Proves that each peer gets one answer at a time, and that only who remembers everything denies.
import assert from "node:assert/strict";
import test from "node:test";
import { createFetchDesk } from "./fetch-desk.js";
import type { Held, Want } from "./store/storage.js";

const WANT: Want = { after: { zxid: 1n, crc: 1 }, below: 9n };

function createRig(isSure: boolean) {
  const reads: ((held: Held) => void)[] = [];
  const told: string[] = [];
  const desk = createFetchDesk({
    source: { fetch: (_, answer) => void reads.push(answer) },
    isSure: () => isSure,
    reply: (to, msg) => void told.push(msg.t === "fetched" ? `${to} ${msg.held.lack}` : to),
  });
  return { reads, told, desk };
}

test("who asks again before the answer asked in vain, and may ask after it", () => {
  const { desk, reads, told } = createRig(true);
  for (const peer of ["b", "b", "c"]) desk.onFetch(peer, WANT);
  assert.equal(reads.length, 2);
  for (const answer of reads) answer({ entries: [], lack: "gone" });
  assert.deepEqual(told, ["b gone", "c gone"]);
  desk.onFetch("b", WANT);
  assert.equal(reads.length, 3);
});

test("a node that may have forgotten denies nothing", () => {
  for (const [isSure, lack] of [
    [true, "never"],
    [false, "unreadable"],
  ] as const) {
    const { desk, reads, told } = createRig(isSure);
    desk.onFetch("b", WANT);
    reads[0]?.({ entries: [], lack: "never" });
    assert.deepEqual(told, [`b ${lack}`]);
  }
});
