/**
 * Players who never stop: a write at a steady pace through one node after the other, all in one
 * room, and now and then a linearizable read. Each write is repeated with the same request id until
 * it is confirmed, as a good client does. The pace is fixed, so a cluster that stands still shows
 * as a gap. Beside them rivals may play, who close rounds and are refused.
 */
import { randomUUID } from "node:crypto";
import { createTransportPool } from "../../client/h2-transport.js";
import { systemClock } from "../../client/system-clock.js";
import { createZabbleClient, type ZabbleClient } from "../../client/zabble-client.js";
import { saveHistory } from "../history/json-lines.js";
import type { Operation } from "../history/operation.js";
import type { History, Write } from "./history.testing.js";
import { type Command, sendCommand, sendRead } from "./recorded-calls.testing.js";
import { startRivals } from "./rivals.testing.js";

export interface WritersOptions {
  /** Base addresses; writes begin at each of them in turn, and go on to the others if it fails. */
  readonly servers: readonly string[];
  readonly everyMs: number;
  /** How many rivals play beside the writers; none if it is not given. */
  readonly rivals?: number;
  /** What the rivals play. */
  readonly seed?: number;
  /** Then all go on to a new room, which keeps the search for an order short; 1000 by default. */
  readonly writesPerRoom?: number;
}

export type AckedWrite = Write & { readonly acked: NonNullable<Write["acked"]> };

export interface Writers {
  readonly history: History;
  /** As JSON lines, for `npm run check-history` and other checkers: see test/history/README.md. */
  saveHistory(path: string): void;
  /** The next confirmed write that fits, of those confirmed from now on. */
  nextAck(what: string, fits: (write: AckedWrite) => boolean): Promise<AckedWrite>;
  /** That many writes at once, beside the steady ones. */
  burst(count: number): void;
  /** That many confirmed writes from now on. */
  moreAcks(count: number): Promise<void>;
  /**
   * Issues no more, and waits for those under way to be confirmed or given up. Throws if a write
   * was refused: every one of them is allowed by the rules (what rivals ask need not be).
   */
  stop(): Promise<void>;
}

/** For one call of the client library, all its attempts together; then it is made again. */
const CALL_LIMIT_MS = 5000;
const ACK_LIMIT_MS = 20_000;
/** Unconfirmed writes at once; beyond them the pace slows down. */
const PENDING_MAX = 500;
/** Without a common divisor with usual numbers of nodes: every node gets its share. */
const READ_EVERY_WRITES = 7;
const TARGET_EVERY_WRITES = 23;
const WRITES_PER_ROOM = 1000;

/** Resolves once the room has its first target. */
export async function startWriters(options: WritersOptions): Promise<Writers> {
  const { servers, everyMs, rivals: rivalCount = 0, seed = 1 } = options;
  const { writesPerRoom = WRITES_PER_ROOM } = options;
  const pool = createTransportPool();
  const operations: Operation[] = [];
  const history: History = { writes: [], reads: [], operations };
  const refusals: string[] = [];
  const pending = new Set<Promise<void>>();
  const listeners = new Set<(write: AckedWrite) => void>();
  let stopping = false;
  let turn = 0;
  let room = "room0";
  let roomsOpened = 1;
  let leftInRoom = writesPerRoom;

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

  async function write(index: number, inRoom: string, type: "setTarget" | "guess"): Promise<void> {
    const requestId = randomUUID();
    const issuedAtMs = performance.now();
    const issued: Write = { requestId, server: servers[index] ?? "", issuedAtMs };
    history.writes.push(issued);
    const player = `player${index}`;
    const sent = { client: player, player, room: inRoom, requestId, invokedAtMs: issuedAtMs };
    const operation: Command = { ...sent, call: { type, value: history.writes.length % 101 } };
    operations.push(operation);
    const outcome = await sendCommand(clientFrom(index), operation, () => !stopping);
    if (outcome.kind === "refused") refusals.push(`${requestId}: ${outcome.message}`);
    if (outcome.kind !== "committed") return;
    const acked = { atMs: operation.returnedAtMs ?? performance.now(), zxid: outcome.zxid };
    issued.acked = acked;
    for (const tell of [...listeners]) tell({ ...issued, acked });
  }

  /** Once its first target is confirmed, every guess in a room is allowed: nobody closes here. */
  async function moveOn(index: number): Promise<void> {
    const next = `room${roomsOpened}`;
    roomsOpened++;
    leftInRoom = writesPerRoom;
    await write(index, next, "setTarget");
    if (!stopping) room = next;
  }

  async function read(index: number): Promise<void> {
    const issuedAtMs = performance.now();
    const requestId = randomUUID();
    const sent = { client: `player${index}`, player: "", room, requestId };
    const operation: Operation = { ...sent, call: { type: "read" }, invokedAtMs: issuedAtMs };
    operations.push(operation);
    const outcome = await sendRead(clientFrom(index), operation);
    if (outcome.kind === "refused") refusals.push(`a read: ${outcome.message}`);
    if (outcome.kind !== "ok") return;
    const { server, value } = outcome;
    const answeredAtMs = operation.returnedAtMs ?? performance.now();
    history.reads.push({ server, issuedAtMs, answeredAtMs, zxid: value.zxid });
  }

  function track(work: Promise<void>): void {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }

  function issue(): void {
    if (pending.size >= PENDING_MAX) return;
    const index = turn++ % servers.length;
    leftInRoom--;
    if (leftInRoom === 0) track(moveOn(index));
    else track(write(index, room, turn % TARGET_EVERY_WRITES === 0 ? "setTarget" : "guess"));
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

  await Promise.all(servers.map((_, index) => write(index, room, "setTarget")));
  const pace = setInterval(issue, everyMs);
  const rivals = startRivals({ servers, count: rivalCount, seed, history });

  return {
    history,
    saveHistory: (path) => saveHistory(path, operations),
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
      await Promise.all([...pending, rivals.stop()]);
      pool.close();
      if (refusals.length > 0) throw new Error(`refused: ${refusals.join("; ")}`);
    },
  };
}
