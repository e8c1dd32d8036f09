/**
 * The driver of one node: one queue in, one loop: step, persist, send, apply. It holds the only
 * mutable copy of the core and of the game, and everything reaches them through turn(). The same
 * code runs on real clocks, links and disks and in the simulator.
 *
 * A turn: the time that has passed, the inputs that came, new proposals, then one frame a peer. All
 * of it is synchronous; what must wait for the disk is held by batch number.
 */

import { createFan } from "../api/fan.js";
import type { Replica } from "../api/replica.js";
import type { ClusterConfig } from "../config/cluster-config.js";
import { applyTransaction, createGame, type Game } from "../game/game.js";
import { restoreGame, SNAPSHOT_CHUNK_BYTES } from "../game/snapshot.js";
import { decodeTransaction, encodeTransaction, type Transaction } from "../game/transaction.js";
import type { Clock } from "./clock.js";
import { createCommandDesk } from "./command-desk.js";
import { createDistrustNotice } from "./distrust-notice.js";
import { createFetchDesk } from "./fetch-desk.js";
import type { Logger } from "./logger.js";
import { createOutbox } from "./outbox.js";
import { createReadDesk } from "./read-desk.js";
import type { Links } from "./rpc/links.js";
import type { PeerMessage } from "./rpc/peer-message.js";
import { createSnapshotKeeper } from "./snapshot-keeper.js";
import { createStatusBoard } from "./status-board.js";
import { chainCrc } from "./store/chain.js";
import type { Storage } from "./store/storage.js";
import { createTracer } from "./tracer.js";
import { type Core, createCore } from "./zab/core.js";
import type { Entry } from "./zab/entry.js";
import type { Input, Output } from "./zab/io.js";
import { indexAfter, lastZxid } from "./zab/log.js";
import { step } from "./zab/step.js";
import { COUNTER_MAX, epochOf } from "./zab/zxid.js";

export interface NodeOptions {
  readonly nodeId: string;
  readonly config: ClusterConfig;
  readonly clock: Clock;
  readonly links: Links;
  readonly storage: Storage;
  readonly log: Logger;
  /** A broken invariant: must end the process (or the simulated one). */
  readonly fail: (why: string) => void;
  /** What AdminService.StopNode does. */
  readonly stop: () => void;
  /** The last counter of an epoch; the simulator makes it small. */
  readonly counterMax?: number;
  /** Entries sent to one learner and not yet acked. */
  readonly windowEntries?: number;
  /** About so much in each chunk of a snapshot. */
  readonly snapshotChunkBytes?: number;
}

export interface ZabbleNode extends Replica {
  game(): Game;
  /** The core, for reading: checkers, the logger's columns. */
  readonly core: Core;
  /** Begins to take part. */
  start(): void;
  /** Answers what is pending, stops taking part; the storage is the caller's to close. */
  close(): void;
}

