/**
 * How all nodes stand, as a screen draws it: a pure fold over polls. A node's own word counts most;
 * a node that says nothing itself is up as long as the server that told of all has a link to it. A
 * poll in which nobody speaks of a living node tells nothing: nodes are not down because the one
 * that asks hears nobody. A paused node answers clients as ever: it counts as up, and cannot lead.
 */
import { equals } from "@bufbuild/protobuf";
import { counterOf, epochOf } from "../game/zxid.js";
import {
  type ClusterNode,
  type GetClusterResponse,
  type NodeStatus,
  NodeStatusSchema,
  Phase,
  Role,
} from "../gen/zabble/v1/cluster_pb.js";

/** Samples of `NodeView.rates`. */
const RATES_MAX = 60;

/** A rate over less is noise: one commit in 10 ms is not 100 a second. */
const RATE_OVER_MIN_MS = 250;

/** What a node said of itself. */
export interface NodeWord {
  readonly status: NodeStatus;
  /** When it said so, milliseconds since 1970 by the client's clock. */
  readonly atMs: number;
}

/** What one round of questions brought. */
export interface ClusterPoll {
  /** When the last answer came or was given up, milliseconds since 1970 by the client's clock. */
  readonly atMs: number;
  /** What one server told of all nodes, and when by the client's clock; undefined if none did. */
  readonly seen:
    | { readonly server: string; readonly cluster: GetClusterResponse; readonly atMs: number }
    | undefined;
  /** What nodes answered themselves, by node id. */
  readonly words: ReadonlyMap<string, NodeWord>;
}

export interface NodeView {
  readonly nodeId: string;
  /** host:port for clients. */
  readonly address: string;
  /**
   * Down: others are reached, it is not. Unknown: nobody at all is reached; then the rest is as it
   * was last, for all nodes.
   */
  readonly state: "up" | "down" | "unknown";
  /** The last it said, also when it is down. */
  readonly status: NodeStatus | undefined;
  /** When it said so, by the client's clock; missing if it never said anything. */
  readonly saidAtMs?: number;
  /** When it was first seen down, by the client's clock; undefined if it was up when last seen. */
  readonly downSinceMs: number | undefined;
  /** Transactions behind the newest commit that any node told of; undefined across epochs. */
  readonly lag: number | undefined;
  /**
   * Transactions a second that the node applied, newest last, each over a quarter of a second or
   * more; at most 60. 0 while nothing is known: when it is down or began anew.
   */
  readonly rates: readonly number[];
  /** Where the next of `rates` is counted from. */
  readonly countedFrom?: NodeWord;
}

export interface ClusterModel {
  /** In the order of the cluster's configuration. Empty until a server told of them. */
  readonly nodes: readonly NodeView[];
  /** How many nodes must have an entry before it is committed; 0 until a server told. */
  readonly quorum: number;
  /**
   * Who works as leader, of two the one of the newer epoch; since when by the client's clock. While
   * nobody is reached: who did last.
   */
  readonly leader:
    | { readonly nodeId: string; readonly epoch: number; readonly sinceMs: number }
    | undefined;
  /** The server that told of all nodes; empty if none told of a living one. */
  readonly seenFrom: string;
  /** Whether nodes may be broken on purpose. */
  readonly admin: boolean;
  /** Milliseconds since 1970 by the client's clock. */
  readonly polledAtMs: number;
}

/** A poll to which no server that knows of nodes answered leaves those that were known. */
export function afterPoll(before: ClusterModel | undefined, poll: ClusterPoll): ClusterModel {
  const told = poll.seen?.cluster.nodes ?? [];
  const known = told.length > 0 ? told : (before?.nodes ?? []);
  const isSilent = poll.words.size === 0 && !told.some(({ alive }) => alive);
  const seen = known.map(({ nodeId, address }) => {
    const was = before?.nodes.find((node) => node.nodeId === nodeId);
    const node = nodeAfter(was, nodeId, address, poll);
    return isSilent ? untold(node, was) : node;
  });
  let newest = 0n;
  for (const { status } of seen) {
    if (status !== undefined && status.commitZxid > newest) newest = status.commitZxid;
  }
  const nodes = seen.map((node) => ({ ...node, lag: lagOf(node.status, newest) }));
  return {
    nodes,
    quorum: (told.length > 0 ? poll.seen?.cluster.quorum : before?.quorum) ?? 0,
    leader: isSilent ? before?.leader : leaderOf(nodes, before?.leader),
    seenFrom: isSilent ? "" : (poll.seen?.server ?? ""),
    admin: nodes.some(({ status }) => status?.admin === true),
    polledAtMs: poll.atMs,
  };
}

/** Of a node that says it leads: whether another one, or it in another epoch, does. */
export function isDeposed({ nodeId, status }: NodeView, { leader }: ClusterModel): boolean {
  return leader?.nodeId !== nodeId || leader.epoch !== status?.epoch;
}

