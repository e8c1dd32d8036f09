/**
 * Proves that a watch delivers each committed transaction once and in order, whichever servers die,
 * fall silent, lag or repeat themselves, and that it says what became of its connection.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import fc from "fast-check";
import type { Transaction } from "../game/transaction.js";
import { transactionToMessage } from "../game/transaction-message.js";
import { zxidOf } from "../game/zxid.js";
import { GameService, type WatchResponse, WatchResponseSchema } from "../gen/zabble/v1/game_pb.js";
import { createFastClock, stoppedClock } from "./fast-clock.testing.js";
import { startH2Server } from "./h2-server.testing.js";
import {
  brokenConnection,
  deadServer,
  gameServer,
  never,
  zabbleError,
} from "./scripted-server.testing.js";
import { type ConnectionChange, watch } from "./watch.js";

/** A log of guesses, some of them in the second epoch; each transaction knows the one before it. */
function logOf(length: number): Transaction[] {
  const log: Transaction[] = [];
  let prev = 0n;
  for (let index = 0; index < length; index++) {
    const zxid = index < length / 2 ? zxidOf(1, index + 1) : zxidOf(2, index + 1);
    const guess = { type: "GuessSubmitted", room: "lobby", round: 1, player: "eve" } as const;
    const events = [{ ...guess, value: index % 101 }];
    log.push({ zxid, prev, time: index, requestId: `r${index}`, events });
    prev = zxid;
  }
  return log;
}

function snapshotAt(zxid: bigint): WatchResponse {
  return create(WatchResponseSchema, { message: { case: "snapshot", value: { zxid, rooms: [] } } });
}

function committed(transactions: readonly Transaction[], upTo = 0n): WatchResponse {
  const last = transactions.at(-1)?.zxid ?? 0n;
  const value = {
    transactions: transactions.map(transactionToMessage),
    zxid: last > upTo ? last : upTo,
  };
  return create(WatchResponseSchema, { message: { case: "committed", value } });
}

function status(nodeId: string): WatchResponse {
  return create(WatchResponseSchema, { message: { case: "status", value: { nodeId } } });
}

interface Recorded {
  /** "snapshot 1.3", "1.4", ... in the order of delivery. */
  readonly zxids: bigint[];
  readonly snapshots: bigint[];
  readonly changes: ConnectionChange[];
  refusalCode: string | undefined;
}

interface Setting {
  readonly servers: Readonly<Record<string, Transport>>;
  readonly room?: string;
  readonly from?: bigint;
  /** Looked at after every delivery and every change; true ends the watch. */
  readonly until: (recorded: Recorded) => boolean;
  readonly clock?: ReturnType<typeof createFastClock>;
}

async function record(setting: Setting): Promise<Recorded> {
  const { servers, room = "", from = 0n, until, clock = createFastClock() } = setting;
  const stop = new AbortController();
  const recorded: Recorded = { zxids: [], snapshots: [], changes: [], refusalCode: undefined };
  const look = (): void => {
    if (until(recorded)) stop.abort();
  };
  let last = from;
  const refusal = await watch({
    servers: Object.keys(servers),
    transport: (server) => servers[server] ?? deadServer(),
    clock,
    room,
    from,
    signal: stop.signal,
    onSnapshot({ zxid }) {
      recorded.snapshots.push(zxid);
      // What came before is void: a listener begins anew.
      recorded.zxids.length = 0;
      last = zxid;
      look();
    },
    onTransactions(transactions, seen) {
      for (const { zxid, prev } of transactions) {
        if (room === "") assert.equal(prev, last, "neither gap nor repeat");
        assert.ok(zxid > last, "no repeat");
        last = zxid;
        recorded.zxids.push(zxid);
      }
      assert.ok(seen >= last);
      if (room !== "") last = seen;
      look();
    },
    onStatus: look,
    onConnection(change) {
      recorded.changes.push(change);
      look();
    },
  });
  return { ...recorded, refusalCode: refusal?.code };
}