export function createNode(options: NodeOptions): ZabbleNode {
  const { nodeId, config, clock, links, storage, log } = options;
  const { recovered } = storage;
  const startedAtMs = clock.nowMs();
  let game: Game =
    recovered.snapshot === undefined ? createGame() : restoreGame(recovered.snapshot.chunks);
  const core = createCore(
    {
      self: nodeId,
      voters: config.nodes.map((node) => node.id),
      quorum: config.quorum,
      initLimitTicks: config.initLimitTicks,
      syncLimitTicks: config.syncLimitTicks,
      heartbeatTicks: config.heartbeatTicks,
      electionWaitTicks: config.electionWaitTicks,
      logTailEntries: config.limits.logTailEntries,
      windowEntries: options.windowEntries ?? 8192,
      counterMax: options.counterMax ?? COUNTER_MAX,
    },
    {
      acceptedEpoch: recovered.acceptedEpoch,
      promisedTo: recovered.promisedTo,
      initialized: recovered.initialized,
      distrusted: recovered.distrusted,
      base: recovered.base,
      baseEpochEnds: recovered.baseEpochEnds,
      entries: recovered.entries,
      snapshotZxid: game.zxid,
      commitHint: recovered.commitHint,
    },
  );

  let inputs: Input[] = [];
  let scheduled = false;
  let running = false;
  let closed = false;
  let pausedUntilMs = 0;
  const cutPeers = new Set<string>();
  let ticksSeen = 0;
  let stopTicks = (): void => {};

  const fan = createFan();
  const outbox = createOutbox((peer, messages) => links.send(peer, messages));
  const fetches = createFetchDesk({
    source: storage,
    isSure: () => core.initialized,
    reply(peer, msg) {
      outbox.add(peer, msg);
      schedule();
    },
  });
  const noticeDistrust = createDistrustNotice(core, clock, links, log);
  const tracer = createTracer(nodeId, core, clock, log);
  const reads = createReadDesk({ clock, appliedZxid: () => game.zxid, ask: (id) => ask(id) });
  const desk = createCommandDesk({
    core,
    config,
    clock,
    game: () => game,
    forward: (leader, epoch, commands) => outbox.add(leader, { t: "forward", epoch, commands }),
    replyTo: (peer, epoch, requestId, outcome) => {
      outbox.add(peer, { t: "forwardReply", epoch, requestId, outcome });
    },
    confirm: (then) => reads.request(config.limits.deadlineMs, (read) => then(read.ok)),
    wake: schedule,
  });
  const board = createStatusBoard({
    nodeId,
    config,
    core,
    clock,
    startedAtMs,
    game: () => game,
    connected: () => links.connected(),
    cut: () => cutPeers,
    paused: () => pausedUntilMs !== 0,
    outstanding: () => desk.outstanding(),
    snapshotZxid: () => keeper.savedZxid(),
  });
  const keeper = createSnapshotKeeper({
    core,
    clock,
    storage,
    everyEntries: config.limits.snapshotEntries,
    chunkBytes: options.snapshotChunkBytes ?? SNAPSHOT_CHUNK_BYTES,
    rank: config.nodes.findIndex((node) => node.id === nodeId),
    voters: config.nodes.length,
    savedZxid: game.zxid,
    game: () => game,
    ready: (peer, attempt, snapshot) => enqueue({ t: "snapshot", peer, attempt, snapshot }),
    log,
  });

  storage.onDurable((batch) => enqueue({ t: "durable", batch }));

  function ask(id: number): void {
    enqueue({ t: "read", id });
  }

  function enqueue(input: Input): void {
    inputs.push(input);
    schedule();
  }

  /** Nearly idle: at once. Busy: after the sockets were read, so that one frame carries it all. */
  function schedule(): void {
    if (scheduled || running || closed) return;
    scheduled = true;
    const few = core.role.kind === "LEADING" ? 2 : 1;
    if (desk.outstanding() <= few) clock.next(turn);
    else clock.soon(turn);
  }

  function turn(): void {
    scheduled = false;
    if (closed || core.halted) return;
    if (clock.nowMs() < pausedUntilMs) return;
    running = true;
    passTime();
    // Steps may add inputs (a marker, for instance): they belong to this turn.
    for (let taken = inputs; taken.length > 0; taken = inputs) {
      inputs = [];
      for (const input of taken) feed(input);
    }
    for (let entries = desk.takeProposals(); entries.length > 0; entries = desk.takeProposals()) {
      feed({ t: "propose", entries });
    }
    feed({ t: "flush" });
    desk.flushForwards();
    outbox.flush();
    running = false;
    if (inputs.length > 0 || desk.wantsTurn()) schedule();
  }

  /** Ticks are counted from the clock, not from timer calls: a late timer brings all it missed. */
  function passTime(): void {
    const ticks = Math.floor((clock.nowMs() - startedAtMs) / config.tickMs) - ticksSeen;
    if (ticks <= 0) return;
    ticksSeen += ticks;
    feed({ t: "tick", ticks });
    desk.expire();
    reads.expire();
    noticeDistrust();
    for (const peer of board.gossipDue() ? links.connected() : []) {
      outbox.add(peer, { t: "gossip", status: board.status() });
    }
  }

  function feed(input: Input): void {
    for (const output of step(core, input)) act(output);
    if (input.t === "durable") outbox.release(core.durableBatch);
    noticeRole();
  }

  let lastStanding = "";
  function noticeRole(): void {
    const standing = board.standing();
    if (standing === lastStanding) return;
    lastStanding = standing;
    desk.noticeRole();
    fan.status(board.changed());
  }

  function act(output: Output): void {
    switch (output.t) {
      case "write":
        storage.write(output.batch, output.ops);
        break;
      case "send":
        outbox.send(output.to, output.msg, output.after, core.durableBatch);
        break;
      case "deliver":
        apply(output.entries);
        break;
      case "install":
        game = restoreGame(output.snapshot.chunks);
        keeper.installed(game.zxid);
        storage.noteCommit(game.zxid);
        desk.applied([]);
        reads.applied();
        fan.reset();
        break;
      case "readReady":
        reads.ready(output.id, output.zxid);
        break;
      case "readFailed":
        reads.failed(output.id);
        break;
      case "wantMarker":
        inputs.push({ t: "marker", entry: makeMarker(output) });
        break;
      case "wantSnapshot":
        keeper.wanted(output.peer, output.attempt);
        break;
      case "leave":
        outbox.forgetHeld();
        // Rule R: no ack of this relation leaves behind the promise of the next one.
        outbox.flush();
        desk.leave();
        break;
      case "trace":
        tracer.core(output.event);
        break;
      case "halt":
        log.error("halt", { why: output.why });
        options.fail(output.why);
        break;
      default:
        throw new Error(`unknown output ${JSON.stringify(output satisfies never)}`);
    }
  }

  function apply(entries: readonly Entry[]): void {
    const transactions: Transaction[] = [];
    for (const entry of entries) {
      const transaction = desk.decided(entry) ?? decodeTransaction(entry.text);
      applyTransaction(game, transaction);
      transactions.push(transaction);
    }
    board.applied(transactions.length);
    storage.noteCommit(game.zxid);
    desk.applied(transactions);
    reads.applied();
    fan.applied(transactions);
    if (log.isEnabled("debug")) log.debug("commit", { count: transactions.length });
    keeper.applied(transactions.length);
  }

  /** The log's own time never goes back, so the marker is not older than the entry before it. */
  function makeMarker(want: Extract<Output, { t: "wantMarker" }>): Entry {
    const previous = core.log.entries.at(-1);
    const before = previous === undefined ? game.time : decodeTransaction(previous.text).time;
    const epoch = epochOf(want.zxid);
    const text = encodeTransaction({
      zxid: want.zxid,
      prev: want.prev,
      time: Math.max(before, Math.trunc(clock.wallMs())),
      requestId: "",
      events: [{ type: "LeaderEstablished", epoch, nodeId }],
    });
    return { zxid: want.zxid, text, crc: chainCrc(text, want.prevCrc) };
  }

  function onMessages(peer: string, messages: readonly PeerMessage[]): void {
    for (const msg of messages) {
      if (msg.t === "forward") desk.onForward(peer, msg.epoch, msg.commands);
      else if (msg.t === "forwardReply") {
        desk.onForwardReply(peer, msg.epoch, msg.requestId, msg.outcome);
      } else if (msg.t === "gossip") board.onGossip(peer, msg.status);
      else if (msg.t === "fetch") fetches.onFetch(peer, msg.want);
      // An answer to this process before it took part (repair.ts) may come late.
      else if (msg.t !== "fetched") inputs.push({ t: "recv", from: peer, msg });
    }
    schedule();
  }

  function resume(): void {
    pausedUntilMs = 0;
    links.setPaused(false);
    log.warn("resumed");
    schedule();
  }

  return {
    nodeId,
    admin: config.admin,
    core,
    start() {
      stopTicks = clock.every(config.tickMs, () => {
        if (pausedUntilMs !== 0 && clock.nowMs() >= pausedUntilMs) resume();
        schedule();
      });
      links.start({
        onUp: (peer) => enqueue({ t: "link", peer, up: true }),
        onDown: (peer) => enqueue({ t: "link", peer, up: false }),
        onMessages,
      });
      schedule();
    },
    close() {
      if (closed) return;
      feed({ t: "stepDown", quietTicks: 1_000_000 });
      outbox.flush();
      closed = true;
      stopTicks();
      desk.close();
      reads.close();
      links.close();
      fan.close();
    },
    submit: (command, deadlineMs, reply) => desk.submit(command, deadlineMs, reply),
    readIndex: (deadlineMs, reply) => reads.request(deadlineMs, reply),
    game: () => game,
    status: () => board.status(),
    cluster: () => board.cluster(),
    quorum: () => config.quorum,
    subscribe: (listener) => fan.subscribe(listener),
    recent(after, limit = Number.POSITIVE_INFINITY) {
      if (after < core.log.base) return undefined;
      const { entries } = core.log;
      const from = indexAfter(core.log, after);
      const kept = entries.slice(from, Math.min(indexAfter(core.log, game.zxid), from + limit));
      return kept.map((entry) => decodeTransaction(entry.text));
    },
    async history(after, limit) {
      const { entries, oldest } = await storage.read(after, limit);
      const applied = entries.filter((entry) => entry.zxid <= game.zxid);
      return { transactions: applied.map((entry) => decodeTransaction(entry.text)), oldest };
    },
    trace: (listener) => tracer.listen(listener),
    stop: options.stop,
    pause(durationMs) {
      if (durationMs === 0) {
        resume();
        return;
      }
      log.warn("paused", { durationMs });
      pausedUntilMs = clock.nowMs() + durationMs;
      links.setPaused(true);
    },
    setLink(peerId, fault) {
      if (peerId === nodeId || !config.nodes.some((node) => node.id === peerId)) return false;
      log.warn("link fault", { peer: peerId, ...fault });
      links.setFault(peerId, fault);
      if (fault.cutIn || fault.cutOut) cutPeers.add(peerId);
      else cutPeers.delete(peerId);
      return true;
    },
    stepDown() {
      if (core.role.kind !== "LEADING" || lastZxid(core.log) === 0n) return false;
      enqueue({ t: "stepDown", quietTicks: config.syncLimitTicks * 2 });
      return true;
    },
  };
}
