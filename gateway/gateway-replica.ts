/**
 * What the public services stand on in a gateway: its own read model, folded from one Watch of the
 * cluster however many clients there are, and the cluster itself for commands, confirmed reads and
 * the older log. It keeps no data; any number of gateways may run.
 */
import { create } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { toConnectError } from "../api/errors.js";
import { createFan } from "../api/fan.js";
import type { ClusterRefusal } from "../api/refusal.js";
import type { AppliedState, Outcome, ReadOutcome, Replica } from "../api/replica.js";
import type { ServiceLog } from "../api/service-log.js";
import type { Clock } from "../client/clock.js";
import type { ClusterModel } from "../client/cluster-model.js";
import { createDeadlines, type Deadline } from "../client/deadlines.js";
import { ledElsewhere } from "../client/led-elsewhere.js";
import { createPlayPool, type PlayPool } from "../client/play-pool.js";
import type { PlayCallInit } from "../client/play-session.js";
import { afterTransactions, emptyProjection, projectionOf } from "../client/projection.js";
import { watch } from "../client/watch.js";
import type { Limits } from "../config/cluster-config.js";
import type { Command } from "../game/command.js";
import { InvariantError } from "../game/invariant-error.js";
import {
  ClusterNodeSchema,
  type NodeStatus,
  NodeStatusSchema,
  Phase,
  Role,
} from "../gen/zabble/v1/cluster_pb.js";
import { createConfirmedReads } from "./confirmed-reads.js";
import { createNodeHistory } from "./node-history.js";
import { createNodeTraces } from "./node-traces.js";
import { createRecentLog } from "./recent-log.js";
import { refusalOf } from "./refusal-of.js";

/** How clients see the gateway in a NodeStatus. */
const GATEWAY_ID = "gateway";

export interface GatewayReplicaOptions {
  /** Base addresses of nodes; at least one. */
  readonly servers: readonly string[];
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  readonly requestId: () => string;
  readonly limits: Pick<Limits, "deadlineMs" | "logTailEntries" | "outstandingMax">;
  /** How the nodes stand, as last polled. */
  readonly cluster: () => ClusterModel | undefined;
  readonly log: Pick<ServiceLog, "warn">;
  /** Takes what a broken invariant threw; the gateway cannot go on. */
  readonly fail: (error: unknown) => void;
}

export interface GatewayReplica extends Replica {
  /** Whether it holds a state at all; false until the first snapshot. */
  isReady(): boolean;
  /** Commands and reads on their way to the cluster. */
  outstanding(): number;
  /** The node that it watches; empty while there is none. */
  upstream(): string;
  /** Times that it began to watch a node, after the first. */
  reconnects(): number;
  close(): Promise<void>;
}

const NOT_SEEN: ClusterRefusal = {
  reason: "NO_LEADER",
  message: "This gateway has not seen the cluster yet.",
};

/** Before the first snapshot there are no rooms to look at, not even none. */
const UNSEEN: AppliedState = {
  zxid: 0n,
  get rooms(): never {
    throw toConnectError(NOT_SEEN);
  },
};

interface Waiting extends Deadline {
  readonly zxid: bigint;
}

