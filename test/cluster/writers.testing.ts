/**
 * Players who never stop: a write at a steady pace through one node after the other, and now and
 * then a linearizable read. Each write is repeated with the same request id until it is confirmed,
 * as a good client does. The pace is fixed, so a cluster that stands still shows as a gap.
 */
import { randomUUID } from "node:crypto";
import { createTransportPool } from "../../client/h2-transport.js";
import { systemClock } from "../../client/system-clock.js";
import { createZabbleClient, type ZabbleClient } from "../../client/zabble-client.js";
import { Consistency } from "../../gen/zabble/v1/game_pb.js";
import type { History, Write } from "./history.testing.js";

export interface WritersOptions {
  /** Base addresses; writes begin at each of them in turn, and go on to the others if it fails. */
  readonly servers: readonly string[];
  readonly everyMs: number;
}

export type AckedWrite = Write & { readonly acked: NonNullable<Write["acked"]> };

export interface Writers {
  readonly history: History;
  /** The next confirmed write that fits, of those confirmed from now on. */
  nextAck(what: string, fits: (write: AckedWrite) => boolean): Promise<AckedWrite>;
  /** That many writes at once, beside the steady ones. */
  burst(count: number): void;
  /** That many confirmed writes from now on. */
  moreAcks(count: number): Promise<void>;
  /**
   * Issues no more, and waits for those under way to be confirmed or given up. Throws if a write
   * was refused: every one of them is allowed by the rules.
   */
  stop(): Promise<void>;
}

/** For one call of the client library, all its attempts together; then it is made again. */
const CALL_LIMIT_MS = 5000;
const ACK_LIMIT_MS = 20_000;
/** Unconfirmed writes at once; beyond them the pace slows down. */
const PENDING_MAX = 500;
const READ_EVERY_WRITES = 10;
const TARGET_EVERY_WRITES = 25;

/** Resolves once each server's room has its first target. */
export async function startWriters({ servers, everyMs }: WritersOptions): Promise<Writers> {
  const pool = createTransportPool();
  const history: History = { writes: [], reads: [] };
  const refusals: string[] = [];
  const pending = new Set<Promise<void>>();
  const listeners = new Set<(write: AckedWrite) => void>();
  let stopping = false;
  let turn = 0;

  /** Begins at that server, whichever answered last time. */
  function clientFrom(index: number): ZabbleClient {
    return createZabbleClient({
      servers: [...servers.slice(index), ...servers.slice(0, index)],
      transport: pool.transport,
      clock: systemClock,
      requestId: randomUUID,
      deadlineMs: CALL_LIMIT_MS,
    });
  }

  async function write(index: number, isTarget: boolean): Promise<void> {
    const requestId = randomUUID();
    const issuedAtMs = performance.now();
    const issued: Write = { requestId, server: servers[index] ?? "", issuedAtMs };
    history.writes.push(issued);
    const value = history.writes.length % 101;
    const command = { room: `room${index}`, player: `player${index}`, value, requestId };
    const client = clientFrom(index);
    do {
      const outcome = await (isTarget ? client.setTarget(command) : client.submitGuess(command));
      if (outcome.kind === "committed") {
        const acked = { atMs: performance.now(), zxid: outcome.zxid };
        issued.acked = acked;
        for (const tell of [...listeners]) tell({ ...issued, acked });
        return;
      }
      if (outcome.kind === "refused") {
        refusals.push(`${requestId}: ${outcome.message}`);
        return;
      }
    } while (!stopping);
  }

  async function read(index: number): Promise<void> {
    const issuedAtMs = performance.now();
    const query = { room: `room${index}`, consistency: Consistency.LINEARIZABLE };
    const outcome = await clientFrom(index).getGame(query);
    const answeredAtMs = performance.now();
    if (outcome.kind === "refused") refusals.push(`a read: ${outcome.message}`);
    if (outcome.kind !== "ok") return;
    const { zxid } = outcome.value;
    history.reads.push({ server: outcome.server, issuedAtMs, answeredAtMs, zxid });
  }

  function track(work: Promise<void>): void {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }

  function issue(): void {
    if (pending.size >= PENDING_MAX) return;
    const index = turn++ % servers.length;
    const round = Math.floor(turn / servers.length);
    track(write(index, round % TARGET_EVERY_WRITES === 0));
    if (turn % READ_EVERY_WRITES === 0) track(read(index));
  }

  function nextAck(what: string, fits: (write: AckedWrite) => boolean): Promise<AckedWrite> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listeners.delete(look);
        reject(new Error(`waited ${ACK_LIMIT_MS} ms for ${what}; ${refusals.join("; ")}`));
      }, ACK_LIMIT_MS);
      const look = (write: AckedWrite): void => {
        if (!fits(write)) return;
        clearTimeout(timer);
        listeners.delete(look);
        resolve(write);
      };
      listeners.add(look);
    });
  }

  await Promise.all(servers.map((_, index) => write(index, true)));
  const pace = setInterval(issue, everyMs);

  return {
    history,
    nextAck,
    burst(count) {
      for (let issued = 0; issued < count; issued++) issue();
    },
    async moreAcks(count) {
      let seen = 0;
      await nextAck(`${count} confirmed writes`, () => ++seen >= count);
    },
    async stop() {
      clearInterval(pace);
      stopping = true;
      await Promise.all(pending);
      pool.close();
      if (refusals.length > 0) throw new Error(`refused: ${refusals.join("; ")}`);
    },
  };
}
