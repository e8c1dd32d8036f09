/**
 * The writes of the gateway's bench: one after the other, at a pace, or as fast as they go; and the
 * log afterwards, with what the writer knows of each transaction in it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { zxidOf } from "../game/zxid.js";
import type { TestCluster } from "../test/cluster/cluster.testing.js";
import { machineMs } from "./gateway-clock.js";
import { placeOf, type TimedLog } from "./gateway-tally.js";
import type { LoadClient } from "./play-client.js";

export const BENCH_ROOM = "bench";
const PLAYER = "bench";
const OUTSTANDING = 64;
const PAGE = 1000;
const TRIES_MAX = 20;
const RETRY_MS = 100;

export interface Written {
  readonly issuedMs: number;
  /** NaN until it is answered. */
  answeredMs: number;
}

/** By request id. */
export type Writes = ReadonlyMap<string, Written>;

let lastWrite = 0;

async function write(client: LoadClient, writes: Map<string, Written>): Promise<void> {
  // As long as a UUID, which is what people's clients send.
  const requestId = `bench-${String(++lastWrite).padStart(30, "0")}`;
  const written: Written = { issuedMs: machineMs(), answeredMs: Number.NaN };
  writes.set(requestId, written);
  const value = lastWrite % 101;
  for (let tries = 1; Number.isNaN(written.answeredMs); tries++) {
    try {
      await client.guess(BENCH_ROOM, PLAYER, value, requestId);
      written.answeredMs = machineMs();
    } catch (error) {
      // A machine that is busy with other things brings elections; the same id happens once.
      if (tries === TRIES_MAX) throw error;
      await pause(RETRY_MS);
    }
  }
}

/** Each `gapMs` after the answer to the one before. The first tenth is left out of the result. */
export async function writeInTurn(
  client: LoadClient,
  count: number,
  gapMs: number,
): Promise<Writes> {
  const writes = new Map<string, Written>();
  const warmUp = new Map<string, Written>();
  for (let index = 0; index < count; index++) {
    await write(client, index < Math.floor(count / 10) ? warmUp : writes);
    await pause(gapMs);
  }
  return writes;
}

/** So many a second whether they are answered or not; resolves when all are. */
export async function writePaced(
  client: LoadClient,
  perSecond: number,
  seconds: number,
): Promise<Writes> {
  const writes = new Map<string, Written>();
  const underWay: Promise<void>[] = [];
  const beganAtMs = performance.now();
  for (let index = 0; index < perSecond * seconds; index++) {
    const dueInMs = beganAtMs + (index * 1000) / perSecond - performance.now();
    if (dueInMs > 0) await pause(dueInMs);
    underWay.push(write(client, writes));
  }
  await Promise.all(underWay);
  return writes;
}

/** Always so many under way that the cluster is busy. */
export async function writeFast(client: LoadClient, count: number): Promise<void> {
  let left = count;
  const writes = new Map<string, Written>();
  const writeOn = async (): Promise<void> => {
    while (left-- > 0) await write(client, writes);
  };
  await Promise.all(Array.from({ length: OUTSTANDING }, writeOn));
}

/** Opens the round in which everything here is a guess. */
export async function openRound(cluster: TestCluster): Promise<void> {
  const { nodeId } = await cluster.leader();
  const target = { room: BENCH_ROOM, player: PLAYER, value: 50 };
  const outcome = await cluster.client(nodeId).setTarget(target);
  if (outcome.kind !== "committed") throw new Error(`no target: ${outcome.kind}`);
}

/** Of one node, once all have applied the same: everything of the room after `after`. */
export async function timedLog(
  cluster: TestCluster,
  room: string,
  after: bigint,
  writes: Writes,
): Promise<TimedLog> {
  await cluster.settled();
  const client = cluster.client(cluster.nodes[0]?.id ?? "");
  const places: number[] = [];
  const issuedMs: number[] = [];
  const answeredMs: number[] = [];
  for (let afterZxid = after, isEnd = false; !isEnd; ) {
    const outcome = await client.listEvents({ room, afterZxid, limit: PAGE });
    if (outcome.kind !== "ok") throw new Error(`no log: ${outcome.message}`);
    for (const { epoch, counter, requestId } of outcome.value.transactions) {
      const written = writes.get(requestId);
      places.push(placeOf(zxidOf(epoch, counter)));
      issuedMs.push(written?.issuedMs ?? Number.NaN);
      answeredMs.push(written?.answeredMs ?? Number.NaN);
    }
    afterZxid = outcome.value.nextZxid;
    isEnd = outcome.value.end;
  }
  return {
    places: Float64Array.from(places),
    issuedMs: Float64Array.from(issuedMs),
    answeredMs: Float64Array.from(answeredMs),
  };
}
