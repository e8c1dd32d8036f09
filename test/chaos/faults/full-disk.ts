/** A full disk: no file of the node grows any more, so it ends; then there is room again. */
import type { Strike } from "../arena.js";

const SPARE_BYTES_MAX = 10_000;
/** Long enough for the node to write what it takes. */
const LENGTH_MIN_MS = 1500;

export const fullDisk: Strike = (arena, { forMs }, order, dice) => {
  const [node] = order;
  if (node === undefined) return undefined;
  const spareBytes = dice.int(0, SPARE_BYTES_MAX);
  const fill = async (): Promise<void> => {
    const before = node.diskDeaths();
    const undo = node.fillDisk(spareBytes);
    await arena.lasts(Math.max(forMs, LENGTH_MIN_MS));
    undo();
    arena.note("nodes ended by a full disk", node.diskDeaths() - before);
  };
  return { impaired: [node], over: fill() };
};
