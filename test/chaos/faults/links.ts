/** Faults of links that nodes bring about themselves, told so through AdminService.SetLink. */
import type { LinkFault } from "../../../api/replica.js";
import type { Arena, Strike } from "../arena.js";
import type { ChaosNode, Undo } from "../chaos-node.js";

const BOTH_WAYS = { cutIn: true, cutOut: true } as const;
const CUTS: readonly Partial<LinkFault>[] = [{ cutIn: true }, { cutOut: true }, BOTH_WAYS];
const DELAYS_MS = [10, 100, 500];

type Pair = readonly [ChaosNode, ChaosNode];

async function disturb(
  arena: Arena,
  pairs: readonly Pair[],
  fault: Partial<LinkFault>,
  forMs: number,
): Promise<void> {
  const undos: Undo[] = pairs.map(([node, peer]) => arena.links.disturb(node, peer, fault));
  await arena.links.tell();
  await arena.lasts(forMs);
  for (const undo of undos) undo();
  await arena.links.tell();
}

function firstPair(order: readonly ChaosNode[]): readonly Pair[] {
  const [node, peer] = order;
  return node === undefined || peer === undefined ? [] : [[node, peer]];
}

export const cutLink: Strike = (arena, { forMs }, order, dice) => ({
  impaired: order.slice(0, 1),
  over: disturb(arena, firstPair(order), dice.pick(CUTS), forMs),
});

export const delayLink: Strike = (arena, { forMs }, order, dice) => ({
  impaired: order.slice(0, 1),
  over: disturb(arena, firstPair(order), { delayMs: dice.pick(DELAYS_MS) }, forMs),
});

export const isolate: Strike = (arena, { forMs }, order, dice) => {
  const [node, ...others] = order;
  if (node === undefined) return undefined;
  const pairs = others.map((peer): Pair => [node, peer]);
  return { impaired: [node], over: disturb(arena, pairs, dice.pick(CUTS), forMs) };
};

export const split: Strike = (arena, { forMs }, order, dice) => {
  const side = order.slice(0, dice.int(1, order.length - 1));
  const rest = order.slice(side.length);
  const pairs = side.flatMap((node) => rest.map((peer): Pair => [node, peer]));
  // Two halves of an even number are a majority neither of them.
  const impaired = [side, rest].filter((part) => part.length <= order.length / 2).flat();
  return { impaired, over: disturb(arena, pairs, BOTH_WAYS, forMs) };
};
