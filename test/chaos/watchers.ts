/**
 * Whoever watches all rooms, on and on, from node to node. It reads the raw stream, because the
 * client library would quietly mend what is to be found here: see watch-order.ts.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createTransportPool } from "../../client/h2-transport.js";
import { GameService } from "../../gen/zabble/v1/game_pb.js";
import { createWatchOrder, type WatchOrder } from "./watch-order.js";

export interface Watcher extends Pick<WatchOrder, "seen" | "snapshots"> {
  stop(): Promise<void>;
}

/** A node speaks every 1.5 s; one that does not is left. */
const SILENCE_MS = 4000;
const REST_MS = 100;

/** `first`: which of the servers it begins at. */
export function startWatcher(
  servers: readonly string[],
  first: number,
  onViolation: (what: string) => void,
): Watcher {
  const pool = createTransportPool();
  const stopping = new AbortController();
  const order = createWatchOrder(onViolation);

  async function watchServer(server: string): Promise<void> {
    const stream = new AbortController();
    const leave = (): void => stream.abort();
    let silence = setTimeout(leave, SILENCE_MS);
    stopping.signal.addEventListener("abort", leave, { once: true });
    try {
      const client = createClient(GameService, pool.transport(server));
      const request = { room: "", fromZxid: order.last() };
      for await (const response of client.watch(request, { signal: stream.signal })) {
        clearTimeout(silence);
        silence = setTimeout(leave, SILENCE_MS);
        order.take(response, server);
      }
    } catch {
      // A node that is gone, frozen or without a leader: the next one is asked.
    } finally {
      clearTimeout(silence);
      stopping.signal.removeEventListener("abort", leave);
    }
  }

  async function run(): Promise<void> {
    for (let turn = first; !stopping.signal.aborted; turn++) {
      await watchServer(servers[turn % servers.length] ?? "");
      await pause(REST_MS);
    }
  }
  const running = run();

  return {
    seen: order.seen,
    snapshots: order.snapshots,
    async stop() {
      stopping.abort();
      await running;
      pool.close();
    },
  };
}
