/**
 * Where everything stands on the ring, in the units of its drawing. Pure. A node's place follows
 * from its number in the cluster's configuration alone: who leads, dies or returns stays in place.
 */

/** The drawing is this large, whatever it is scaled to. */
export const RING_WIDTH = 360;
export const RING_HEIGHT = 296;

/** The middle, where the epoch is written; edges fade out under it. */
export const MIDDLE = { x: 180, y: 144, rx: 58, ry: 34 } as const;

const RX = 144;
const RY = 100;
const NODE_R_MAX = 30;
const NODE_R_MIN = 9;
/** Of the way from one node to the next that its two circles may cover. */
const NODE_SHARE = 0.72;
/** Up to so many nodes every pair has its edge; beyond, the picture would be all edges. */
const ALL_PAIRS_MAX = 7;
/** The mark of a broken edge sits here, counted from its first end, if its half is covered. */
const MARK_ASIDE = 0.14;

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface NodePlace extends Place {
  readonly nodeId: string;
  readonly r: number;
  /** The middle of the line below the circle, for what the node says. */
  readonly aside: Place;
  /** Whether words fit into the circle; if not, its name stands at `aside`. */
  readonly holdsWords: boolean;
}

export interface EdgePlace {
  readonly from: Place;
  readonly to: Place;
  /** Where to mark it as broken. */
  readonly mark: Place;
  /** Across the edge at the mark, of length 1. */
  readonly across: Place;
}

/** In the order given. */
export function placesOf(nodeIds: readonly string[]): readonly NodePlace[] {
  const count = nodeIds.length;
  const r = radiusFor(count);
  return nodeIds.map((nodeId, index) => {
    const angle = angleOf(index, count);
    const x = MIDDLE.x + RX * Math.cos(angle);
    const y = MIDDLE.y + RY * Math.sin(angle);
    return { nodeId, x, y, r, aside: { x, y: y + r + 13 }, holdsWords: r >= 24 };
  });
}

/** Between the rims of two circles. */
export function edgeBetween(one: NodePlace, other: NodePlace): EdgePlace {
  const length = Math.hypot(other.x - one.x, other.y - one.y) || 1;
  const along = { x: (other.x - one.x) / length, y: (other.y - one.y) / length };
  const from = { x: one.x + along.x * one.r, y: one.y + along.y * one.r };
  const to = { x: other.x - along.x * other.r, y: other.y - along.y * other.r };
  const half = between(from, to, 0.5);
  const mark = isUnderMiddle(half) ? between(from, to, MARK_ASIDE) : half;
  return { from, to, mark, across: { x: -along.y, y: along.x } };
}

/** Whether an edge is drawn; those of the leader and broken ones always are. */
export function isEdgeDrawn(count: number, isOfLeader: boolean, isBroken: boolean): boolean {
  return count <= ALL_PAIRS_MAX || isOfLeader || isBroken;
}

export function between(from: Place, to: Place, share: number): Place {
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function angleOf(index: number, count: number): number {
  // Two stand side by side above the middle: their edge must not cross the words there.
  const places = count === 2 ? 3 : count;
  const first = count === 2 ? -150 : count === 4 ? -135 : -90;
  return ((first + (index * 360) / places) * Math.PI) / 180;
}

function radiusFor(count: number): number {
  if (count < 2) return NODE_R_MAX;
  const angles = Array.from({ length: count }, (_, index) => angleOf(index, count));
  let nearest = Number.POSITIVE_INFINITY;
  for (const [index, angle] of angles.entries()) {
    const next = angles[(index + 1) % count] ?? angle;
    const dx = RX * (Math.cos(next) - Math.cos(angle));
    const dy = RY * (Math.sin(next) - Math.sin(angle));
    nearest = Math.min(nearest, Math.hypot(dx, dy));
  }
  return Math.max(NODE_R_MIN, Math.min(NODE_R_MAX, (nearest * NODE_SHARE) / 2));
}

function isUnderMiddle({ x, y }: Place): boolean {
  const { x: middleX, y: middleY, rx, ry } = MIDDLE;
  return ((x - middleX) / rx) ** 2 + ((y - middleY) / ry) ** 2 < 1;
}
