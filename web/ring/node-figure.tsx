/** One node and one edge of the ring, as shapes. What they mean is said in words elsewhere. */
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { counterOf, formatZxid } from "../../game/zxid.js";
import { type Link, type NodeStanding, standingInWords, standingOfNode } from "./node-standing.js";
import { between, edgeBetween, type NodePlace, type Place } from "./ring-layout.js";

/** Characters that fit into a circle of full size. */
const NAME_MAX = 8;
const ZXID_MAX = 8;
/** A broken edge ends so far before and after its mark. */
const GAP = 9;
/** Half the length of what closes such an end. */
const SLASH = 6;
/** The plate of a mark at the top of a node, clear of the words in it. */
const MARK_R = 9;
const CROSS = "M-4.5 -4.5L4.5 4.5M-4.5 4.5L4.5 -4.5";
const BARS = "M-3 -4.5V4.5M3 -4.5V4.5";

export interface NodeFigureProps {
  readonly node: NodeView;
  readonly cluster: ClusterModel;
  readonly place: NodePlace;
  readonly selected: boolean;
}

export function NodeFigure({ node, cluster, place, selected }: NodeFigureProps) {
  const standing = standingOfNode(node, cluster);
  const { x, y, r, aside, holdsWords } = place;
  return (
    <g class={`ring-node is-${standing}`}>
      {selected && <circle class="ring-chosen" cx={x} cy={y} r={r + 5} />}
      <circle class="ring-disc" cx={x} cy={y} r={r} />
      {standing === "syncing" && (
        <path class="ring-half" d={`M${x - r} ${y}A${r} ${r} 0 0 0 ${x + r} ${y}Z`} />
      )}
      {standing === "leading" && <Crown x={x} y={y - r} />}
      {standing === "down" && <Mark class="ring-cross" x={x} y={y - r} d={CROSS} />}
      {standing === "paused" && <Mark class="ring-bars" x={x} y={y - r} d={BARS} />}
      {holdsWords ? (
        <>
          <text class="ring-name" x={x} y={y - 3}>
            {shortName(node.nodeId)}
          </text>
          <text class="ring-zxid" x={x} y={y + 11}>
            {shortZxid(node.status?.commitZxid)}
          </text>
          <text class="ring-aside" x={aside.x} y={aside.y + 3.5}>
            {asideWords(node, standing)}
          </text>
        </>
      ) : (
        <text class="ring-aside" x={aside.x} y={aside.y + 3.5}>
          {shortName(node.nodeId)}
        </text>
      )}
    </g>
  );
}

export interface EdgeFigureProps {
  readonly link: Link;
  readonly one: NodePlace;
  readonly other: NodePlace;
  /** The leader is at one end. */
  readonly ofLeader: boolean;
  readonly lit: boolean;
}

export function EdgeFigure({ link, one, other, ofLeader, lit }: EdgeFigureProps) {
  const { from, to, mark, across } = edgeBetween(one, other);
  if (link.state === "whole" || link.state === "gone") {
    const kind = link.state === "gone" ? "is-gone" : ofLeader ? "is-of-leader" : "";
    return (
      <line
        class={`ring-edge ${kind} ${lit ? "is-lit" : ""}`}
        {...{ x1: from.x, y1: from.y, x2: to.x, y2: to.y }}
      />
    );
  }
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const before = between(mark, from, GAP / length);
  const after = between(mark, to, GAP / length);
  const parts = [
    stroke(from, before),
    slash(before, across),
    stroke(after, to),
    slash(after, across),
  ];
  return <path class="ring-edge is-broken" d={parts.join("")} />;
}

interface MarkProps extends Place {
  readonly class: string;
  readonly d: string;
}

/** On a plate, so that it is told from the rim on which it sits. */
function Mark({ class: kind, x, y, d }: MarkProps) {
  return (
    <g class={kind} transform={`translate(${x} ${y})`}>
      <circle r={MARK_R} />
      <path d={d} />
    </g>
  );
}

function Crown({ x, y }: Place) {
  const shape = "M-11 4L-13 -8L-6 -3L0 -11L6 -3L13 -8L11 4Z";
  return <path class="ring-crown" transform={`translate(${x} ${y})`} d={shape} />;
}

function stroke(from: Place, to: Place): string {
  return `M${from.x} ${from.y}L${to.x} ${to.y}`;
}

/** Across the end of a broken edge. */
function slash({ x, y }: Place, across: Place): string {
  const [dx, dy] = [across.x * SLASH, across.y * SLASH];
  return stroke({ x: x - dx, y: y - dy }, { x: x + dx, y: y + dy });
}

function shortName(nodeId: string): string {
  return nodeId.length <= NAME_MAX ? nodeId : `${nodeId.slice(0, NAME_MAX - 1)}…`;
}

/** The end of a long one tells nodes apart, and the epoch is in the middle of the ring. */
function shortZxid(zxid: bigint | undefined): string {
  if (zxid === undefined) return "";
  const whole = formatZxid(zxid);
  return whole.length <= ZXID_MAX ? whole : `…${String(counterOf(zxid)).slice(1 - ZXID_MAX)}`;
}

function asideWords(node: NodeView, standing: NodeStanding): string {
  switch (standing) {
    case "following":
      // A transaction or two are always under way.
      return node.lag !== undefined && node.lag > 9 ? `${node.lag} behind` : "";
    case "leading":
    case "silent":
    case "unheard":
      return "";
    case "syncing":
      return node.lag === undefined ? "older epoch" : `${node.lag} behind`;
    default:
      return standingInWords(standing);
  }
}
