/**
 * The process that holds the watchers of bench/gateway.ts, so that what reads does not disturb what
 * writes and measures. It is started with a channel to its parent and ends with it.
 */
import { eventually } from "../test/cluster/eventually.testing.js";
import { foldedRoom } from "./gateway-folded.js";
import type { LoadAnswer, LoadCall, LoadCalls } from "./gateway-load-calls.js";
import { judge, longestGapMs, usualGapMs } from "./gateway-tally.js";
import { openWatchers, type Watchers } from "./gateway-watchers.js";

const REACH_LIMIT_MS = 60_000;

let reading: Watchers | undefined;
let stalled: Watchers | undefined;

function opened(watchers: Watchers | undefined): Watchers {
  if (watchers === undefined) throw new Error("no watchers were opened");
  return watchers;
}

/** A watcher that was ended will never come so far; its tally says so. */
async function untilAllReach({ tallies }: Watchers, place: number): Promise<void> {
  await eventually(
    "all watchers to have seen everything",
    () => tallies.every(({ upTo, ended }) => upTo >= place || ended !== undefined) || undefined,
    { limitMs: REACH_LIMIT_MS },
  );
}

const calls: LoadCalls = {
  async open(options) {
    reading = await openWatchers(options);
  },
  async stall(options) {
    stalled = await openWatchers(options);
  },
  async wake({ place, kind, room }) {
    const woken = opened(stalled);
    woken.resume();
    await untilAllReach(woken, place);
    return woken.tallies.map(({ snapshots, ended }, index) => {
      const state = foldedRoom(kind, woken.kept[index] ?? [], room);
      return { resyncs: snapshots - 1, state, ended };
    });
  },
  reach: (place) => untilAllReach(opened(reading), place),
  fewest: () => Math.min(...opened(reading).tallies.map(({ places }) => places.length)),
  gaps({ fromMs, toMs }) {
    const { tallies } = opened(reading);
    const [first] = tallies;
    return {
      longestMs: tallies.map((tally) => longestGapMs(tally, fromMs, toMs)),
      usualMs: first === undefined ? Number.NaN : usualGapMs(first, fromMs, toMs),
    };
  },
  judge: (log) => judge(opened(reading).tallies, log),
  close() {
    reading?.close();
    stalled?.close();
    reading = undefined;
    stalled = undefined;
  },
};

function answer(call: LoadCall): unknown {
  switch (call.name) {
    case "open":
      return calls.open(call.argument);
    case "stall":
      return calls.stall(call.argument);
    case "wake":
      return calls.wake(call.argument);
    case "reach":
      return calls.reach(call.argument);
    case "fewest":
      return calls.fewest(call.argument);
    case "gaps":
      return calls.gaps(call.argument);
    case "judge":
      return calls.judge(call.argument);
    case "close":
      return calls.close(call.argument);
  }
}

function send(message: LoadAnswer): void {
  process.send?.(message);
}

async function serve(call: LoadCall): Promise<void> {
  try {
    send({ id: call.id, result: await answer(call) });
  } catch (error) {
    send({ id: call.id, error: error instanceof Error ? error.message : String(error) });
  }
}

process.on("message", (call: LoadCall) => void serve(call));
process.on("disconnect", () => process.exit(0));
