// Proves that a node whose log was lost to damage never calls its log empty, neither to itself nor
// to others, until a leader has admitted it: else a cluster of such nodes would begin from nothing.
import assert from "node:assert/strict";
import test from "node:test";
import { type Core, createCore } from "./core.js";
import type { Output } from "./io.js";
import type { MessageOf } from "./message.js";
import { step } from "./step.js";

function start(distrusted: boolean): Core {
  return createCore(
    {
      self: "a",
      voters: ["a", "b"],
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
      initialized: false,
      distrusted,
      base: { zxid: 0n, crc: 0 },
      baseEpochEnds: [],
      entries: [],
      snapshotZxid: 0n,
      commitHint: 0n,
    },
  );
}

function saidEmpty(outputs: readonly Output[]): boolean[] {
  const said: boolean[] = [];
  for (const output of outputs) {
    if (output.t === "send" && output.msg.t === "notify") said.push(output.msg.empty);
  }
  return said;
}

const emptyPeer: MessageOf<"notify"> = {
  t: "notify",
  role: "LOOKING",
  round: 0,
  vote: { leader: "b", epoch: 0, zxid: 0n },
  blank: true,
  empty: true,
  acceptedEpoch: 0,
};

test("a blank node says that its log is empty, and begins when all others say so", () => {
  const core = start(false);
  assert.deepEqual(saidEmpty(step(core, { t: "link", peer: "b", up: true })), [true]);
  step(core, { t: "recv", from: "b", msg: emptyPeer });
  assert.equal(core.initialized, true);
});

test("a distrusted one does neither", () => {
  const core = start(true);
  assert.deepEqual(saidEmpty(step(core, { t: "link", peer: "b", up: true })), [false]);
  const outputs = step(core, { t: "recv", from: "b", msg: emptyPeer });
  assert.deepEqual([core.initialized, core.distrusted], [false, true]);
  assert.deepEqual(
    outputs.filter(({ t }) => t === "write"),
    [],
  );
  step(core, { t: "tick", ticks: 100 });
  assert.equal(core.role.kind, "LOOKING");
});
