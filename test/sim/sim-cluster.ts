/** A simulated cluster: the production driver, core and game on simulated clock, links and disk. */
import type { ClusterConfig } from "../../config/cluster-config.js";
import { createGame, type Game } from "../../game/game.js";
import { cutSnapshot, snapshotChunks } from "../../game/snapshot.js";
import type { LogFields, Logger } from "../../nodes/logger.js";
import { createNode, type ZabbleNode } from "../../nodes/node.js";
import { createRepair } from "../../nodes/repair.js";
import type { Links } from "../../nodes/rpc/links.js";
import type { Storage } from "../../nodes/store/storage.js";
import type { SnapshotData, WriteOp } from "../../nodes/zab/entry.js";
import { createDamagedPlatter } from "./damaged-platter.js";
import { type Doom, type Moment, strikes, wordsOf } from "./doom.js";
import type { PlannedFault } from "./fault-plan.js";
import type { NetworkProfile } from "./pipe.js";
import { createPlatter, isSafe, isWhole, type Platter } from "./platter.js";
import type { Prng } from "./prng.js";
import { type ConfigProfile, type NodeLimits, simConfig } from "./sim-config.js";
import {
  createSimDisk,
  type DiskCounts,
  type DiskProfile,
  type DiskTrouble,
  type SimDisk,
  type SimDiskOptions,
} from "./sim-disk.js";
import { createSimLogger } from "./sim-logger.js";
import { createSimNetwork, type SimNetwork } from "./sim-network.js";
import { createSimProcess, type FragileProcess, type WallClock } from "./sim-process.js";
import { Violation } from "./violation.js";
import type { World } from "./world.js";

export interface RunningNode {
  readonly process: FragileProcess;
  readonly node: ZabbleNode;
  readonly disk: SimDisk;
}

/** How the clock of a machine is off; see sim-process.ts. */
interface Timers {
  rate: number;
  /** On average. */
  lateMs: number;
  busyMs: number;
}

/** One machine: what outlives its processes, and the process that runs on it now. */
export interface SimNode {
  readonly id: string;
  readonly platter: Platter;
  readonly wall: WallClock;
  readonly timers: Timers;
  readonly trouble: DiskTrouble;
  limits: NodeLimits;
  /** Undefined while the process is down. */
  running: RunningNode | undefined;
  /** The process while it has its log made whole: it does not take part yet. */
  repairing: FragileProcess | undefined;
  frozen: boolean;
  /** Counts the lives of the process; position pointers of checkers are per life. */
  life: number;
  /** Crashes that wait for their moments, in whatever life they come. */
  dooms: Doom[];
}

export interface SimCluster {
  readonly config: ClusterConfig;
  readonly nodes: readonly SimNode[];
  readonly network: SimNetwork;
  readonly diskCounts: DiskCounts;
  /** Nodes that did something since whoever looks here emptied it. */
  readonly touched: SimNode[];
  /** The state that every log begins from. */
  newGame(): Game;
  start(node: SimNode): void;
  crash(node: SimNode): void;
  freeze(node: SimNode): void;
  thaw(node: SimNode): void;
  /** Empties the directory of a stopped node. */
  wipe(node: SimNode): void;
  /** A process ended by itself: its disk failed, or its doom came. */
  onDied: (node: SimNode, why: string) => void;
  /** For checkers. Batches are handed to the disk as 1, 2, 3, ... in each life. */
  onWrite: (node: SimNode, ops: readonly WriteOp[], batch: number) => void;
  /** The batch, and all before it, is on the platter; the node is about to hear of it. */
  onDurable: (node: SimNode, batch: number) => void;
  /** A snapshot is handed to the disk. */
  onSnapshot: (node: SimNode, snapshot: SnapshotData) => void;
  onStart: (node: SimNode) => void;
  /** The process is gone; the platter is as it will be found at the next start. */
  onCrash: (node: SimNode) => void;
  /** The simulator is about to take from the platter what was durable on it. */
  onLoss: (node: SimNode) => void;
  /** A planned fault strikes these, the first of them above all. */
  onFault: (fault: PlannedFault, struck: readonly SimNode[]) => void;
  /** What a node writes to its log: role changes with their reasons, votes, promises, syncs. */
  onLog: (node: SimNode, message: string, fields: LogFields) => void;
}

