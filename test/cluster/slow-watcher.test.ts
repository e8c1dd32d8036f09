// Proves that clients that open a Watch and never read it cost a node a bounded amount of memory,
// disturb nobody else, and are put right by a fresh snapshot once they do read.
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { createClient } from "@connectrpc/connect";
import { createTransportPool } from "../../client/h2-transport.js";
import { systemClock } from "../../client/system-clock.js";
import { watch } from "../../client/watch.js";
import { formatZxid, zxidOf } from "../../game/zxid.js";
import { type Committed, GameService, type WatchResponse } from "../../gen/zabble/v1/game_pb.js";
import { startCluster } from "./cluster.testing.js";
import { commitMany } from "./commit-many.testing.js";
import { residentBytes } from "./memory.testing.js";
import type { TestNode } from "./node-process.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";

const SLEEPERS = 100;
const WARM_UP_TRANSACTIONS = 10_000;
const TRANSACTIONS = 20_000;
const QUEUE_MAX = 5000;

/**
 * A transaction is about 90 bytes on a Watch, so a copy of all for each sleeper would be nearly
 * twice as much. What the node needs by itself is a third of it.
 */
const GROWTH_BYTES_MAX = 100 * 1024 * 1024;

interface Sleeper {
  next(): Promise<WatchResponse>;
  close(): void;
}

/** Opens a Watch on a connection of its own, reads its first message, and then no more. */
async function fallAsleep({ url }: TestNode): Promise<Sleeper> {
  const pool = createTransportPool();
  const responses = createClient(GameService, pool.transport(url)).watch({});
  const iterator = responses[Symbol.asyncIterator]();
  const next = async (): Promise<WatchResponse> => {
    const result = await iterator.next();
    assert.ok(result.done !== true, "the stream ended");
    return result.value;
  };
  assert.equal((await next()).message.case, "snapshot");
  return { next, close: pool.close };
}

interface Reader {
  transactions(): number;
  snapshots(): number;
  /** How often it had to connect again. */
  losses(): number;
  /** Resolves when it has seen that far. */
  sawUpTo(zxid: bigint): Promise<void>;
  close(): Promise<void>;
}

/** A watcher that keeps up; the client library itself finds gaps and repeats. */
function readAlong({ url }: TestNode): Reader {
  const pool = createTransportPool();
  const stop = new AbortController();
  const progress = new EventTarget();
  let seen = 0n;
  let transactions = 0;
  let snapshots = 0;
  let losses = 0;
  const ended = watch({
    servers: [url],
    transport: pool.transport,
    clock: systemClock,
    room: "",
    from: 0n,
    signal: stop.signal,
    onConnection({ state }) {
      if (state === "lost") losses++;
    },
    onSnapshot() {
      snapshots++;
    },
    onTransactions(fresh, upTo) {
      transactions += fresh.length;
      seen = upTo;
      progress.dispatchEvent(new Event("progress"));
    },
    onStatus: () => {},
  });
  return {
    transactions: () => transactions,
    snapshots: () => snapshots,
    losses: () => losses,
    async sawUpTo(zxid) {
      while (seen < zxid) await once(progress, "progress");
    },
    async close() {
      stop.abort();
      await ended;
      pool.close();
    },
  };
}

/** Reads on: bursts without a gap, then a snapshot beyond all of them, then bursts to the end. */
async function wakeUp(sleeper: Sleeper, last: bigint): Promise<{ snapshots: number }> {
  let seen = 0n;
  let snapshots = 0;
  while (seen < last) {
    const { message } = await sleeper.next();
    if (message.case === "snapshot") {
      assert.ok(message.value.zxid > seen, "a snapshot never goes back");
      seen = message.value.zxid;
      snapshots++;
    } else if (message.case === "committed") {
      seen = checkBurst(message.value, seen);
    }
  }
  return { snapshots };
}

function checkBurst({ transactions, zxid }: Committed, before: bigint): bigint {
  let seen = before;
  for (const { epoch, counter, prev } of transactions) {
    // The first burst after the first snapshot, of which nobody kept the zxid, begins anywhere.
    if (seen !== 0n) assert.equal(formatZxid(prev), formatZxid(seen), "a gap or a repeat");
    seen = zxidOf(epoch, counter);
  }
  return zxid > seen ? zxid : seen;
}

test("watchers that never read", { timeout: 60_000 }, async (t) => {
  const cluster = await startCluster(t, {
    nodes: 3,
    overrides: { limits: { watchQueueMax: QUEUE_MAX, logTailEntries: 5000 } },
  });
  await cluster.settled();
  const { nodeId } = await cluster.leader();
  const [node] = cluster.others(nodeId);
  assert.ok(node !== undefined);
  const leader = cluster.node(nodeId);
  // The heap of a process that just began grows by itself.
  await commitMany(leader, "warm", WARM_UP_TRANSACTIONS);
  const reader = readAlong(node);
  const sleepers: Sleeper[] = [];
  t.after(() => {
    for (const sleeper of sleepers) sleeper.close();
    return reader.close();
  });
  for (let index = 0; index < SLEEPERS; index++) sleepers.push(await fallAsleep(node));
  const before = residentBytes(node.pid());

  const last = await commitMany(leader, "busy", TRANSACTIONS);
  await reader.sawUpTo(last);
  const grownBytes = residentBytes(node.pid()) - before;
  t.diagnostic(`grown by ${Math.round(grownBytes / 1024 / 1024)} MiB`);
  assert.ok(grownBytes < GROWTH_BYTES_MAX, `the node has grown by ${grownBytes} bytes`);
  assert.ok(reader.transactions() >= TRANSACTIONS, `${reader.transactions()} were seen`);
  assert.deepEqual(
    [reader.snapshots(), reader.losses()],
    [1, 0],
    "who reads along is not disturbed",
  );
  await reader.close();

  for (const sleeper of sleepers) {
    const { snapshots } = await wakeUp(sleeper, last);
    assert.equal(snapshots, 1, "who slept is put right by one snapshot");
    sleeper.close();
  }
  await verifyLogs(cluster);
});
