// Proves that a read is confirmed by a round that began after it, that reads which wait share one,
// each with its own deadline, and that a refusal comes in the cluster's words.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { create } from "@bufbuild/protobuf";
import { createFastClock } from "../client/fast-clock.testing.js";
import type { PlayOutcome } from "../client/play-session.js";
import { GetGameResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { createConfirmedReads } from "./confirmed-reads.js";

function rig(t: TestContext) {
  const answers: ((outcome: PlayOutcome) => void)[] = [];
  const deadlines: number[] = [];
  let ids = 0;
  const clock = createFastClock();
  const reads = createConfirmedReads({
    pool: {
      call(_call, deadlineMs) {
        deadlines.push(deadlineMs);
        return new Promise((resolve) => answers.push(resolve));
      },
    },
    clock,
    requestId: () => `id-${++ids}`,
    deadlineMs: 5000,
  });
  t.after(reads.close);
  const answer = (zxid: bigint): void => {
    answers.shift()?.({ kind: "game", game: create(GetGameResponseSchema, { zxid }) });
  };
  return { clock, reads, answers, answer, deadlines };
}

test("reads that come while a round is under way share the next one, not that one", async (t) => {
  const { reads, answers, answer } = rig(t);
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

test("what the cluster did not confirm is refused", async (t) => {
  const { reads, answers } = rig(t);
  const read = reads.confirm(1000);
  const later = reads.confirm(1000);
  answers.shift()?.({ kind: "unavailable", message: "no quorum" });
  const outcome = await read;
  assert.ok(!outcome.ok);
  assert.equal(await later, outcome, "no second round for who waited with the first");
  assert.deepEqual([outcome.refusal.reason, outcome.refusal.message], ["NO_LEADER", "no quorum"]);
});

test("a read in haste is late alone, in a read's words; who waits with it is not", async (t) => {
  const { clock, reads, answers, answer, deadlines } = rig(t);
  const hasty = await reads.confirm(1);
  assert.ok(!hasty.ok && hasty.refusal.reason === "DEADLINE");
  assert.match(hasty.refusal.message, /before a quorum confirmed the read; it is safe to repeat/);
  assert.ok("outcomeUnknown" in hasty.refusal && hasty.refusal.outcomeUnknown === false);
  const patient = reads.confirm(1000);
  const alsoHasty = reads.confirm(1);
  await clock.sleep(10, new AbortController().signal);
  assert.ok(!(await alsoHasty).ok);
  answer(5n);
  while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
  answer(7n);
  assert.deepEqual(await patient, { ok: true, zxid: 7n });
  assert.deepEqual(deadlines, [5000, 5000], "a round has the longest deadline, whoever began it");
});
