/** Faults of one call or one file: a wall clock that jumps, a leader told to go, a node paused. */
import { post } from "../../cluster/post.testing.js";
import type { Strike } from "../arena.js";
import type { ChaosNode } from "../chaos-node.js";

const STEPS_MS = [200, 5000, 120_000, 3_600_000, 400 * 24 * 3_600_000];
const ANSWER_LIMIT_MS = 500;

/** The clock stays wrong, or is set right after a while. Nothing may hang on it. */
export const clockStep: Strike = (arena, { forMs }, order, dice) => {
  const [node] = order;
  if (node === undefined) return undefined;
  const wrongMs = dice.pick(STEPS_MS) * dice.pick([-1, 1]);
  const isSetRight = dice.chance(0.5);
  const step = async (): Promise<void> => {
    arena.setClock(node.id, wrongMs);
    await arena.lasts(forMs);
    if (isSetRight) arena.setClock(node.id, 0);
  };
  return { impaired: [], over: step() };
};

/** A node that is not there to be told is in another fault's hands. */
async function tell(node: ChaosNode, method: string, body: object): Promise<void> {
  await post(node.process, `AdminService/${method}`, body, ANSWER_LIMIT_MS).catch(() => undefined);
}

/** Sent to all, for it is the leader's alone to obey. */
export const stepDown: Strike = (_arena, _fault, order) => {
  const over = Promise.all(order.map((node) => tell(node, "StepDown", {})));
  return { impaired: order.slice(0, 1), over: over.then(() => undefined) };
};

export const pause: Strike = (arena, { forMs }, order) => {
  const [node] = order;
  if (node === undefined) return undefined;
  const hold = async (): Promise<void> => {
    await tell(node, "PauseNode", { durationMs: Math.max(1, forMs) });
    await arena.lasts(forMs);
    await tell(node, "PauseNode", { durationMs: 0 });
  };
  return { impaired: [node], over: hold() };
};
