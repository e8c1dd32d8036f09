/** Many transactions fast, over one Play stream: for tests that need a long log. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { createTransportPool } from "../../client/h2-transport.js";
import { createPlaySession } from "../../client/play-session.js";
import { systemClock } from "../../client/system-clock.js";
import type { TestNode } from "./node-process.testing.js";

const OUTSTANDING = 256;
const SILENCE_MS = 10_000;

/**
 * Commits a target and then guesses in `room`, `count` in all, through this node. Resolves with the
 * last zxid; throws if any of them is not committed.
 */
export async function commitMany(node: TestNode, room: string, count: number): Promise<bigint> {
  const pool = createTransportPool();
  const session = createPlaySession({
    transport: pool.transport(node.url),
    clock: systemClock,
    silenceMs: SILENCE_MS,
    pendingMax: OUTSTANDING,
  });
  let last = 0n;
  let left = count;
  async function commit(kind: "setTarget" | "submitGuess"): Promise<void> {
    left--;
    const value = { room, player: "loader", value: left % 101 };
    const requestId = randomUUID();
    const outcome = await session.call({ requestId, call: { case: kind, value } });
    assert.equal(outcome.kind, "committed", inspect(outcome));
    if (outcome.kind === "committed" && outcome.zxid > last) last = outcome.zxid;
  }
  async function commitOn(): Promise<void> {
    while (left > 0) await commit("submitGuess");
  }
  try {
    await commit("setTarget");
    await Promise.all(Array.from({ length: OUTSTANDING }, commitOn));
    return last;
  } finally {
    session.close();
    pool.close();
  }
}
