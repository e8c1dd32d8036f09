/** A simulated cluster: the production driver, core and game on simulated clock, links and disk. */
import type { ClusterConfig } from "../../config/cluster-config.js";
import { createNode, type ZabbleNode } from "../../nodes/node.js";
import type { WriteOp } from "../../nodes/zab/entry.js";
import type { Prng } from "./prng.js";
import { silentLogger } from "./silent-logger.js";
import {
  createPlatter,
  createSimDisk,
  type DiskProfile,
  type Platter,
  type SimDisk,
} from "./sim-disk.js";
import { createSimNetwork, type NetworkProfile, type SimNetwork } from "./sim-network.js";
import { createSimProcess, type SimProcess, type WallClock } from "./sim-process.js";
import { Violation } from "./violation.js";
import type { World } from "./world.js";

export interface SimNode {
  readonly id: string;
  readonly platter: Platter;
  readonly wall: WallClock;
  /** Undefined while the process is down. */
  running: { process: SimProcess; node: ZabbleNode; disk: SimDisk } | undefined;
  frozen: boolean;
  /** Counts the lives of the process; position pointers of checkers are per life. */
  life: number;
}

export interface SimCluster {
  readonly config: ClusterConfig;
  readonly nodes: readonly SimNode[];
  readonly network: SimNetwork;
  start(node: SimNode): void;
  crash(node: SimNode): void;
  freeze(node: SimNode): void;
  thaw(node: SimNode): void;
  /** Empties the directory of a stopped node. */
  wipe(node: SimNode): void;
  /** For checkers. */
  onWrite: (node: SimNode, ops: readonly WriteOp[]) => void;
  onStart: (node: SimNode) => void;
}

export interface ClusterProfile {
  readonly nodes: number;
  readonly disk: DiskProfile;
  readonly network: NetworkProfile;
  readonly logTailEntries: number;
  readonly snapshotEntries: number;
  readonly counterMax: number;
  readonly windowEntries: number;
  readonly framesInFlight: number;
}

export function createSimCluster(world: World, prng: Prng, profile: ClusterProfile): SimCluster {
  const config = simConfig(profile);
  const network = createSimNetwork(world, prng.fork("network"), profile.network);
  const crashDice = prng.fork("crash");
  const nodes: SimNode[] = config.nodes.map(({ id }) => ({
    id,
    platter: createPlatter(true),
    wall: { offsetMs: prng.int(-5000, 5000) },
    running: undefined,
    frozen: false,
    life: 0,
  }));
  const cluster: SimCluster = {
    config,
    nodes,
    network,
    start,
    crash,
    freeze(node) {
      node.frozen = true;
      node.running?.process.freeze();
    },
    thaw(node) {
      node.frozen = false;
      node.running?.process.thaw();
    },
    wipe: (node) => {
      Object.assign(node.platter, createPlatter(false));
    },
    onWrite: () => {},
    onStart: () => {},
  };

  function start(node: SimNode): void {
    if (node.running !== undefined) return;
    node.life++;
    const process = createSimProcess(world, node.wall);
    const diskDice = prng.fork(`disk/${node.id}/${node.life}`);
    const disk = createSimDisk(node.platter, process, diskDice, profile.disk);
    const replica = createNode({
      nodeId: node.id,
      config,
      clock: process.clock,
      links: network.linksFor(node.id, process),
      storage: {
        ...disk,
        write(batch, ops) {
          cluster.onWrite(node, ops);
          disk.write(batch, ops);
        },
      },
      log: silentLogger,
      fail: (why) => {
        throw new Violation("Halt", `${node.id}: ${why}`);
      },
      stop: () => {},
      counterMax: profile.counterMax,
      windowEntries: profile.windowEntries,
    });
    node.running = { process, node: replica, disk };
    cluster.onStart(node);
    replica.start();
  }

  function crash(node: SimNode): void {
    const { running } = node;
    if (running === undefined) return;
    node.running = undefined;
    node.frozen = false;
    running.process.kill();
    running.disk.crash(crashDice);
    network.gone(node.id);
  }

  return cluster;
}

function simConfig(profile: ClusterProfile): ClusterConfig {
  const ids = Array.from({ length: profile.nodes }, (_, index) => `node${index + 1}`);
  return {
    clusterId: "sim",
    nodes: ids.map((id, index) => ({
      id,
      host: "127.0.0.1",
      clientPort: index + 1,
      peerPort: index + 101,
    })),
    quorum: Math.floor(profile.nodes / 2) + 1,
    tickMs: 50,
    heartbeatTicks: 1,
    initLimitTicks: 40,
    syncLimitTicks: 8,
    electionWaitTicks: 2,
    dataDir: "",
    oldSegments: "delete",
    limits: {
      framesInFlight: profile.framesInFlight,
      outstandingMax: 64,
      messageBytesMax: 65_536,
      deadlineMs: 10_000,
      watchersMax: 10,
      requestsPerSecond: 1000,
      connectionsPerAddressMax: 100,
      watchQueueMax: 100,
      logTailEntries: profile.logTailEntries,
      segmentEntries: 1000,
      snapshotEntries: profile.snapshotEntries,
    },
    allowedOrigins: [],
    admin: false,
    logLevel: "error",
  };
}