export interface ClusterProfile extends ConfigProfile, NodeLimits {
  readonly disk: DiskProfile & Pick<SimDiskOptions, "errorChance" | "snapshotMeanMs">;
  readonly network: NetworkProfile;
  /** Clocks run up to this many times too fast or too slow. */
  readonly clockSpread: number;
  /** How late timers fire, on average. */
  readonly timerLateMs: number;
  /** How long a process takes, on average, until it does what it has put off. */
  readonly busyMs: number;
  /** Request ids in one of the two generations that a game remembers. */
  readonly requestsPerGeneration: number;
}

export function createSimCluster(world: World, prng: Prng, profile: ClusterProfile): SimCluster {
  const config = simConfig(profile, profile);
  const ids = config.nodes.map(({ id }) => id);
  const network = createSimNetwork(world, prng.fork("network"), ids, profile.network);
  const crashDice = prng.fork("crash");
  const diskCounts = {
    stalls: 0,
    errors: 0,
    lostWrites: 0,
    tornWrites: 0,
    scrambledWrites: 0,
  };
  const newGame = (): Game => createGame(profile.requestsPerGeneration);
  const chunks = [...snapshotChunks(cutSnapshot(newGame()))];
  const newborn: SnapshotData = { zxid: 0n, crc: 0, epochEnds: [], chunks };

  const nodes: SimNode[] = ids.map((id) => ({
    id,
    platter: createPlatter(true),
    wall: { offsetMs: prng.int(-5000, 5000) },
    timers: {
      rate: profile.clockSpread ** (2 * prng.next() - 1),
      lateMs: profile.timerLateMs,
      busyMs: profile.busyMs,
    },
    trouble: { full: false, failNext: false, slowness: 1, calm: false },
    limits: profile,
    running: undefined,
    repairing: undefined,
    frozen: false,
    life: 0,
    dooms: [],
  }));
  const touched: SimNode[] = [];
  const cluster: SimCluster = {
    config,
    nodes,
    network,
    diskCounts,
    touched,
    newGame,
    start,
    crash,
    freeze(node) {
      node.frozen = true;
      (node.running?.process ?? node.repairing)?.freeze();
    },
    thaw(node) {
      node.frozen = false;
      (node.running?.process ?? node.repairing)?.thaw();
    },
    wipe: (node) => {
      cluster.onLoss(node);
      Object.assign(node.platter, createPlatter(false));
    },
    onDied: () => {},
    onWrite: () => {},
    onDurable: () => {},
    onSnapshot: () => {},
    onStart: () => {},
    onCrash: () => {},
    onLoss: () => {},
    onFault: () => {},
    onLog: () => {},
  };

  function start(node: SimNode): void {
    if (node.running !== undefined || node.repairing !== undefined) return;
    node.life++;
    const dice = prng.fork(`life/${node.id}/${node.life}`);
    const process = createProcess(node, dice);
    const links = watchedLinks(node, network.linksFor(node.id, process));
    if (node.platter.doubtful && !beginAnew(node)) return;
    if (isWhole(node.platter)) run(node, process, dice, links);
    else repair(node, process, dice, links);
  }

  function createProcess(node: SimNode, dice: Prng): FragileProcess {
    const { timers } = node;
    const about = (meanMs: number): number => (meanMs === 0 ? 0 : dice.exponential(meanMs));
    const skew = {
      rate: timers.rate,
      lateMs: () => about(timers.lateMs),
      busyMs: () => about(timers.busyMs),
    };
    return createSimProcess(world, node.wall, skew, () => touch(node));
  }

  function loggerOf(node: SimNode): Logger {
    return createSimLogger((message, fields) => cluster.onLog(node, message, fields));
  }

  /** Sets what is left of the log aside; false where no others could make up for it. */
  function beginAnew(node: SimNode): boolean {
    if (nodes.length - 1 < config.quorum) return false;
    cluster.onLoss(node);
    Object.assign(node.platter, createPlatter(false), { distrusted: true });
    return true;
  }

  function repair(node: SimNode, process: FragileProcess, dice: Prng, links: Links): void {
    node.repairing = process;
    const later = (fn: () => void): void => {
      world.after(dice.exponential(profile.disk.syncMeanMs), () => process.run(fn));
    };
    const stage = createRepair({
      nodeId: node.id,
      voters: ids,
      quorum: config.quorum,
      clock: process.clock,
      links,
      damaged: createDamagedPlatter(node.platter, later),
      log: loggerOf(node),
      done(outcome) {
        node.repairing = undefined;
        if (outcome.kind === "whole" || beginAnew(node)) {
          run(node, process, dice, stage.handedOver);
        } else {
          process.kill();
          network.gone(node.id);
        }
      },
    });
    process.run(() => stage.start());
  }

  function run(node: SimNode, process: FragileProcess, dice: Prng, links: Links): void {
    const disk = createSimDisk(node.platter, process, dice.fork("disk"), profile.disk, {
      after: world.after,
      trouble: node.trouble,
      counts: diskCounts,
      errorChance: profile.disk.errorChance,
      snapshotMeanMs: profile.disk.snapshotMeanMs,
      newborn,
      mayScramble: () => nodes.length > 2 && nodes.every(({ platter }) => isSafe(platter)),
      failed: () => {
        cluster.crash(node);
        cluster.onDied(node, "disk");
      },
    });
    const replica = createNode({
      nodeId: node.id,
      config: simConfig(profile, node.limits),
      clock: process.clock,
      links,
      storage: watchedStorage(node, disk),
      log: loggerOf(node),
      fail: (why) => {
        throw new Violation("Halt", `${node.id}: ${why}`);
      },
      stop: () => {},
      counterMax: Math.max(node.limits.counterMax, profile.counterMaxMin),
      windowEntries: node.limits.windowEntries,
      snapshotChunkBytes: node.limits.snapshotChunkBytes,
    });
    const submit: ZabbleNode["submit"] = (command, deadlineMs, reply) => {
      process.run(() => replica.submit(command, deadlineMs, reply));
    };
    const readIndex: ZabbleNode["readIndex"] = (deadlineMs, reply) => {
      process.run(() => replica.readIndex(deadlineMs, reply));
    };
    node.running = { process, node: { ...replica, submit, readIndex }, disk };
    cluster.onStart(node);
    process.run(() => replica.start());
  }

  function touch(node: SimNode): void {
    if (!touched.includes(node)) touched.push(node);
  }

  function crash(node: SimNode): void {
    const { running, repairing } = node;
    if (running === undefined && repairing === undefined) return;
    node.running = undefined;
    node.repairing = undefined;
    node.frozen = false;
    repairing?.kill();
    running?.process.kill();
    running?.disk.crash(crashDice);
    network.gone(node.id);
    cluster.onCrash(node);
  }

  /** Does one effect of a node, unless its doom comes before; or dies of it just after. */
  function effect(
    node: SimNode,
    on: Moment["on"],
    names: readonly string[],
    act: () => void,
  ): void {
    const { dooms, running } = node;
    const doom = dooms.find((one) => strikes(one, on, names));
    if (doom === undefined) {
      act();
      return;
    }
    node.dooms = dooms.filter((one) => one !== doom);
    if (doom.when === "after") act();
    cluster.crash(node);
    cluster.onDied(node, wordsOf(doom));
    running?.process.die();
  }

  function watchedLinks(node: SimNode, links: Links): Links {
    const send: Links["send"] = (peer, messages) => {
      // Nearly always; it is the hot path.
      if (node.dooms.length === 0) links.send(peer, messages);
      else {
        const types = messages.map(({ t }) => t);
        effect(node, "send", types, () => links.send(peer, messages));
      }
    };
    return { ...links, send };
  }

  function watchedStorage(node: SimNode, disk: SimDisk): Storage {
    return {
      ...disk,
      write(batch, ops) {
        const kinds = ops.map(({ kind }) => kind);
        effect(node, "write", kinds, () => {
          cluster.onWrite(node, ops, batch);
          disk.write(batch, ops);
        });
      },
      onDurable(listener) {
        disk.onDurable((batch) => {
          effect(node, "durable", [], () => {
            cluster.onDurable(node, batch);
            listener(batch);
          });
        });
      },
      saveSnapshot(snapshot, done) {
        effect(node, "snapshot", [], () => {
          cluster.onSnapshot(node, snapshot);
          disk.saveSnapshot(snapshot, done);
        });
      },
    };
  }

  return cluster;
}
