/** Faults of the network between two nodes, of which neither is told: see tcp-proxy.ts. */
import type { Prng } from "../../sim/prng.js";
import type { Arena, Strike } from "../arena.js";
import type { ChaosNode } from "../chaos-node.js";
import type { Traffic } from "../shaped-pipe.js";
import type { Way } from "../tcp-proxy.js";
import type { Wire } from "../wires.js";

const WAYS: readonly (readonly Way[])[] = [["out"], ["back"], ["out", "back"]];
const DELAYS_MS = [5, 50, 400];
const RATES = [1000, 20_000, 200_000];
const RESET_AFTER_BYTES_MAX = 4000;

/** Of the first node, to the second or to all others. */
function someWires(arena: Arena, order: readonly ChaosNode[], dice: Prng): readonly Wire[] {
  const [node, ...others] = order;
  if (node === undefined) return [];
  const peers = dice.chance(0.3) ? others : others.slice(0, 1);
  return peers.map((peer) => arena.wires.between(node.id, peer.id));
}

function disturbing(draw: (dice: Prng) => Partial<Traffic>): Strike {
  return (arena, { forMs }, order, dice) => {
    const wires = someWires(arena, order, dice);
    const ways = dice.pick(WAYS);
    const traffic = draw(dice);
    const disturb = async (): Promise<void> => {
      const undos = wires.flatMap((wire) => ways.map((way) => wire.disturb(way, traffic)));
      await arena.lasts(forMs);
      for (const undo of undos) undo();
    };
    return { impaired: order.slice(0, 1), over: disturb() };
  };
}

export const slowWire = disturbing((dice) => ({ delayMs: dice.pick(DELAYS_MS) }));
export const throttleWire = disturbing((dice) => ({ bytesPerSecond: dice.pick(RATES) }));
export const silentWire = disturbing(() => ({ silent: true }));

export const resetWire: Strike = (arena, { forMs }, order, dice) => {
  for (const { proxy } of someWires(arena, order, dice)) {
    for (const way of dice.pick(WAYS)) proxy.reset(way, dice.int(1, RESET_AFTER_BYTES_MAX));
  }
  return { impaired: order.slice(0, 1), over: arena.lasts(forMs) };
};

export const halfCloseWire: Strike = (arena, { forMs }, order, dice) => {
  const way = dice.pick<Way>(["out", "back"]);
  for (const { proxy } of someWires(arena, order, dice)) proxy.halfClose(way);
  return { impaired: order.slice(0, 1), over: arena.lasts(forMs) };
};
