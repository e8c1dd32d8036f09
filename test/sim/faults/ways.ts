/** What faults do to the ways between nodes. */
import type { SimNode } from "../sim-cluster.js";
import type { Scene } from "./scene.js";

/** One direction between two nodes. */
export type Way = readonly [SimNode, SimNode];

export function oneWay(from: readonly SimNode[], to: readonly SimNode[]): Way[] {
  return from.flatMap((a) => to.map((b): Way => [a, b]));
}

export function bothWays(left: readonly SimNode[], right: readonly SimNode[]): Way[] {
  return [...oneWay(left, right), ...oneWay(right, left)];
}

/** Cuts them; returns what ends that. */
export function cutWays({ cluster: { network } }: Scene, ways: readonly Way[]): () => void {
  for (const [from, to] of ways) network.cut(from.id, to.id);
  return () => {
    for (const [from, to] of ways) network.heal(from.id, to.id);
  };
}

/** Clogs them; returns what ends that. */
export function clogWays({ cluster: { network } }: Scene, ways: readonly Way[]): () => void {
  for (const [from, to] of ways) network.pipe(from.id, to.id).clogs++;
  return () => {
    for (const [from, to] of ways) network.pipe(from.id, to.id).unclog();
  };
}

/** All the ways of the struck node, or only those to it or from it, or those to one other. */
export function someWays({ node, others, dice }: Scene): Way[] {
  const all = dice.pick([
    bothWays([node], others),
    oneWay([node], others),
    oneWay(others, [node]),
    [],
  ]);
  if (all.length > 0) return all;
  return others.length === 0 ? [] : bothWays([node], [dice.pick(others)]);
}
