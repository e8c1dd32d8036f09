// Proves that a crash at any moment leaves a log that opens, and that opens as some moment of the
// history: never earlier than what was reported durable, never a mix, never without its promises.
// Every operation on the files is a crash point, killed process and power cut alike.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Entry, SnapshotData, WriteOp } from "../zab/entry.js";
import { ZXID_ZERO, type Zxid } from "../zab/zxid.js";
import { recordCrashes, restore } from "./crash-recorder.testing.js";
import { initializeDirectory } from "./new-directory.js";
import type { StorageOptions } from "./open-storage.js";
import type { Recovered } from "./storage.js";
import {
  append,
  chain,
  drive,
  openSound,
  optionsFor,
  range,
  snapshotAt,
  temporaryDirectory,
} from "./store.testing.js";

/** What must hold after some step of the history. */
interface Moment {
  readonly base: Zxid;
  readonly entries: readonly Entry[];
  readonly acceptedEpoch: number;
  readonly promisedTo: string;
  readonly initialized: boolean;
}

const NOTHING: Moment = {
  base: ZXID_ZERO,
  entries: [],
  acceptedEpoch: 0,
  promisedTo: "",
  initialized: false,
};

/** Every moment that the ops lead through, one entry at a time. */
function momentsOf(before: Moment, ops: readonly WriteOp[]): Moment[] {
  const moments: Moment[] = [];
  let now = before;
  for (const op of ops) {
    const steps = op.kind === "append" ? op.entries.map((entry) => [entry]) : [[]];
    for (const step of steps) {
      now = momentAfter(now, op, step);
      moments.push(now);
    }
  }
  return moments;
}

function momentAfter(now: Moment, op: WriteOp, entries: readonly Entry[]): Moment {
  switch (op.kind) {
    case "append":
      return { ...now, entries: [...now.entries, ...entries] };
    case "promise":
      return { ...now, acceptedEpoch: op.epoch, promisedTo: op.to };
    case "initialize":
      return { ...now, initialized: true };
    case "truncate":
      return { ...now, entries: now.entries.filter((entry) => entry.zxid <= op.to) };
    case "reset":
      return { ...now, base: op.snapshot.zxid, entries: [] };
    default:
      return op satisfies never;
  }
}

function momentOf(recovered: Recovered): Moment {
  const { base, entries, acceptedEpoch, promisedTo, initialized } = recovered;
  return { base: base.zxid, entries, acceptedEpoch, promisedTo, initialized };
}

/**
 * Writes `before` undisturbed and then `batches` with a crash after every operation, opens what
 * each crash leaves, and goes on writing there.
 */
async function crashEverywhere(
  t: TestContext,
  changes: Partial<StorageOptions>,
  before: readonly WriteOp[],
  batches: readonly (readonly WriteOp[])[],
): Promise<void> {
  const root = temporaryDirectory(t);
  const options = optionsFor(join(root, "live"), changes);
  const driven = await drive(options);
  if (before.length > 0) await driven.put(...before);
  const earlier = driven.reported();

  const first = momentsOf(NOTHING, before).at(-1) ?? NOTHING;
  /** moments[k]: those of batch k, and in [0] the one before all of them. */
  const moments: Moment[][] = [[first]];
  for (const batch of batches) {
    moments.push(momentsOf(moments.at(-1)?.at(-1) ?? first, batch));
  }
  const { states } = await recordCrashes(
    options.dir,
    () => driven.reported() - earlier,
    async () => {
      for (const batch of batches) await driven.put(...batch);
    },
  );
  await driven.storage.close();
  assert.ok(states.length > 5, `only ${states.length} crash states`);

  const crashed = { ...options, dir: join(root, "crashed") };
  let opened = 0;
  for (const { picture, after, progress } of states) {
    const allowed = [moments[progress]?.at(-1) ?? first, ...moments.slice(progress + 1).flat()];
    const check = (found: Moment, where: string) => {
      opened += 1;
      const isAllowed = allowed.some((moment) => isSame(moment, found));
      assert.ok(isAllowed, `${where}, with ${progress} batches durable: ${describe(found)}`);
    };
    restore(picture, crashed.dir);
    const again = await recordCrashes(
      crashed.dir,
      () => 0,
      async () => check(await openAndClose(crashed), `after ${after}`),
    );
    await goesOn(crashed);
    // What is reported to others at a start is durable, too; so a crash then loses nothing of it.
    for (const crash of again.states) {
      restore(crash.picture, crashed.dir);
      check(await openAndClose(crashed), `after ${after}, then at the start after ${crash.after}`);
    }
  }
  t.diagnostic(`${states.length} crash states, ${opened} openings`);
}

async function openAndClose(options: StorageOptions): Promise<Moment> {
  const storage = await openSound(options);
  await storage.close();
  return momentOf(storage.recovered);
}

function isSame(a: Moment, b: Moment): boolean {
  return describe(a) === describe(b);
}

function describe(moment: Moment): string {
  const entries = moment.entries.map((entry) => `${entry.zxid}/${entry.crc}`).join(" ");
  const { base, acceptedEpoch, promisedTo, initialized } = moment;
  return `base ${base} epoch ${acceptedEpoch} to ${promisedTo} ${initialized}: ${entries}`;
}

/** A log that opened must take more and open again with it. */
async function goesOn(options: StorageOptions): Promise<void> {
  const driven = await drive(options);
  const { acceptedEpoch, entries, base } = driven.storage.recovered;
  const epoch = acceptedEpoch + 1;
  const last = entries.at(-1) ?? { ...base, text: "" };
  await driven.put({ kind: "promise", epoch, to: "n" }, append(chain(range(epoch, 0, 1), last)));
  await driven.storage.close();
  const again = await openAndClose(options);
  assert.equal(again.entries.length, entries.length + 2);
  assert.equal(again.acceptedEpoch, epoch);
}

