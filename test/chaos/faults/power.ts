/** Power cuts: nodes die, and what their disks had not been made to keep may be gone. */
import type { Prng } from "../../sim/prng.js";
import { type Arena, awayMs, type Strike } from "../arena.js";
import type { ChaosNode } from "../chaos-node.js";
import { cutPower } from "../power-cut.js";
import type { PlannedFault } from "../schedule.js";
import { archiveSegments } from "../segment-files.js";

async function cut(
  arena: Arena,
  nodes: readonly ChaosNode[],
  fault: PlannedFault,
  dice: Prng,
): Promise<void> {
  const plans = nodes.map(({ id }) => ({ dice: dice.fork(id), forMs: awayMs(fault, dice) }));
  const one = async (node: ChaosNode, at: number): Promise<void> => {
    const undo = await node.holdDown();
    const plan = plans[at];
    if (plan === undefined) return;
    const notes = arena.notes(node.id);
    archiveSegments(notes, arena.archive);
    const { lostBytes, lostNames } = cutPower(notes, plan.dice);
    arena.note("bytes lost in power cuts", lostBytes);
    arena.note("changes of names lost in power cuts", lostNames);
    await arena.lasts(plan.forMs);
    undo();
  };
  await Promise.all(nodes.map(one));
}

export const powerCut: Strike = (arena, fault, order, dice) => {
  const impaired = order.slice(0, dice.chance(0.5) ? 1 : dice.int(1, order.length - 1));
  return { impaired, over: cut(arena, impaired, fault, dice) };
};

export const powerCutAll: Strike = (arena, fault, order, dice) => ({
  impaired: order,
  over: cut(arena, order, fault, dice),
});
