/**
 * Test support: a core of node1, node2 and node3 that is established in epoch 1, brought there by
 * its own inputs. Its peers are played by whoever calls; nothing here is put into the core by
 * force.
 */
import { chainCrc } from "../store/chain.js";
import { type Core, createCore } from "./core.js";
import type { Entry, NodeId } from "./entry.js";
import type { Output } from "./io.js";
import { lastZxid } from "./log.js";
import { step } from "./step.js";
import { type Zxid, zxidOf } from "./zxid.js";

const VOTERS: readonly NodeId[] = ["node1", "node2", "node3"];
const MARKER = zxidOf(1, 0);

export interface EstablishedOptions {
  /** The text of the marker (1,0), which the core's application will be given. */
  readonly markerText: string;
  readonly counterMax?: number;
}

function freshCore(self: NodeId, counterMax = 1_000_000): Core {
  const config = {
    self,
    voters: VOTERS,
    quorum: 2,
    initLimitTicks: 40,
    syncLimitTicks: 8,
    heartbeatTicks: 1,
    electionWaitTicks: 2,
    logTailEntries: 1000,
    windowEntries: 1000,
    counterMax,
  };
  const none = { base: { zxid: 0n, crc: 0 }, baseEpochEnds: [], entries: [] };
  const promises = { acceptedEpoch: 0, promisedTo: "", initialized: true, distrusted: false };
  return createCore(config, { ...promises, ...none, snapshotZxid: 0n, commitHint: 0n });
}

function marker(text: string): Entry {
  return { zxid: MARKER, text, crc: chainCrc(text, 0) };
}

/** node3, which leads; node2 follows it and has acked the marker. node1 is not there. */
export function leadingCore({ markerText, counterMax }: EstablishedOptions): Core {
  const core = freshCore("node3", counterMax);
  const vote = { leader: "node3", epoch: 0, zxid: 0n };
  const from = "node2";
  step(core, { t: "flush" });
  step(core, { t: "link", peer: from, up: true });
  const stance = { role: "LOOKING", round: core.round, blank: false, empty: true } as const;
  step(core, { t: "recv", from, msg: { t: "notify", ...stance, vote, acceptedEpoch: 0 } });
  const cepoch = { t: "cepoch", attempt: 1, acceptedEpoch: 0, counts: true } as const;
  step(core, { t: "recv", from, msg: cepoch });
  step(core, { t: "durable", batch: core.batch });
  const promised = { attempt: 1, epoch: 1, counts: true, last: 0n, epochEnds: [], base: 0n };
  step(core, { t: "recv", from, msg: { t: "ackEpoch", ...promised } });
  step(core, { t: "recv", from, msg: { t: "pong", epoch: 1, n: 1 } });
  step(core, { t: "marker", entry: marker(markerText) });
  ackAll(core);
  return core;
}

/** The leader's disk and node2's catch up with its log; returns what comes of it. */
export function ackAll(core: Core): Output[] {
  const durable = step(core, { t: "durable", batch: core.batch });
  const ack = { t: "ack", epoch: 1, zxid: lastZxid(core.log) } as const;
  return [...durable, ...step(core, { t: "recv", from: "node2", msg: ack })];
}

/** node1, which follows node3 and is up to date. */
export function followingCore({ markerText }: EstablishedOptions): Core {
  const core = freshCore("node1");
  const from = "node3";
  step(core, { t: "flush" });
  step(core, { t: "link", peer: from, up: true });
  const vote = { leader: from, epoch: 1, zxid: 0n };
  const stance = { role: "LEADING", round: 0, blank: false, empty: false } as const;
  step(core, { t: "recv", from, msg: { t: "notify", ...stance, vote, acceptedEpoch: 1 } });
  step(core, { t: "recv", from, msg: { t: "newEpoch", attempt: core.attempt, epoch: 1 } });
  const sync = { mode: "DIFF", zxid: 0n, crc: 0, chunks: 0, epochEnds: [] } as const;
  const { attempt } = core;
  step(core, { t: "recv", from, msg: { t: "sync", attempt, epoch: 1, ...sync } });
  streamFrom(core, 0n, 0, [marker(markerText)]);
  step(core, { t: "recv", from, msg: { t: "upToDate", epoch: 1, commit: MARKER } });
  return core;
}

/** node3 streams these entries, and says at once that they are committed. */
export function streamFrom(
  core: Core,
  prev: Zxid,
  prevCrc: number,
  entries: readonly Entry[],
): Output[] {
  const commit = entries.at(-1)?.zxid ?? prev;
  const msg = { t: "propose", epoch: 1, prev, prevCrc, entries, commit } as const;
  const taken = step(core, { t: "recv", from: "node3", msg });
  return [...taken, ...step(core, { t: "durable", batch: core.batch })];
}
