/** The same load through the client library, as bots and the gateway will send it. */

import type { TransportPool } from "../client/h2-transport.js";
import { createPlaySession } from "../client/play-session.js";
import { systemClock } from "../client/system-clock.js";
import type { LoadClient } from "./play-client.js";

export function openSession(pool: TransportPool, host: string, port: number): LoadClient {
  const session = createPlaySession({
    transport: pool.transport(`http://${host}:${port}`),
    clock: systemClock,
    silenceMs: 10_000,
    pendingMax: 1024,
  });
  return {
    async guess(room, player, value, requestId) {
      const call = { case: "submitGuess", value: { room, player, value } } as const;
      const outcome = await session.call({ requestId, call });
      if (outcome.kind !== "committed") throw new Error(`not committed: ${outcome.kind}`);
    },
    close: () => session.close(),
  };
}
