/** The cluster as the nodes describe it: who leads, who follows, how far each one is. */
import {
  type ClusterModel,
  isDeposed,
  isUnheard,
  lastHeardAtMs,
  type NodeView,
} from "../../client/cluster-model.js";
import { age } from "../../client/durations.js";
import type { Session } from "../../client/session-model.js";
import { phaseInWords, roleInWords, rolePlayedInWords } from "../../client/status-words.js";
import { formatZxid } from "../../game/zxid.js";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import { fit, fitRight } from "./cells.js";
import type { Span, Style } from "./frame.js";
import { sparkline } from "./sparkline.js";

const SPARK_WIDTH_MAX = 16;
/** Holds "follower" and "down 20 s". */
const ROLE_WIDTH = 9;

export function clusterTitle({ cluster }: Session, nowMs: number): string {
  if (cluster === undefined || isUnheard(cluster)) return "cluster";
  const { leader, nodes } = cluster;
  if (leader === undefined) return nodes.length === 0 ? "cluster" : "cluster: no leader";
  return `cluster ★ ${leader.nodeId} epoch ${leader.epoch}, ${age(nowMs - leader.sinceMs)}`;
}

/** All lines, from the top: a heading, a line for each node, a summary. */
export function clusterLines(session: Session, nowMs: number, width: number): (readonly Span[])[] {
  const { cluster } = session;
  if (cluster === undefined) return [[{ text: "asking the nodes", style: "faint" }]];
  if (cluster.nodes.length === 0) return [[{ text: "no server has answered", style: "faint" }]];
  const most = Math.max(1, ...cluster.nodes.flatMap(({ rates }) => rates.slice(-SPARK_WIDTH_MAX)));
  const columns = columnsFor(cluster, width);
  return [
    heading(columns),
    ...cluster.nodes.map((node) => nodeLine(node, cluster, columns, most, nowMs)),
    [{ text: summary(cluster, nowMs), style: "faint" }],
    [{ text: `${rateOf(cluster)}${seenFrom(cluster, session)}`, style: "faint" }],
  ];
}

interface Columns {
  readonly id: number;
  readonly role: number;
  readonly phase: number;
  readonly epoch: number;
  readonly zxid: number;
  readonly lag: number;
  readonly spark: number;
}

/** Columns that do not fit go, the least telling first. */
function columnsFor({ nodes }: ClusterModel, width: number): Columns {
  const id = Math.min(12, Math.max(5, ...nodes.map(({ nodeId }) => nodeId.length)));
  const zxid = Math.max(
    6,
    ...nodes.map(({ status }) => formatZxid(status?.commitZxid ?? 0n).length),
  );
  const fixed = 2 + id + 1 + ROLE_WIDTH + 1 + zxid + 1 + 4;
  let left = width - fixed;
  const take = (wanted: number): number => {
    if (left < wanted + 1) return 0;
    left -= wanted + 1;
    return wanted;
  };
  const phase = left < 17 ? 0 : take(9);
  const epoch = left < 13 ? 0 : take(5);
  const spark = left > 4 ? Math.min(SPARK_WIDTH_MAX, left - 1) : 0;
  return { id, role: ROLE_WIDTH, phase, epoch, zxid, lag: 4, spark };
}

function heading({ id, role, phase, epoch, zxid, lag, spark }: Columns): readonly Span[] {
  const phaseWord = phase > 0 ? ` ${fit("phase", phase)}` : "";
  const epochWord = epoch > 0 ? fitRight("epoch", epoch + 1) : "";
  const rate = spark > 0 ? ` ${fit(spark > 9 ? "commits/s" : "/s", spark)}` : "";
  const text =
    `  ${fit("node", id)} ${fit("role", role)}${phaseWord}${epochWord} ` +
    `${fitRight("zxid", zxid)} ${fitRight("lag", lag)}${rate}`;
  return [{ text, style: "faint" }];
}