const start: WriteOp[] = [{ kind: "initialize" }, { kind: "promise", epoch: 1, to: "node1" }];

test("appends, promises and new segments", { timeout: 60_000 }, async (t) => {
  const entries = chain([...range(1, 0, 9), ...range(2, 0, 2)]);
  await crashEverywhere(t, { segmentEntries: 4 }, start, [
    [append(entries.slice(0, 3))],
    [append(entries.slice(3, 10))],
    [{ kind: "promise", epoch: 2, to: "node2" }, append(entries.slice(10))],
  ]);
});

test("a directory that is only being made", { timeout: 60_000 }, async (t) => {
  const root = temporaryDirectory(t);
  const options = optionsFor(join(root, "live"));
  const { clusterId, nodeId, membershipHash } = options;
  let isDone = 0;
  const { states } = await recordCrashes(
    options.dir,
    () => isDone,
    async () => {
      await initializeDirectory({ dir: options.dir, clusterId, nodeId, membershipHash });
      isDone = 1;
      await openAndClose(options);
    },
  );
  const crashed = { ...options, dir: join(root, "crashed") };
  for (const { picture, after, progress } of states) {
    restore(picture, crashed.dir);
    const { initialized } = await openAndClose(crashed);
    assert.ok(initialized || progress === 0, `after ${after}`);
    await goesOn(crashed);
  }
});

test("what a start reads, it syncs before it tells", async (t) => {
  const options = optionsFor(temporaryDirectory(t), { segmentEntries: 4 });
  const driven = await drive(options);
  await driven.put(...start, append(chain(range(1, 0, 9))));
  await driven.storage.close();
  const { synced } = await recordCrashes(
    options.dir,
    () => 0,
    async () => {
      await openAndClose(options);
    },
  );
  const files = readdirSync(options.dir).filter((name) => name.startsWith("log-"));
  assert.ok(files.length > 2);
  assert.deepEqual(
    ["", ...files].filter((name) => !synced.includes(name)),
    [],
  );
});

for (const [where, kept] of [
  ["within the last segment", 18],
  ["to the end of an older segment", 10],
  ["within an older segment", 7],
  ["to nothing", 0],
] as const) {
  test(`a truncation ${where}`, { timeout: 60_000 }, async (t) => {
    const entries = chain(range(1, 0, 19));
    const to = entries[kept - 1];
    // The promise is in a segment that goes, and must not go with it.
    await crashEverywhere(
      t,
      { segmentEntries: 6 },
      [...start, append(entries), { kind: "promise", epoch: 3, to: "node3" }],
      [
        [
          { kind: "truncate", to: to?.zxid ?? ZXID_ZERO },
          append(chain(range(3, 0, 2), to, "other")),
        ],
        [append(chain(range(3, 3, 3), chain(range(3, 0, 2), to, "other").at(-1)))],
      ],
    );
  });
}

test("a reset", { timeout: 60_000 }, async (t) => {
  const entries = chain(range(1, 0, 12));
  const foreign = chain([...range(1, 0, 5), ...range(2, 0, 40)], undefined, "foreign");
  const snapshot = snapshotAt(foreign, ["state", "more state"]);
  await crashEverywhere(
    t,
    { segmentEntries: 6 },
    [...start, append(entries), { kind: "promise", epoch: 3, to: "node3" }],
    [[{ kind: "reset", snapshot }], [append(chain(range(3, 0, 2), foreign.at(-1)))]],
  );
});

test("a reset to the very base of the log", { timeout: 60_000 }, async (t) => {
  const foreign = chain(range(1, 0, 5));
  const reset: WriteOp = { kind: "reset", snapshot: snapshotAt(foreign, ["state"]) };
  const more = chain(range(1, 6, 8), foreign.at(-1));
  await crashEverywhere(t, {}, [...start, reset, append(more)], [[reset], [append(more)]]);
});

for (const oldSegments of ["archive", "delete"] as const) {
  test(`snapshots with ${oldSegments}`, { timeout: 60_000 }, async (t) => {
    const entries = chain(range(1, 0, 19));
    const at = (count: number): SnapshotData => snapshotAt(entries.slice(0, count), ["s", "t"]);
    const root = temporaryDirectory(t);
    const options = optionsFor(join(root, "live"), { segmentEntries: 4, oldSegments });
    const driven = await drive(options);
    await driven.put(...start, append(entries));
    let saved = 0;
    const { states } = await recordCrashes(
      options.dir,
      () => saved,
      async () => {
        for (const count of [6, 13, 18]) {
          await driven.save(at(count));
          saved = count;
        }
      },
    );
    await driven.storage.close();
    const crashed = { ...options, dir: join(root, "crashed") };
    for (const { picture, after, progress } of states) {
      restore(picture, crashed.dir);
      const storage = await openSound(crashed);
      const { snapshot, entries: found, base } = storage.recovered;
      const count = Number(snapshot?.zxid ?? -1n) + 1 - Number(range(1, 0, 0)[0]);
      assert.ok((snapshot === undefined ? 0 : count) >= progress, `after ${after}`);
      if (snapshot !== undefined) assert.deepEqual(snapshot, at(count));
      const first = entries.findIndex((entry) => entry.zxid > base.zxid);
      assert.deepEqual(found, entries.slice(first), `after ${after}`);
      await storage.close();
    }
    t.diagnostic(`${states.length} crash states`);
  });
}
