/** Faults of processes: killed without a word, killed again and again, stopped in their tracks. */
import { type Arena, awayMs, type Strike } from "../arena.js";
import type { ChaosNode } from "../chaos-node.js";

const LOOP_PAUSE_MEAN_MS = 300;

async function kill(arena: Arena, node: ChaosNode, forMs: number): Promise<void> {
  const undo = await node.holdDown();
  await arena.lasts(forMs);
  undo();
}

export const killOne: Strike = (arena, { forMs }, order) => {
  const impaired = order.slice(0, 1);
  return { impaired, over: together(impaired, (node) => kill(arena, node, forMs)) };
};

export const killSeveral: Strike = (arena, fault, order, dice) => {
  const impaired = order.slice(0, dice.int(2, Math.max(2, order.length - 1)));
  const aways = impaired.map(() => awayMs(fault, dice));
  return { impaired, over: together(impaired, (node, at) => kill(arena, node, aways[at] ?? 0)) };
};

export const killAll: Strike = (arena, fault, order, dice) => {
  const aways = order.map(() => awayMs(fault, dice));
  return {
    impaired: order,
    over: together(order, (node, at) => kill(arena, node, aways[at] ?? 0)),
  };
};

export const crashLoop: Strike = (arena, _fault, order, dice) => {
  const impaired = order.slice(0, 1);
  const pauses = Array.from({ length: dice.int(3, 6) }, () => [
    dice.exponential(LOOP_PAUSE_MEAN_MS),
    dice.exponential(LOOP_PAUSE_MEAN_MS),
  ]);
  const loop = async (node: ChaosNode): Promise<void> => {
    for (const [downMs = 0, upMs = 0] of pauses) {
      await kill(arena, node, downMs);
      await arena.lasts(upMs);
    }
  };
  return { impaired, over: together(impaired, loop) };
};

async function freeze(arena: Arena, node: ChaosNode, forMs: number): Promise<void> {
  const undo = node.freeze();
  await arena.lasts(forMs);
  undo();
}

export const freezeOne: Strike = (arena, { forMs }, order) => {
  const impaired = order.slice(0, 1);
  return { impaired, over: together(impaired, (node) => freeze(arena, node, forMs)) };
};

export const freezeSeveral: Strike = (arena, fault, order, dice) => {
  const impaired = order.slice(0, dice.int(2, order.length));
  const lengths = impaired.map(() => awayMs(fault, dice));
  return {
    impaired,
    over: together(impaired, (node, at) => freeze(arena, node, lengths[at] ?? 0)),
  };
};

async function together(
  nodes: readonly ChaosNode[],
  work: (node: ChaosNode, at: number) => Promise<void>,
): Promise<void> {
  await Promise.all(nodes.map(work));
}