test("it begins with a snapshot and resumes on another server where it was", async () => {
  const log = logOf(6);
  const asked: bigint[] = [];
  const recorded = await record({
    servers: {
      dying: gameServer({
        async *watch({ fromZxid }) {
          asked.push(fromZxid);
          yield snapshotAt(log[1]?.zxid ?? 0n);
          yield committed(log.slice(2, 4));
          throw brokenConnection();
        },
      }),
      next: gameServer({
        async *watch({ fromZxid }, { signal }) {
          asked.push(fromZxid);
          yield committed(log.slice(4));
          await never(signal);
        },
      }),
    },
    until: ({ zxids }) => zxids.length === 4,
  });
  assert.deepEqual(asked, [0n, log[3]?.zxid]);
  assert.deepEqual(
    recorded.zxids,
    log.slice(2).map(({ zxid }) => zxid),
  );
  assert.deepEqual(
    recorded.changes.map(({ state, server }) => `${state} ${server}`),
    ["connecting dying", "live dying", "lost dying", "connecting next", "live next"],
  );
  assert.match(recorded.changes[2]?.words ?? "", /^Lost dying: .+ Resuming after 2\.4\.$/);
});

test("a server that is silent for 3 s is left, one with signs of life is not", async () => {
  const clock = createFastClock();
  let heartbeats = 0;
  const recorded = await record({
    clock,
    servers: {
      quiet: gameServer({
        async *watch(_request, { signal }) {
          for (; heartbeats < 5; heartbeats++) {
            yield status("quiet");
            await clock.sleep(2000, signal);
          }
          await never(signal);
        },
      }),
    },
    until: ({ changes }) => changes.at(-1)?.state === "lost",
  });
  assert.equal(heartbeats, 5);
  assert.match(recorded.changes.at(-1)?.words ?? "", /silent for 3000 ms/);
  assert.equal(clock.now(), 4 * 2000 + 3000);
});

test("what is already seen is dropped, also where only other rooms moved on", async () => {
  const log = logOf(8);
  const zxidAt = (index: number): bigint => log[index]?.zxid ?? 0n;
  const recorded = await record({
    room: "lobby",
    from: zxidAt(1),
    servers: {
      a: gameServer({
        async *watch() {
          yield committed(log.slice(0, 3), zxidAt(4));
        },
      }),
      b: gameServer({
        async *watch({ fromZxid }, { signal }) {
          assert.equal(fromZxid, zxidAt(4));
          yield committed(log.slice(2, 6));
          yield committed([], zxidAt(6));
          await never(signal);
        },
      }),
      c: deadServer(),
    },
    until: ({ zxids }) => zxids.length === 2,
  });
  assert.deepEqual(recorded.zxids, [zxidAt(2), zxidAt(5)]);
});

test("a stream with a hole is left, and the rest comes from another server", async () => {
  const log = logOf(5);
  const recorded = await record({
    from: log[0]?.zxid ?? 0n,
    servers: {
      holey: gameServer({
        async *watch(_request, { signal }) {
          yield committed([...log.slice(1, 2), ...log.slice(3)]);
          await never(signal);
        },
      }),
      whole: gameServer({
        async *watch({ fromZxid }, { signal }) {
          yield committed(log.filter(({ zxid }) => zxid > fromZxid));
          await never(signal);
        },
      }),
    },
    until: ({ zxids }) => zxids.length === 4,
  });
  assert.match(recorded.changes[2]?.words ?? "", /gap after 1\.2/);
});

test("an older snapshot begins anew: the cluster has another log", async () => {
  const log = logOf(3);
  const recorded = await record({
    from: zxidOf(9, 9),
    servers: {
      a: gameServer({
        async *watch(_request, { signal }) {
          yield snapshotAt(log[0]?.zxid ?? 0n);
          yield committed(log.slice(1));
          await never(signal);
        },
      }),
    },
    until: ({ zxids }) => zxids.length === 2,
  });
  assert.deepEqual(recorded.snapshots, [log[0]?.zxid]);
});

test("a malformed room ends it, a refused zxid or a full server does not", async () => {
  const refuse = (code: Code, field: string): Transport =>
    gameServer({
      // biome-ignore lint/correctness/useYield: this server refuses at once.
      async *watch() {
        throw zabbleError(code, { reason: "X", field });
      },
    });
  const recorded = await record({
    servers: {
      zxid: refuse(Code.InvalidArgument, "from_zxid"),
      full: refuse(Code.ResourceExhausted, ""),
      room: refuse(Code.InvalidArgument, "room"),
    },
    until: () => false,
  });
  assert.equal(recorded.refusalCode, "invalid_argument");
  assert.equal(recorded.changes.at(-1)?.server, "room");
});

