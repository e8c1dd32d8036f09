/**
 * A log as the list of the last zxid of each of its epochs, oldest first. By log matching (X1) this
 * says exactly which entries the log holds, in a few numbers instead of the entries themselves.
 */
import { epochOf, type Zxid, zxidOf } from "../../../nodes/zab/zxid.js";
import type { Platter } from "../platter.js";

export type LogShape = readonly Zxid[];

export function shapeOfPlatter(platter: Platter): Zxid[] {
  const shape = [...platter.baseEpochEnds];
  for (const { zxid } of platter.entries) extend(shape, zxid);
  return shape;
}

export function lastOf(shape: LogShape): Zxid {
  return shape.at(-1) ?? 0n;
}

export function extend(shape: Zxid[], zxid: Zxid): void {
  const end = shape.at(-1);
  if (end !== undefined && epochOf(end) === epochOf(zxid)) shape.pop();
  shape.push(zxid);
}

/** Drops what lies after `to`, which the log holds. */
export function cut(shape: Zxid[], to: Zxid): void {
  while (lastOf(shape) > to) shape.pop();
  if (to !== 0n) extend(shape, to);
}

/** The place of the first end at or after `zxid`; the newest entries are asked for most. */
function endAtOrAfter(shape: LogShape, zxid: Zxid): number {
  let at = shape.length;
  while (at > 0 && (shape[at - 1] ?? 0n) >= zxid) at--;
  return at;
}

export function holds(shape: LogShape, zxid: Zxid): boolean {
  if (zxid === 0n) return true;
  const end = shape[endAtOrAfter(shape, zxid)];
  return end !== undefined && epochOf(end) === epochOf(zxid);
}

/** The first entry after `zxid`, which the log need not hold; undefined behind its last. */
export function firstAfter(shape: LogShape, zxid: Zxid): Zxid | undefined {
  const end = shape[endAtOrAfter(shape, zxid + 1n)];
  if (end === undefined) return undefined;
  return epochOf(end) === epochOf(zxid) ? zxid + 1n : zxidOf(epochOf(end), 0);
}

/** Whether `longer` begins with all of `shorter`. */
export function isPrefix(shorter: LogShape, longer: LogShape): boolean {
  return (
    holds(longer, lastOf(shorter)) &&
    shorter.every((end, index) => index === shorter.length - 1 || end === longer[index])
  );
}
