/** How this node stands, and how the others last said they do. */
import { create } from "@bufbuild/protobuf";
import type { ClusterConfig } from "../config/cluster-config.js";
import type { Game } from "../game/game.js";
import {
  type ClusterNode,
  ClusterNodeSchema,
  type NodeStatus,
  NodeStatusSchema,
  Phase,
  Role,
} from "../gen/zabble/v1/cluster_pb.js";
import type { Clock } from "./clock.js";
import { type Core, phaseOf } from "./zab/core.js";
import type { NodeId } from "./zab/entry.js";
import { lastZxid } from "./zab/log.js";
import type { Phase as CorePhase, Role as CoreRole } from "./zab/message.js";
import { epochOf } from "./zab/zxid.js";

const ROLES: Readonly<Record<CoreRole, Role>> = {
  LOOKING: Role.LOOKING,
  FOLLOWING: Role.FOLLOWING,
  LEADING: Role.LEADING,
};

const PHASES: Readonly<Record<CorePhase, Phase>> = {
  ELECTION: Phase.ELECTION,
  DISCOVERY: Phase.DISCOVERY,
  SYNCHRONIZATION: Phase.SYNCHRONIZATION,
  BROADCAST: Phase.BROADCAST,
};

const GOSSIP_EVERY_MS = 500;

export interface StatusBoardOptions {
  readonly nodeId: NodeId;
  readonly config: ClusterConfig;
  readonly core: Core;
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly game: () => Game;
  readonly connected: () => readonly NodeId[];
  /** Peers to which or from which everything is dropped on purpose. */
  readonly cut: () => Iterable<NodeId>;
  readonly paused: () => boolean;
  readonly outstanding: () => number;
  readonly snapshotZxid: () => bigint;
}

export interface StatusBoard {
  status(): NodeStatus;
  cluster(): ClusterNode[];
  /** Role, phase, leader and epoch as one text: equal text, same standing. */
  standing(): string;
  /** Notes that the standing changed just now, and returns the new status. */
  changed(): NodeStatus;
  applied(count: number): void;
  onGossip(peer: NodeId, status: NodeStatus): void;
  /** True when the others should be told again. */
  gossipDue(): boolean;
}

interface Standing {
  readonly role: Core["role"] | undefined;
  readonly phase: CorePhase | undefined;
  readonly epoch: number;
  readonly text: string;
}

export function createStatusBoard(options: StatusBoardOptions): StatusBoard {
  const { nodeId, config, core, clock, startedAtMs, game, connected } = options;
  const heard = new Map<NodeId, { status: NodeStatus; atMs: number }>();
  let changedAtMs = startedAtMs;
  let gossipAtMs = 0;
  let appliedCount = 0n;
  let last: Standing = { role: undefined, phase: undefined, epoch: 0, text: "" };

  function leaderId(): NodeId {
    if (core.role.kind === "LOOKING") return "";
    return core.role.kind === "LEADING" ? nodeId : core.role.leader;
  }

  function status(): NodeStatus {
    const now = clock.nowMs();
    return create(NodeStatusSchema, {
      nodeId,
      role: ROLES[core.role.kind],
      phase: PHASES[phaseOf(core)],
      leaderId: leaderId(),
      epoch: epochOf(lastZxid(core.log)),
      acceptedEpoch: core.acceptedEpoch,
      commitZxid: core.commit,
      appliedZxid: game().zxid,
      lastZxid: lastZxid(core.log),
      durableZxid: core.durable,
      snapshotZxid: options.snapshotZxid(),
      uptimeMs: BigInt(Math.round(now - startedAtMs)),
      roleMs: BigInt(Math.round(now - changedAtMs)),
      connected: [...connected()],
      outstanding: options.outstanding(),
      admin: config.admin,
      appliedCount,
      cut: [...options.cut()],
      paused: options.paused(),
    });
  }

  return {
    status,
    cluster() {
      const now = clock.nowMs();
      const live = new Set(connected());
      return config.nodes.map((node) => {
        const self = node.id === nodeId;
        const known = self ? { status: status(), atMs: now } : heard.get(node.id);
        return create(ClusterNodeSchema, {
          nodeId: node.id,
          address: `${node.host}:${node.clientPort}`,
          alive: self || live.has(node.id),
          ...(known === undefined ? {} : { status: known.status }),
          ageMs: known === undefined ? 0n : BigInt(Math.round(now - known.atMs)),
        });
      });
    },
    standing() {
      const { role } = core;
      const phase = phaseOf(core);
      const epoch = role.kind === "LOOKING" ? 0 : role.epoch;
      // Asked after every input: the text is made only if it is another.
      if (role !== last.role || phase !== last.phase || epoch !== last.epoch) {
        last = { role, phase, epoch, text: `${role.kind} ${phase} ${leaderId()} ${epoch}` };
      }
      return last.text;
    },
    changed() {
      changedAtMs = clock.nowMs();
      gossipAtMs = 0;
      return status();
    },
    applied(count) {
      appliedCount += BigInt(count);
    },
    onGossip(peer, said) {
      if (said.nodeId === peer) heard.set(peer, { status: said, atMs: clock.nowMs() });
    },
    gossipDue() {
      const now = clock.nowMs();
      if (now - gossipAtMs < GOSSIP_EVERY_MS) return false;
      gossipAtMs = now;
      return true;
    },
  };
}
