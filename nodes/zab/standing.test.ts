// Proves who stands for election, and for whom a node votes: who hears too few that count stands
// for nobody, and nobody votes for whom it does not hear.
import assert from "node:assert/strict";
import test from "node:test";
import { type Core, createCore } from "./core.js";
import type { Output } from "./io.js";
import type { MessageOf, Vote } from "./message.js";
import { step } from "./step.js";

/** Node b of three, with an empty log. */
function start(): Core {
  return createCore(
    {
      self: "b",
      voters: ["a", "b", "c"],
      quorum: 2,
      initLimitTicks: 10,
      syncLimitTicks: 4,
      heartbeatTicks: 1,
      electionWaitTicks: 2,
      logTailEntries: 100,
      windowEntries: 100,
      counterMax: 100,
    },
    {
      acceptedEpoch: 0,
      promisedTo: "",
      initialized: true,
      distrusted: false,
      base: { zxid: 0n, crc: 0 },
      baseEpochEnds: [],
      entries: [],
      snapshotZxid: 0n,
      commitHint: 0n,
    },
  );
}

function says(vote: Vote, blank = false): MessageOf<"notify"> {
  return { t: "notify", role: "LOOKING", round: 0, vote, blank, empty: false, acceptedEpoch: 0 };
}

function lastVote(outputs: readonly Output[]): string | undefined {
  const sent = outputs.flatMap((o) => (o.t === "send" && o.msg.t === "notify" ? [o.msg] : []));
  return sent.at(-1)?.vote.leader;
}

const forA: Vote = { leader: "a", epoch: 0, zxid: 0n };
const forC: Vote = { leader: "c", epoch: 7, zxid: 7n << 32n };

test("a node stands as soon as it hears enough, and no longer when it does not", () => {
  const core = start();
  assert.equal(lastVote(step(core, { t: "tick", ticks: 20 })), undefined);
  assert.equal(lastVote(step(core, { t: "link", peer: "a", up: true })), "b");
  step(core, { t: "link", peer: "c", up: true });
  assert.equal(core.round, 0);
  step(core, { t: "link", peer: "c", up: false });
  assert.equal(core.round, 0);
  step(core, { t: "link", peer: "a", up: false });
  // A new round: whoever voted for it is to forget that.
  assert.deepEqual([core.round, core.role.kind === "LOOKING" && core.role.vote.leader], [1, ""]);
});

test("one whose vote does not count is not enough to stand", () => {
  const core = start();
  step(core, { t: "link", peer: "a", up: true });
  assert.equal(lastVote(step(core, { t: "recv", from: "a", msg: says(forA, true) })), "");
  assert.equal(lastVote(step(core, { t: "recv", from: "a", msg: says(forA) })), "b");
});

test("a vote for one that is not heard is not taken up, however good it is", () => {
  const core = start();
  step(core, { t: "link", peer: "a", up: true });
  step(core, { t: "recv", from: "a", msg: says(forC) });
  step(core, { t: "tick", ticks: 20 });
  assert.equal(core.role.kind === "LOOKING" && core.role.vote.leader, "b");
  step(core, { t: "link", peer: "c", up: true });
  assert.equal(lastVote(step(core, { t: "recv", from: "c", msg: says(forC) })), "c");
});