test("what a listener throws is not taken for a failure of the server", async () => {
  const servers = {
    a: gameServer({
      async *watch() {
        yield status("a");
      },
    }),
  };
  const broken = record({
    servers,
    until: ({ changes }) => {
      if (changes.length === 2) throw new Error("a broken invariant");
      return false;
    },
  });
  await assert.rejects(broken, /a broken invariant/);
});

test("over a real connection that breaks off it goes on elsewhere", async () => {
  const log = logOf(4);
  let cut: () => void = () => {};
  const routes =
    (from: number, then: () => void) =>
    ({ service }: Parameters<Parameters<typeof startH2Server>[0]>[0]): void => {
      service(GameService, {
        async *watch(_request, { signal }) {
          yield committed(log.slice(from, from + 2));
          then();
          await never(signal);
        },
      });
    };
  const first = await startH2Server(routes(0, () => cut()));
  const second = await startH2Server(routes(2, () => {}));
  cut = () => setImmediate(first.breakOff);
  const managers = [first.url, second.url].map((url) => new Http2SessionManager(url));
  try {
    const servers = managers.map((sessionManager): [string, Transport] => {
      const baseUrl = sessionManager.authority;
      return [baseUrl, createConnectTransport({ baseUrl, httpVersion: "2", sessionManager })];
    });
    // Only the pause before the reconnect passes; a time-out that is real time must not fire.
    const clock = {
      now: () => 0,
      sleep: (ms: number, signal: AbortSignal) =>
        ms === 50 ? Promise.resolve() : stoppedClock.sleep(ms, signal),
    };
    const recorded = await record({
      servers: Object.fromEntries(servers),
      until: ({ zxids }) => zxids.length === 4,
      clock,
    });
    assert.equal(recorded.changes.filter(({ state }) => state === "lost").length, 1);
  } finally {
    for (const manager of managers) manager.abort();
    await Promise.all([first.close(), second.close()]);
  }
});

/** One connection: how far this server's log goes, how it begins, and where it breaks. */
interface Connection {
  /** Entries that this server has, as a share of the log. */
  readonly has: number;
  /** Entries that it tells again. */
  readonly overlap: number;
  readonly perMessage: number;
  /** Messages before it breaks off. */
  readonly messages: number;
  readonly snapshot: boolean;
  readonly end: "error" | "end" | "silence";
}

test("whatever the servers do, every transaction arrives once and in order", async () => {
  const connection = fc.record<Connection>({
    has: fc.double({ min: 0, max: 1, noNaN: true }),
    overlap: fc.nat(5),
    perMessage: fc.integer({ min: 1, max: 4 }),
    messages: fc.nat(4),
    snapshot: fc.boolean(),
    end: fc.constantFrom("error", "end", "silence"),
  });
  const run = async (script: readonly Connection[], length: number): Promise<void> => {
    const log = logOf(length);
    const whole: Connection = {
      has: 1,
      overlap: 0,
      perMessage: 3,
      messages: length,
      snapshot: false,
      end: "silence",
    };
    let connections = 0;
    const server = gameServer({
      async *watch({ fromZxid }, { signal }) {
        const { has, overlap, perMessage, messages, snapshot, end } =
          script[connections++] ?? whole;
        let next = log.findIndex(({ zxid }) => zxid > fromZxid);
        if (next < 0) next = log.length;
        const known = Math.floor(has * log.length);
        // A server may offer a snapshot newer than what the watcher saw, and always may at first.
        if (snapshot && known > next) {
          next = Math.ceil((next + known) / 2);
          yield snapshotAt(log[next - 1]?.zxid ?? 0n);
        }
        next = Math.max(0, next - overlap);
        for (let sent = 0; sent < messages && next < known; sent++, next += perMessage) {
          yield committed(log.slice(next, Math.min(known, next + perMessage)));
        }
        if (end === "error") throw new ConnectError("broken", Code.Aborted);
        if (end === "silence") await never(signal);
      },
    });
    const lastZxid = log.at(-1)?.zxid;
    await record({
      servers: { a: server, b: server, c: deadServer() },
      until: ({ zxids, snapshots }) => (zxids.at(-1) ?? snapshots.at(-1)) === lastZxid,
    });
  };
  const scripts = fc.array(connection, { maxLength: 8 });
  await fc.assert(fc.asyncProperty(scripts, fc.integer({ min: 1, max: 30 }), run), {
    numRuns: 100,
  });
});
