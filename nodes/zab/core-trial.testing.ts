/**
 * Test support: one core among peers that may say anything. It does what the driver owes the core,
 * keeps the disk as an independent model, and fails as soon as an output is malformed or breaks a
 * rule that no word of a peer may make it break. What peers say is for core-words.testing.ts.
 */
import assert from "node:assert/strict";
import { decodeFrame, encodeFrame } from "../rpc/peer-codec.js";
import { chainCrc } from "../store/chain.js";
import { type Core, type CoreConfig, createCore } from "./core.js";
import type { Entry, NodeId, SnapshotData, WriteOp } from "./entry.js";
import type { Input, Output } from "./io.js";
import { follows, lastZxid } from "./log.js";
import type { Message } from "./message.js";
import { step } from "./step.js";
import { epochOf, formatZxid, type Zxid } from "./zxid.js";

/** What is on the disk once all batches so far are. */
interface Platter {
  base: { readonly zxid: Zxid; readonly crc: number };
  baseEpochEnds: readonly Zxid[];
  snapshotZxid: Zxid;
  entries: Entry[];
  acceptedEpoch: number;
  promisedTo: NodeId;
  initialized: boolean;
  distrusted: boolean;
}

type Send = Extract<Output, { readonly t: "send" }>;

export interface Trial {
  readonly core: Core;
  /** Why the core ended; undefined while it lives. */
  readonly halted: string | undefined;
  /** What was heard last. */
  heard: Message | undefined;
  /** The marker that the core waits for, and the learners that wait for a snapshot. */
  wantedMarker: Extract<Output, { readonly t: "wantMarker" }> | undefined;
  wantedSnapshot: Extract<Output, { readonly t: "wantSnapshot" }> | undefined;
  /** What the application holds, as a snapshot of the core's own log would tell it. */
  snapshot(): SnapshotData | undefined;
  feed(input: Input): void;
  /** A read that is to be answered once at most. */
  read(): void;
  /** That many more batches reach the disk. */
  sync(batches: number): void;
  /** The process ends and begins again with what the disk holds. */
  restart(): void;
}

/** How the node's directory was when it began. */
export type Beginning = "initialized" | "blank" | "distrusted";

