// Proves that a read is confirmed by a round that began after it, that reads which wait share one,
// and that a refusal comes in the cluster's words.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import type { PlayPool } from "../client/play-pool.js";
import type { PlayOutcome } from "../client/play-session.js";
import { GetGameResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { createConfirmedReads } from "./confirmed-reads.js";

function rig() {
  const answers: ((outcome: PlayOutcome) => void)[] = [];
  const pool: PlayPool = {
    call: () => new Promise((resolve) => answers.push(resolve)),
    pending: () => 0,
    close() {},
  };
  let ids = 0;
  const reads = createConfirmedReads({ pool, requestId: () => `id-${++ids}` });
  const answer = (zxid: bigint): void => {
    answers.shift()?.({ kind: "game", game: create(GetGameResponseSchema, { zxid }) });
  };
  return { reads, answers, answer };
}

test("reads that come while a round is under way share the next one, not that one", async () => {
  const { reads, answers, answer } = rig();
  const first = reads.confirm(1000);
  const second = reads.confirm(1000);
  const third = reads.confirm(1000);
  assert.equal(answers.length, 1);
  answer(5n);
  assert.deepEqual(await first, { ok: true, zxid: 5n });
  assert.equal(answers.length, 1, "one round for the two that waited");
  answer(7n);
  assert.deepEqual(await second, { ok: true, zxid: 7n });
  assert.deepEqual(await third, { ok: true, zxid: 7n });
  const fourth = reads.confirm(1000);
  answer(8n);
  assert.deepEqual(await fourth, { ok: true, zxid: 8n });
});

test("what the cluster did not confirm is refused", async () => {
  const { reads, answers } = rig();
  const read = reads.confirm(1000);
  answers.shift()?.({ kind: "unavailable", message: "no quorum" });
  const outcome = await read;
  assert.ok(!outcome.ok);
  assert.deepEqual([outcome.refusal.reason, outcome.refusal.message], ["NO_LEADER", "no quorum"]);
});
