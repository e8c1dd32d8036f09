// Proves that nothing that a peer can say, in whatever role, epoch or attempt, makes the core
// throw, say what cannot be said or is not on its disk, break a promise, or deliver what is not
// committed and durable. It may halt, but only where two logs really contradict each other or the
// epochs are used up; that takes a peer who forges entries, orders or epochs, and peers are trusted
// that far.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { fuzzed } from "../../test/fuzz-runs.testing.js";
import { chainCrc } from "../store/chain.js";
import { counterLeft } from "./broadcast.js";
import { type Core, type CoreConfig, maxZxid, phaseOf } from "./core.js";
import { chained, createTrial, heard, type Trial } from "./core-trial.testing.js";
import { anyWord, type Dice, honestWord } from "./core-words.testing.js";
import { crcAt, lastCrc, lastZxid } from "./log.js";
import type { Message } from "./message.js";
import type { Zxid } from "./zxid.js";

const RUNS = 400;
const STEPS_MAX = 250;

/** Whether the words contradict this node's chain of entries, or what it knows to be committed. */
function isContradiction({ log, role, commit, delivered }: Core, msg: Message): boolean {
  const isOther = (zxid: Zxid, crc: number) => (crcAt(log, zxid) ?? crc) !== crc;
  switch (msg.t) {
    case "propose": {
      const isOtherBefore = isOther(msg.prev, msg.prevCrc);
      return isOtherBefore || msg.entries.some(({ zxid, crc }) => isOther(zxid, crc));
    }
    case "sync":
      return msg.zxid < maxZxid(commit, delivered) || isOther(msg.zxid, msg.crc);
    case "snapChunk": {
      const sync = role.kind === "FOLLOWING" ? role.snap?.sync : undefined;
      return sync !== undefined && sync.zxid < delivered;
    }
    default:
      return false;
  }
}

/** A node halts on a contradiction, and where there is no epoch left that it could lead. */
function isJust({ core, halted, heard }: Trial): boolean {
  if (halted === "the epochs are used up") return true;
  return heard !== undefined && isContradiction(core, heard);
}

const LIMITS = { initLimitTicks: 10, syncLimitTicks: 6, heartbeatTicks: 1, electionWaitTicks: 2 };

const anyConfig: fc.Arbitrary<CoreConfig> = fc
  .record({
    voters: fc.constantFrom(3, 3, 3, 2, 5, 1),
    rank: fc.nat(),
    counterMax: fc.constantFrom(4, 1000),
  })
  .map(({ voters: count, rank, counterMax }) => {
    const voters = Array.from({ length: count }, (_, index) => `node${index + 1}`);
    const self = voters[rank % count] ?? "node1";
    const quorum = Math.floor(count / 2) + 1;
    const sizes = { logTailEntries: 3, windowEntries: 4, counterMax };
    return { self, voters, quorum, ...LIMITS, ...sizes };
  });

/** One thing that happens, by chance. */
function happen(trial: Trial, dice: Dice): void {
  const { core } = trial;
  switch (dice(24)) {
    case 0:
      trial.feed({ t: "tick", ticks: 1 + (dice(8) === 0 ? dice(20) : 0) });
      return;
    case 1:
    case 2:
    case 3:
      trial.sync(1 + dice(3));
      return;
    case 4:
      trial.feed({ t: "flush" });
      return;
    case 5: {
      const peer = core.config.voters[dice(core.config.voters.length)] ?? "";
      if (peer !== core.config.self) trial.feed({ t: "link", peer, up: dice(4) > 0 });
      return;
    }
    case 6:
      trial.read();
      return;
    case 7:
      if (dice(8) === 0) trial.feed({ t: "stepDown", quietTicks: dice(5) });
      return;
    case 8:
      if (dice(8) === 0) trial.restart();
      return;
    case 9:
    case 10:
      propose(trial, dice);
      return;
    case 11:
      serve(trial);
      return;
    case 12:
    case 13: {
      const { from, msg } = anyWord(core, dice, true);
      heard(trial, from, msg);
      return;
    }
    case 14:
    case 15:
    case 16: {
      const { from, msg } = anyWord(core, dice, false);
      heard(trial, from, msg);
      return;
    }
    default: {
      const { from, msg } = honestWord(core, dice);
      heard(trial, from, msg);
    }
  }
}

function propose(trial: Trial, dice: Dice): void {
  const { core } = trial;
  if (core.role.kind !== "LEADING" || core.role.phase !== "BROADCAST") return;
  const count = Math.min(1 + dice(3), counterLeft(core));
  if (count <= 0) return;
  const entries = chained(lastZxid(core.log) + 1n, count, lastCrc(core.log), "own");
  trial.feed({ t: "propose", entries });
}

/** What the driver makes when the core wants it. */
function serve(trial: Trial): void {
  const { wantedMarker, wantedSnapshot } = trial;
  trial.wantedMarker = undefined;
  trial.wantedSnapshot = undefined;
  if (wantedMarker !== undefined) {
    const { zxid, prevCrc } = wantedMarker;
    const entry = { zxid, text: "marker", crc: chainCrc("marker", prevCrc) };
    trial.feed({ t: "marker", entry });
  }
  const snapshot = trial.snapshot();
  if (wantedSnapshot === undefined || snapshot === undefined) return;
  const { peer, attempt } = wantedSnapshot;
  trial.feed({ t: "snapshot", peer, attempt, snapshot });
}

const PLACES = [
  "LOOKING ELECTION",
  ...["FOLLOWING", "LEADING"].flatMap((role) =>
    ["DISCOVERY", "SYNCHRONIZATION", "BROADCAST"].map((phase) => `${role} ${phase}`),
  ),
];

test("whatever peers say, the core keeps its promises", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      anyConfig,
      fc.constantFrom("initialized", "initialized", "blank", "distrusted"),
      fc.array(fc.array(fc.nat(), { minLength: 6, maxLength: 24 }), {
        maxLength: STEPS_MAX,
        size: "max",
      }),
      (config, beginning, steps) => {
        const trial = createTrial(config, beginning);
        trial.feed({ t: "flush" });
        for (const numbers of steps) {
          let index = 0;
          happen(trial, (below) => (numbers[index++ % numbers.length] ?? 0) % below);
          seen.add(`${trial.core.role.kind} ${phaseOf(trial.core)}`);
          const { halted } = trial;
          if (halted === undefined) continue;
          assert.ok(isJust(trial), `it halts for nothing: ${halted}`);
          break;
        }
      },
    ),
    fuzzed(import.meta.url, RUNS),
  );
  assert.deepEqual([...seen].sort(), PLACES.toSorted(), "it was not everywhere");
});