/** Nodes that are known to take part: up, and not told to be deaf and mute. */
export function nodesTakingPart({ nodes }: ClusterModel): number {
  return nodes.filter(({ state, status }) => state === "up" && status?.paused !== true).length;
}

/** Whether nobody at all is reached, so that nothing is known of any node. */
export function isUnheard({ nodes }: ClusterModel): boolean {
  return nodes.length > 0 && nodes.every(({ state }) => state === "unknown");
}

/** When any of the nodes last said something, by the client's clock; undefined if none ever did. */
export function lastHeardAtMs(nodes: readonly NodeView[]): number | undefined {
  const saidAtMs = nodes.flatMap((node) => node.saidAtMs ?? []);
  return saidAtMs.length === 0 ? undefined : Math.max(...saidAtMs);
}

function nodeAfter(
  was: NodeView | undefined,
  nodeId: string,
  address: string,
  poll: ClusterPoll,
): NodeView {
  const { seen } = poll;
  const own = poll.words.get(nodeId);
  const node = seen?.cluster.nodes.find((other) => other.nodeId === nodeId);
  const isUp = own !== undefined || node?.alive === true;
  const word = own ?? newsOf(node, seen?.atMs ?? poll.atMs, was);
  const status = word?.status ?? was?.status;
  const saidAtMs = word?.atMs ?? was?.saidAtMs;
  return {
    nodeId,
    address,
    state: isUp ? "up" : "down",
    status,
    ...(saidAtMs === undefined ? {} : { saidAtMs }),
    downSinceMs: isUp ? undefined : (was?.downSinceMs ?? poll.atMs),
    lag: undefined,
    ...counted(was, isUp, word),
  };
}

/** Nothing is held against a node of which nobody could tell. */
function untold(node: NodeView, was: NodeView | undefined): NodeView {
  const { downSinceMs, rates } = was ?? { downSinceMs: undefined, rates: [] };
  return { ...node, state: "unknown", downSinceMs, rates };
}

/** What the server heard from the node, unless that is old or what was known before. */
function newsOf(
  node: ClusterNode | undefined,
  atMs: number,
  was: NodeView | undefined,
): NodeWord | undefined {
  if (node?.status === undefined) return undefined;
  const word = { status: node.status, atMs: atMs - Number(node.ageMs) };
  if (was?.status === undefined || was.saidAtMs === undefined) return word;
  const isSame = equals(NodeStatusSchema, word.status, was.status);
  return isSame || word.atMs < was.saidAtMs ? undefined : word;
}

/** The rates with one more, if enough time has passed to count one. */
function counted(
  was: NodeView | undefined,
  isUp: boolean,
  word: NodeWord | undefined,
): Pick<NodeView, "rates" | "countedFrom"> {
  const from = was?.countedFrom;
  if (was === undefined || from === undefined) {
    return { rates: was?.rates ?? [], ...(word === undefined ? {} : { countedFrom: word }) };
  }
  const withOne = (rate: number): readonly number[] => [...was.rates, rate].slice(-RATES_MAX);
  if (!isUp) return { rates: withOne(0), countedFrom: from };
  if (word === undefined) return { rates: withOne(was.rates.at(-1) ?? 0), countedFrom: from };
  // A process that began anew also counts anew.
  if (word.status.uptimeMs < from.status.uptimeMs) return { rates: withOne(0), countedFrom: word };
  const tookMs = word.atMs - from.atMs;
  if (tookMs < RATE_OVER_MIN_MS) return { rates: was.rates, countedFrom: from };
  const rate = (Number(word.status.appliedCount - from.status.appliedCount) * 1000) / tookMs;
  return { rates: withOne(rate), countedFrom: word };
}

function lagOf(status: NodeStatus | undefined, newest: bigint): number | undefined {
  if (status === undefined || epochOf(status.commitZxid) !== epochOf(newest)) return undefined;
  return counterOf(newest) - counterOf(status.commitZxid);
}

function leaderOf(
  nodes: readonly NodeView[],
  before: ClusterModel["leader"],
): ClusterModel["leader"] {
  let leader: ClusterModel["leader"];
  for (const { state, status, saidAtMs } of nodes) {
    if (state !== "up" || status === undefined || saidAtMs === undefined) continue;
    if (status.paused || status.role !== Role.LEADING || status.phase !== Phase.BROADCAST) continue;
    const { nodeId, epoch, roleMs } = status;
    if (leader !== undefined && leader.epoch >= epoch) continue;
    leader = { nodeId, epoch, sinceMs: saidAtMs - Number(roleMs) };
  }
  // The same one: the moment stays, although each answer took a little more or less time.
  const isSame = leader?.nodeId === before?.nodeId && leader?.epoch === before?.epoch;
  return isSame ? before : leader;
}
