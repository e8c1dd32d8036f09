/**
 * Players who never stop: several at once in one room, each waiting for its answer before it goes
 * on, through any node. A command is repeated with its request id until its outcome is known or the
 * player gives up; then it stays unknown, and the player goes on under a new name. Rooms change, so
 * that the history of each stays short.
 */
import { setTimeout as pause } from "node:timers/promises";
import { createTransportPool } from "../../client/h2-transport.js";
import { systemClock } from "../../client/system-clock.js";
import { createZabbleClient, type ZabbleClient } from "../../client/zabble-client.js";
import { type Command, sendCommand, sendRead } from "../cluster/recorded-calls.testing.js";
import type { Call, Operation } from "../history/operation.js";
import type { Prng } from "../sim/prng.js";

export interface ClientsOptions {
  readonly servers: readonly string[];
  readonly players: number;
  /** Between an answer and the next wish, on average. */
  readonly thinkMs: number;
  readonly roomOperations: number;
  readonly prng: Prng;
  /** Told something that nobody may be told. */
  readonly onViolation: (what: string) => void;
}

export interface Clients {
  /** In the order of their beginnings. Reads that got no answer are left out. */
  readonly operations: readonly Operation[];
  /** Commands that got no answer at all within a player's patience. */
  givenUp(): number;
  /** Of the newest confirmed write; 0 before the first. */
  lastAckAtMs(): number;
  /** Confirmed writes so far. */
  acks(): number;
  /** Issues no more; resolves when all under way are known or given up. */
  stop(): Promise<void>;
}

/** For one call of the client library, all its attempts together; then it is made again. */
const CALL_LIMIT_MS = 3000;
/** For one operation. */
const PATIENCE_MS = 20_000;

const CALLS: readonly (readonly [number, Call["type"]])[] = [
  [0.2, "setTarget"],
  [0.72, "guess"],
  [0.78, "close"],
  [1, "read"],
];

export function startClients(options: ClientsOptions): Clients {
  const { servers, players, thinkMs, roomOperations, prng } = options;
  const pool = createTransportPool();
  const operations: Operation[] = [];
  let givenUp = 0;
  let stopping = false;
  let lastAckAtMs = 0;
  let acks = 0;

  /** Begins at that node, and goes on to the others when it fails. */
  function clientFrom(index: number, requestId: string): ZabbleClient {
    return createZabbleClient({
      servers: [...servers.slice(index), ...servers.slice(0, index)],
      transport: pool.transport,
      clock: systemClock,
      requestId: () => requestId,
      deadlineMs: CALL_LIMIT_MS,
    });
  }

  function drawCall(dice: Prng): Call {
    const chance = dice.next();
    const type = CALLS.find(([below]) => chance < below)?.[1] ?? "read";
    return type === "setTarget" || type === "guess" ? { type, value: dice.int(0, 100) } : { type };
  }

  async function command(client: ZabbleClient, operation: Command): Promise<void> {
    const outcome = await sendCommand(client, operation, () => {
      const isPatient = performance.now() - operation.invokedAtMs < PATIENCE_MS;
      if (!isPatient) givenUp += 1;
      return isPatient;
    });
    if (outcome.kind !== "committed") return;
    acks += 1;
    lastAckAtMs = performance.now();
  }

  async function read(client: ZabbleClient, operation: Operation): Promise<void> {
    const outcome = await sendRead(client, operation);
    if (outcome.kind === "ok") operations.push(operation);
    if (outcome.kind !== "refused") return;
    options.onViolation(`a read of ${operation.room} was refused: ${outcome.message}`);
  }

  async function play(index: number, dice: Prng): Promise<void> {
    let lives = 1;
    for (let wishes = 1; !stopping; wishes++) {
      await pause(Math.min(dice.exponential(thinkMs), thinkMs * 4));
      const call = drawCall(dice);
      const client = `c${index}.${lives}`;
      const requestId = `${client}-${wishes}`;
      const room = `room${Math.floor(operations.length / roomOperations)}`;
      const invokedAtMs = performance.now();
      const sent = { client, room, requestId, invokedAtMs };
      const zabble = clientFrom(dice.int(0, servers.length - 1), requestId);
      if (call.type === "read") {
        await read(zabble, { ...sent, player: "", call });
      } else {
        const operation: Command = { ...sent, player: `player${index}`, call };
        operations.push(operation);
        await command(zabble, operation);
        if (operation.result === undefined) lives += 1;
      }
    }
  }

  const playing = Array.from({ length: players }, (_, index) =>
    play(index + 1, prng.fork(`player${index}`)),
  );

  return {
    operations,
    givenUp: () => givenUp,
    lastAckAtMs: () => lastAckAtMs,
    acks: () => acks,
    async stop() {
      stopping = true;
      await Promise.all(playing);
      pool.close();
    },
  };
}
