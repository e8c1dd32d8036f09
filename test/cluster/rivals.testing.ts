/**
 * Rivals: several clients who play one room against each other through all servers, each waiting
 * for an answer before it asks again. They set, guess, close and read, are refused and give up,
 * so their answers hang on each other as closely as can be. After a while all go on to a new room,
 * which keeps the search for an order short.
 */
import { createTransportPool } from "../../client/h2-transport.js";
import { systemClock } from "../../client/system-clock.js";
import { createZabbleClient, type ZabbleClient } from "../../client/zabble-client.js";
import type { Call } from "../history/operation.js";
import { createPrng, type Prng } from "../sim/prng.js";
import type { History } from "./history.testing.js";
import { type Command, sendCommand, sendRead } from "./recorded-calls.testing.js";

export interface RivalsOptions {
  readonly servers: readonly string[];
  readonly count: number;
  /** Decides what they play; when is up to the cluster. */
  readonly seed: number;
  /** Where all that they ask and are told is added. */
  readonly history: History;
}

export interface Rivals {
  /** Resolves when none of them waits for an answer any more. */
  stop(): Promise<void>;
}

/** Short, so that a fault makes some of them give up with an unknown outcome. */
const PATIENCE_MS = 1500;
/** With the cluster's bound of 1000 rooms, enough for 400 000 operations. */
const OPERATIONS_PER_ROOM = 400;
const THINK_MEAN_MS = 10;

export function startRivals({ servers, count, seed, history }: RivalsOptions): Rivals {
  const pool = createTransportPool();
  const prng = createPrng(seed, "rivals");
  let asked = 0;
  let stopping = false;

  function clientFor(dice: Prng): ZabbleClient {
    const first = dice.int(0, servers.length - 1);
    return createZabbleClient({
      servers: [...servers.slice(first), ...servers.slice(0, first)],
      transport: pool.transport,
      clock: systemClock,
      requestId: () => crypto.randomUUID(),
      deadlineMs: PATIENCE_MS,
    });
  }

  async function play(name: string, dice: Prng): Promise<void> {
    while (!stopping) {
      // Through another server each time: nobody may be told less elsewhere.
      await ask(name, drawCall(dice), clientFor(dice));
      await new Promise((resolve) => setTimeout(resolve, dice.exponential(THINK_MEAN_MS)));
    }
  }

  async function ask(client: string, call: Call, through: ZabbleClient): Promise<void> {
    const room = `arena${Math.floor(asked / OPERATIONS_PER_ROOM)}`;
    asked++;
    const requestId = `${client}-${asked}-${crypto.randomUUID().slice(0, 8)}`;
    const invokedAtMs = performance.now();
    const sent = { client, room, requestId, invokedAtMs };
    if (call.type === "read") {
      const operation = { ...sent, player: "", call };
      history.operations?.push(operation);
      const outcome = await sendRead(through, operation);
      if (outcome.kind !== "ok") return;
      const { server, value } = outcome;
      const answeredAtMs = performance.now();
      history.reads.push({ server, issuedAtMs: invokedAtMs, answeredAtMs, zxid: value.zxid });
    } else {
      const operation: Command = { ...sent, player: client, call };
      history.operations?.push(operation);
      const outcome = await sendCommand(through, operation, () => false);
      if (outcome.kind !== "committed") return;
      const { server, zxid } = outcome;
      const acked = { atMs: performance.now(), zxid };
      history.writes.push({ requestId, server, issuedAtMs: invokedAtMs, acked });
    }
  }

  const playing = Array.from({ length: count }, (_, index) => {
    const name = `rival${index + 1}`;
    return play(name, prng.fork(name));
  });
  return {
    async stop() {
      stopping = true;
      await Promise.all(playing);
      pool.close();
    },
  };
}

/** Few values, so that guesses tie, and closes enough that some are refused. */
function drawCall(dice: Prng): Call {
  const kind = dice.next();
  if (kind < 0.15) return { type: "setTarget", value: dice.int(0, 20) };
  if (kind < 0.6) return { type: "guess", value: dice.int(0, 20) };
  if (kind < 0.7) return { type: "close" };
  return { type: "read" };
}