function nodeLine(
  node: NodeView,
  cluster: ClusterModel,
  columns: Columns,
  most: number,
  nowMs: number,
): readonly Span[] {
  const { nodeId, status } = node;
  const isOld = markOf(node)[0] === "★" && isDeposed(node, cluster);
  const [mark, style]: readonly [string, Style] = isOld ? ["◌", "warn"] : markOf(node);
  const isUp = node.state === "up";
  // Of who is not up there is no phase to tell: its words have the room.
  const roleWidth = columns.role + (isUp ? 0 : columns.phase);
  const role = fit(isOld ? "ex-leader" : roleWord(node, roleWidth, nowMs), roleWidth);
  const phase = columns.phase > 0 && isUp ? ` ${fit(phaseWord(node), columns.phase)}` : "";
  const gap = columns.phase > 0 && !isUp ? " " : "";
  const epoch = columns.epoch > 0 ? fitRight(String(status?.epoch ?? ""), columns.epoch + 1) : "";
  const zxid = fitRight(status === undefined ? "" : formatZxid(status.commitZxid), columns.zxid);
  const lag = fitRight(lagWord(node), columns.lag);
  const spark = columns.spark > 0 ? ` ${sparkline(node.rates, most, columns.spark)}` : "";
  return [
    { text: `${mark} ${fit(nodeId, columns.id)} ${role}${gap}${phase}${epoch}`, style },
    { text: ` ${zxid} ${lag}`, style: isUp ? "plain" : "faint" },
    { text: spark, style: "accent" },
  ];
}

/** A symbol and a style for how the node stands. */
export function markOf({ state, status }: NodeView): readonly [string, Style] {
  if (state === "unknown") return ["?", "faint"];
  if (state === "down" || status === undefined) return ["✕", "bad"];
  if (status.paused) return ["║", "warn"];
  if (status.phase !== Phase.BROADCAST) return ["◌", "warn"];
  return status.role === Role.LEADING ? ["★", "leader"] : ["●", "good"];
}

function roleWord(node: NodeView, width: number, nowMs: number): string {
  const { state, status, downSinceMs } = node;
  if (state === "unknown") {
    const heardAtMs = lastHeardAtMs([node]);
    const words = heardAtMs === undefined ? "" : `not heard ${age(nowMs - heardAtMs)}`;
    return words !== "" && words.length <= width ? words : "not heard";
  }
  if (state === "down" || status === undefined) {
    return downSinceMs === undefined ? "down" : `down ${age(nowMs - downSinceMs)}`;
  }
  if (status.paused) return rolePlayedInWords(status);
  // Who is on the way to a role says how far, also where there is no column for the phase.
  if (status.phase === Phase.SYNCHRONIZATION) return "syncing";
  if (status.phase === Phase.DISCOVERY) return "joining";
  return roleInWords(status.role);
}

function lagWord({ state, lag }: NodeView): string {
  return state === "unknown" || lag === undefined ? "" : String(lag);
}

function phaseWord({ status }: NodeView): string {
  if (status === undefined || status.paused) return "";
  return status.phase === Phase.SYNCHRONIZATION ? "sync" : phaseInWords(status.phase);
}

function summary(cluster: ClusterModel, nowMs: number): string {
  const { nodes, quorum } = cluster;
  if (isUnheard(cluster)) {
    const heardAtMs = lastHeardAtMs(nodes);
    if (heardAtMs === undefined) return "no node has ever been heard from";
    return `no node has been heard from for ${age(nowMs - heardAtMs)}`;
  }
  const up = nodes.filter(({ state }) => state === "up");
  const active = up.filter(({ status }) => status?.paused !== true).length;
  const enough = active >= quorum ? "" : ": too few to go on";
  const cuts = cutsInWords(up);
  return `${up.length} of ${nodes.length} nodes up, quorum ${quorum}${cuts}${enough}`;
}

/** Links that were cut on purpose; one that both ends cut counts once. */
function cutsInWords(up: readonly NodeView[]): string {
  const links = up.flatMap(({ nodeId, status }) =>
    (status?.cut ?? []).map((peer) => [nodeId, peer].sort().join(" ")),
  );
  const [first, ...more] = new Set(links);
  if (first === undefined) return "";
  return more.length === 0 ? `, cut: ${first.replace(" ", "-")}` : `, ${more.length + 1} links cut`;
}

/** Whose word it is that others are up or down. */
function seenFrom(cluster: ClusterModel, session: Session): string {
  const { nodes, seenFrom: server } = cluster;
  // No server told of all, but nodes spoke for themselves.
  if (server === "") return isUnheard(cluster) ? "nobody answers" : "seen from here";
  const node = nodes.find(({ address }) => server.endsWith(`//${address}`));
  // A gateway is none of the nodes, and has a name all the same.
  const own = server === session.connection.server ? session.status?.nodeId : undefined;
  return `seen from ${node?.nodeId ?? own ?? server}`;
}

function rateOf(cluster: ClusterModel): string {
  if (isUnheard(cluster)) return "";
  const rate = Math.max(0, ...cluster.nodes.map(({ rates }) => rates.at(-1) ?? 0));
  return `${Math.round(rate)} commits/s  `;
}