export function createGatewayReplica(options: GatewayReplicaOptions): GatewayReplica {
  const { servers, transport, clock, requestId, limits, log } = options;
  const startedAtMs = clock.now();
  const over = new AbortController();
  const fan = createFan();
  const recent = createRecentLog(limits.logTailEntries);
  const pool = createPlayPool({
    servers,
    transport,
    clock,
    outstandingMax: limits.outstandingMax,
    onLost: (server, reason) => log.warn("a node is lost", { server, reason }),
  });
  const history = createNodeHistory({ servers, transport, clock });
  let projection = emptyProjection;
  let isReady = false;
  let upstream = "";
  let said: NodeStatus | undefined;
  let standingSinceMs = startedAtMs;
  let appliedCount = 0n;
  let connects = 0;
  /** Answers that wait until this gateway shows what they speak of. */
  const waiting = new Set<Waiting>();
  const deadlines = createDeadlines(clock);

  const traces = createNodeTraces({ servers, transport, clock, fail: options.fail });
  const reads = createConfirmedReads({
    pool,
    clock,
    requestId,
    deadlineMs: limits.deadlineMs,
  });

  function hasLeader(): boolean {
    return upstream !== "" && said?.leaderId !== "" && said?.phase === Phase.BROADCAST;
  }

  function status(): NodeStatus {
    const led = hasLeader();
    const { zxid } = projection;
    return create(NodeStatusSchema, {
      nodeId: GATEWAY_ID,
      role: led ? Role.FOLLOWING : Role.LOOKING,
      phase: led ? Phase.BROADCAST : Phase.ELECTION,
      leaderId: led ? (said?.leaderId ?? "") : "",
      epoch: said?.epoch ?? 0,
      acceptedEpoch: said?.acceptedEpoch ?? 0,
      commitZxid: zxid,
      appliedZxid: zxid,
      lastZxid: zxid,
      uptimeMs: BigInt(Math.round(clock.now() - startedAtMs)),
      roleMs: BigInt(Math.round(clock.now() - standingSinceMs)),
      connected: upstream === "" || said === undefined ? [] : [said.nodeId],
      outstanding: pool.pending(),
      appliedCount,
    });
  }

  /** Does something that may change how the gateway stands, and tells if it did. */
  function standing(change: () => void): void {
    const before = `${hasLeader()} ${said?.leaderId} ${said?.epoch}`;
    change();
    if (before === `${hasLeader()} ${said?.leaderId} ${said?.epoch}`) return;
    standingSinceMs = clock.now();
    fan.status(status());
  }

  function settle(): void {
    for (const entry of waiting) {
      if (entry.zxid > projection.zxid) continue;
      deadlines.delete(entry);
      entry.onEnd();
    }
  }

  /** Calls back when the read model has come so far, or at `endMs` in any case. */
  function whenApplied(zxid: bigint, endMs: number, done: () => void): void {
    if ((isReady && zxid <= projection.zxid) || endMs <= clock.now()) {
      done();
      return;
    }
    const entry: Waiting = {
      zxid,
      endMs,
      onEnd() {
        waiting.delete(entry);
        done();
      },
    };
    waiting.add(entry);
    deadlines.add(entry);
  }

  const watched = watch({
    servers,
    transport,
    clock,
    room: "",
    from: 0n,
    signal: over.signal,
    ledElsewhere: () => ledElsewhere(options.cluster()),
    onConnection(change) {
      if (change.state === "live") connects += 1;
      standing(() => {
        upstream = change.state === "live" ? change.server : "";
      });
    },
    onSnapshot(snapshot) {
      projection = projectionOf(snapshot);
      isReady = true;
      recent.reset(projection.zxid);
      fan.reset();
      settle();
    },
    onTransactions(transactions, seen) {
      projection = afterTransactions(projection, transactions, seen);
      appliedCount += BigInt(transactions.length);
      recent.push(transactions);
      if (transactions.length > 0) fan.applied(transactions);
      settle();
    },
    onStatus(next) {
      standing(() => {
        said = next;
      });
    },
  });
  watched.then((refused) => {
    if (refused !== undefined)
      options.fail(new InvariantError(`a watch of all rooms: ${refused.message}`));
  }, options.fail);

  return {
    nodeId: GATEWAY_ID,
    admin: false,
    isReady: () => isReady,
    outstanding: pool.pending,
    upstream: () => upstream,
    reconnects: () => Math.max(0, connects - 1),
    submit(command, deadlineMs, reply) {
      const endMs = clock.now() + deadlineMs;
      void submitted(pool, command, deadlineMs).then((outcome) => {
        // Whoever was told "committed" finds it here, too.
        if (outcome.ok) whenApplied(outcome.zxid, endMs, () => reply(outcome));
        else reply(outcome);
      });
    },
    readIndex(deadlineMs, reply) {
      const endMs = clock.now() + deadlineMs;
      void reads.confirm(deadlineMs).then((outcome) => {
        if (!outcome.ok) {
          reply(outcome);
          return;
        }
        whenApplied(outcome.zxid, endMs, () => reply(orLate(outcome, projection.zxid)));
      });
    },
    game: () => (isReady ? projection : UNSEEN),
    status,
    cluster: () => clusterNodes(options.cluster(), clock.now()),
    quorum: () => options.cluster()?.quorum ?? 0,
    subscribe: fan.subscribe,
    recent: (after, limit) => (isReady ? recent.after(after, limit) : undefined),
    async history(after, limit) {
      if (!isReady) throw toConnectError(NOT_SEEN);
      return history(after, limit);
    },
    trace: traces.listen,
    stop: noNodeHere,
    pause: noNodeHere,
    setLink: () => false,
    stepDown: () => false,
    async close() {
      fan.close();
      over.abort();
      pool.close();
      reads.close();
      deadlines.close();
      traces.close();
      await watched.catch(() => {});
    },
  };
}

async function submitted(pool: PlayPool, command: Command, deadlineMs: number): Promise<Outcome> {
  const outcome = await pool.call(callOf(command), deadlineMs);
  if (outcome.kind === "committed") return { ok: true, zxid: outcome.zxid, round: outcome.round };
  return { ok: false, refusal: refusalOf(outcome) };
}

function callOf({ type, ...command }: Command): PlayCallInit {
  const { requestId } = command;
  switch (type) {
    case "SetTarget":
      return { requestId, call: { case: "setTarget", value: command } };
    case "SubmitGuess":
      return { requestId, call: { case: "submitGuess", value: command } };
    case "CloseRound":
      return { requestId, call: { case: "closeRound", value: command } };
  }
}

/** The read is confirmed, but this gateway has not come as far in time. */
function orLate(outcome: ReadOutcome, applied: bigint): ReadOutcome {
  if (!outcome.ok || applied >= outcome.zxid) return outcome;
  const message = "This gateway has not yet seen what a quorum confirmed; it is safe to repeat.";
  const refusal: ClusterRefusal = { reason: "DEADLINE", message, outcomeUnknown: false };
  return { ok: false, refusal };
}

function clusterNodes(model: ClusterModel | undefined, nowMs: number) {
  return (model?.nodes ?? []).map(({ nodeId, address, state, status, saidAtMs = nowMs }) =>
    create(ClusterNodeSchema, {
      nodeId,
      address,
      alive: state === "up",
      ...(status === undefined ? {} : { status }),
      ageMs: BigInt(Math.max(0, Math.round(nowMs - saidAtMs))),
    }),
  );
}

/** AdminService is not served here. */
function noNodeHere(): never {
  throw new InvariantError("a gateway is no node");
}