export function createTrial(config: CoreConfig, beginning: Beginning): Trial {
  const platter: Platter = {
    base: { zxid: 0n, crc: 0 },
    baseEpochEnds: [],
    snapshotZxid: 0n,
    entries: [],
    acceptedEpoch: 0,
    promisedTo: "",
    initialized: beginning === "initialized",
    distrusted: beginning === "distrusted",
  };
  const owners = new Map<number, NodeId>();
  let core = start();
  let batches: { readonly batch: number; readonly ops: readonly WriteOp[] }[] = [];
  let held: Send[] = [];
  let lastBatch = 0;
  let durableBatch = 0;
  let acceptedEpoch = 0;
  let commit = 0n;
  let delivered = 0n;
  let lastRead = 0;
  const reads = new Set<number>();
  let halted: string | undefined;

  function start(): Core {
    return createCore(config, { ...platter, commitHint: 0n });
  }

  function holds(zxid: Zxid): boolean {
    return zxid === platter.base.zxid || platter.entries.some((entry) => entry.zxid === zxid);
  }

  function lastOnDisk(): Zxid {
    return platter.entries.at(-1)?.zxid ?? platter.base.zxid;
  }

  function persist(op: WriteOp): void {
    switch (op.kind) {
      case "append":
        for (const entry of op.entries) {
          const last = lastOnDisk();
          assert.ok(follows(last, entry.zxid), `a gap on disk after ${formatZxid(last)}`);
          platter.entries.push(entry);
        }
        break;
      case "promise":
        platter.acceptedEpoch = op.epoch;
        platter.promisedTo = op.to;
        break;
      case "truncate":
        assert.ok(holds(op.to), `no ${formatZxid(op.to)} on disk to truncate to`);
        platter.entries = platter.entries.filter((entry) => entry.zxid <= op.to);
        break;
      case "reset":
        platter.base = { zxid: op.snapshot.zxid, crc: op.snapshot.crc };
        platter.baseEpochEnds = op.snapshot.epochEnds;
        platter.snapshotZxid = op.snapshot.zxid;
        platter.entries = [];
        break;
      case "initialize":
        platter.initialized = true;
        platter.distrusted = false;
        break;
      default:
        op satisfies never;
    }
  }

  function checkWrite({ batch, ops }: Extract<Output, { readonly t: "write" }>): void {
    assert.equal(batch, lastBatch + 1, "batches are numbered in order");
    assert.ok(ops.length > 0, "a batch of nothing");
    lastBatch = batch;
    for (const op of ops) {
      if (op.kind !== "promise") continue;
      assert.ok(op.epoch >= acceptedEpoch, "a promise below one before");
      const owner = owners.get(op.epoch) ?? op.to;
      assert.equal(op.to, owner, `epoch ${op.epoch} was promised to ${owner}`);
      owners.set(op.epoch, op.to);
    }
    batches.push({ batch, ops });
  }

  /** What is said of the disk is true of it once the batch is there that the word waits for. */
  function checkTruth({ msg }: Send): void {
    if (msg.t === "ack") {
      assert.ok(holds(msg.zxid), `acks ${formatZxid(msg.zxid)}, which is not on its disk`);
      assert.ok(msg.epoch >= core.acceptedEpoch, "an ack behind a promise");
    } else if (msg.t === "ackEpoch") {
      // A log that is ahead of its promise shows that the promise was made, not to whom.
      const shown = msg.counts ? 0 : epochOf(lastOnDisk());
      const promised = Math.max(platter.acceptedEpoch, shown);
      assert.ok(promised >= msg.epoch, "the promise is not on its disk");
      assert.ok(lastOnDisk() >= msg.last, "reports what is not on its disk");
    } else if (msg.t === "newEpoch") {
      assert.ok(platter.acceptedEpoch >= msg.epoch, "its own promise is not on its disk");
    }
  }

  function checkSend(one: Send): void {
    const { to, msg, after } = one;
    assert.ok(config.voters.includes(to) && to !== config.self, `a word to ${to}`);
    assert.ok(after <= lastBatch, "waits for a batch that nobody wrote");
    const frame = decodeFrame(Buffer.concat(encodeFrame([msg])));
    assert.ok(frame.kind === "messages", `nobody can read this ${msg.t}`);
    if (after <= durableBatch) checkTruth(one);
    else held.push(one);
  }

  function checkDelivery(entries: readonly Entry[]): void {
    for (const { zxid } of entries) {
      assert.ok(follows(delivered, zxid), `${formatZxid(zxid)} after ${formatZxid(delivered)}`);
      assert.ok(holds(zxid), `delivers ${formatZxid(zxid)}, which is not on its disk`);
      assert.ok(zxid <= core.commit && zxid <= core.durable, "delivers beyond its bounds");
      delivered = zxid;
    }
  }

  function act(output: Output): void {
    switch (output.t) {
      case "write":
        checkWrite(output);
        break;
      case "send":
        checkSend(output);
        break;
      case "deliver":
        checkDelivery(output.entries);
        break;
      case "install":
        assert.ok(output.snapshot.zxid >= delivered, "the state goes back");
        assert.equal(platter.snapshotZxid, output.snapshot.zxid, "the snapshot is not on disk");
        delivered = output.snapshot.zxid;
        break;
      case "leave":
        held = [];
        break;
      case "wantMarker":
        trial.wantedMarker = output;
        break;
      case "wantSnapshot":
        trial.wantedSnapshot = output;
        break;
      case "halt":
        halted = output.why;
        break;
      case "readReady":
      case "readFailed":
        assert.ok(reads.delete(output.id), `nobody waits for an answer to read ${output.id}`);
        break;
      case "trace":
        break;
      default:
        output satisfies never;
    }
  }

  function feed(input: Input): void {
    if (halted !== undefined) return;
    for (const output of step(core, input)) act(output);
    assert.ok(core.acceptedEpoch >= acceptedEpoch, "the accepted epoch fell");
    acceptedEpoch = core.acceptedEpoch;
    assert.ok(core.commit >= commit, "what was committed no longer is");
    commit = core.commit;
    assert.ok(core.durable <= lastZxid(core.log), "durable beyond the log");
    const epoch = epochOf(lastZxid(core.log));
    assert.ok(core.acceptedEpoch >= epoch, "the log is of an epoch that was not promised");
  }

  const trial: Trial = {
    get core() {
      return core;
    },
    get halted() {
      return halted;
    },
    heard: undefined,
    wantedMarker: undefined,
    wantedSnapshot: undefined,
    snapshot() {
      const { log } = core;
      const at = log.entries.findLast(({ zxid }) => zxid <= core.delivered);
      if (at === undefined) return undefined;
      const epochEnds = log.epochEnds.filter((end) => epochOf(end) < epochOf(at.zxid));
      return { zxid: at.zxid, crc: at.crc, epochEnds: [...epochEnds, at.zxid], chunks: ["state"] };
    },
    feed,
    read() {
      lastRead++;
      reads.add(lastRead);
      feed({ t: "read", id: lastRead });
    },
    sync(count) {
      const done = batches.slice(0, count);
      batches = batches.slice(count);
      for (const { batch, ops } of done) {
        for (const op of ops) persist(op);
        durableBatch = batch;
        for (const one of held) if (one.after === batch) checkTruth(one);
        held = held.filter((one) => one.after > batch);
      }
      if (done.length > 0) feed({ t: "durable", batch: durableBatch });
    },
    restart() {
      core = start();
      batches = [];
      held = [];
      lastBatch = 0;
      durableBatch = 0;
      // A promise that did not reach the disk was never told.
      acceptedEpoch = platter.acceptedEpoch;
      for (const epoch of owners.keys()) if (epoch > acceptedEpoch) owners.delete(epoch);
      commit = core.commit;
      delivered = platter.snapshotZxid;
      reads.clear();
      trial.wantedMarker = undefined;
      trial.wantedSnapshot = undefined;
    },
  };
  return trial;
}

/** Entries one after the other, each with the chain value that a decoder has checked. */
export function chained(first: Zxid, count: number, prevCrc: number, text: string): Entry[] {
  const entries: Entry[] = [];
  let crc = prevCrc;
  for (let index = 0; index < count; index++) {
    crc = chainCrc(text, crc);
    entries.push({ zxid: first + BigInt(index), text, crc });
  }
  return entries;
}

/** What no decoder lets pass must not be said; a proposal of nothing says nothing. */
export function heard(trial: Trial, from: NodeId, msg: Message): void {
  if (msg.t === "propose" && msg.entries.length === 0) return;
  const { kind } = decodeFrame(Buffer.concat(encodeFrame([msg])));
  assert.equal(kind, "messages", `the test says an unreadable ${msg.t}`);
  trial.heard = msg;
  trial.feed({ t: "recv", from, msg });
}
