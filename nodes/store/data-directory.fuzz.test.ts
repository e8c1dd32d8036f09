// Proves of the other files of a data directory what is proved of its log: a snapshot, a change
// under way and a lock are read as they were written, or refused as damage, whatever was done to
// them; and a directory in which any file was damaged, lost or put in another's place is refused,
// or gives back entries that it was given.
import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { anyBytes, anyText, damaged } from "../../test/damage.testing.js";
import { fuzzed } from "../../test/fuzz-runs.testing.js";
import { zxidOf } from "../zab/zxid.js";
import { lockDirectory } from "./directory-lock.js";
import { inspectDirectory } from "./inspect.js";
import { CHANGE_FILE, LOCK_FILE, snapshotPath, zxidToHex } from "./layout.js";
import { type LogChange, readChange } from "./log-change.js";
import { headerFields, lineOf, sealed, stateFields } from "./log-document.js";
import { openStorage } from "./open-storage.js";
import { readSnapshot, writeSnapshot } from "./snapshot-store.js";
import { LastCopy, StorageDamage, StorageRefused } from "./storage-damage.js";
import {
  append,
  chain,
  drive,
  optionsFor,
  range,
  snapshotAt,
  temporaryDirectory,
} from "./store.testing.js";

const ENTRIES = chain([...range(1, 0, 6), ...range(3, 0, 0), ...range(4, 0, 6)]);

/** The result, or undefined if it was refused as it should be. */
async function orDamage<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const isRefusal = [StorageDamage, StorageRefused, LastCopy].some(
      (kind) => error instanceof kind,
    );
    if (isRefusal) return undefined;
    throw error;
  }
}

/** Equal exactly if two values say the same. */
function meaningOf(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "bigint" ? `${inner}` : inner,
  );
}

test("a damaged snapshot is refused, or is what was written", async (t) => {
  const dir = temporaryDirectory(t);
  const written: string[] = [];
  const files: Buffer[] = [];
  for (const chunks of [["one", "two \u2028", '{"three":"ü"}'], ["x".repeat(3000)], []]) {
    const path = join(dir, `snapshot-${files.length}.jsonl`);
    const snapshot = snapshotAt(ENTRIES, chunks);
    await writeSnapshot(path, "test", snapshot);
    files.push(readFileSync(path));
    written.push(meaningOf(snapshot));
  }
  const { zxid } = snapshotAt(ENTRIES, []);
  const path = snapshotPath(dir, zxid);
  const anyFile = fc.oneof(
    damaged(fc.constantFrom(...files)).map(({ after }) => after),
    anyBytes,
  );
  await fc.assert(
    fc.asyncProperty(anyFile, async (bytes) => {
      writeFileSync(path, bytes);
      const found = await orDamage(() => readSnapshot({ zxid, path }, "test"));
      assert.ok(found === undefined || written.includes(meaningOf(found)));
    }),
    fuzzed(import.meta.url, 400),
  );
});

const STATE = {
  acceptedEpoch: 4,
  promisedTo: "node2",
  initialized: true,
  distrusted: false,
  commitHint: zxidOf(4, 2),
};

const HEADER = {
  identity: { clusterId: "test", nodeId: "node1", membershipHash: "abc" },
  format: 2,
  base: zxidOf(4, 6),
  baseCrc: 7,
  epochEnds: [zxidOf(1, 6), zxidOf(4, 6)],
  state: STATE,
  reset: true,
};

const CHANGES: readonly LogChange[] = [
  { kind: "truncate", to: zxidOf(4, 2), state: STATE },
  { kind: "reset", header: HEADER },
];

function changeLine(change: LogChange): string {
  const fields =
    change.kind === "truncate"
      ? { to: zxidToHex(change.to), ...stateFields(change.state) }
      : headerFields(change.header);
  return lineOf(sealed({ _id: change.kind, ...fields }));
}

test("a damaged change under way is refused, or is what was written", async (t) => {
  const dir = temporaryDirectory(t);
  const path = join(dir, CHANGE_FILE);
  const lines = CHANGES.map((change) => Buffer.from(changeLine(change)));
  for (const [index, line] of lines.entries()) {
    writeFileSync(path, line);
    assert.deepEqual(await readChange(dir), CHANGES[index]);
  }
  const anyFile = fc.oneof(
    damaged(fc.constantFrom(...lines)).map(({ after }) => after),
    anyBytes,
    fc.json().map(Buffer.from),
  );
  const written = CHANGES.map(meaningOf);
  await fc.assert(
    fc.asyncProperty(anyFile, async (bytes) => {
      writeFileSync(path, bytes);
      const found = await orDamage(() => readChange(dir));
      assert.ok(found === undefined || written.includes(meaningOf(found)));
    }),
    fuzzed(import.meta.url, 400),
  );
});

test("a lock that names no process that lives is no lock, whatever is in it", async (t) => {
  const dir = temporaryDirectory(t);
  const path = join(dir, LOCK_FILE);
  const pid = fc.constantFrom("0", "-1", "-2", "1", "1.5", "1e999", "4194305", '"1"', "null", "[]");
  const started = fc.constantFrom('""', '"1"', "1", "null", "{}");
  const anyLock = fc.oneof(
    fc.tuple(pid, started).map(([pid, started]) => `{"pid":${pid},"started":${started}}`),
    anyText,
    fc.json(),
  );
  await fc.assert(
    fc.asyncProperty(anyLock, async (text) => {
      writeFileSync(path, text);
      const lock = await lockDirectory(dir);
      await lock.release();
      assert.deepEqual(readdirSync(dir), []);
    }),
    fuzzed(import.meta.url, 200),
  );
});

test("a damaged directory is refused, or gives back what it was given", async (t) => {
  const sound = optionsFor(join(temporaryDirectory(t), "sound"), { segmentEntries: 6 });
  const { storage, put, save } = await drive(sound);
  await put({ kind: "initialize" }, { kind: "promise", epoch: 4, to: "node2" });
  for (const entry of ENTRIES.slice(0, 9)) await put(append([entry]));
  await save(snapshotAt(ENTRIES.slice(0, 4), ["older"]));
  for (const entry of ENTRIES.slice(9)) await put(append([entry]));
  await save(snapshotAt(ENTRIES.slice(0, 11), ["newer"]));
  await storage.close();
  const names = readdirSync(sound.dir).sort();
  assert.ok(names.length >= 5, `${names}`);
  const name = fc.constantFrom(...names);
  const bytesOf = (file: string) => readFileSync(join(sound.dir, file));
  const anyHarm = fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .tuple(name, damaged(name.map(bytesOf)))
        .map(([file, { after }]) => ({ file, bytes: after })),
    },
    fc.tuple(name, name).map(([file, other]) => ({ file, bytes: bytesOf(other) })),
    name.map((file) => ({ file, bytes: undefined })),
    fc.constantFrom(...CHANGES).map((change) => {
      return { file: CHANGE_FILE, bytes: Buffer.from(changeLine(change)) };
    }),
    fc
      .tuple(fc.constantFrom("log-0000000000000001.db", "x.tmp", "snapshot-f.jsonl"), anyBytes)
      .map(([file, bytes]) => ({ file, bytes })),
  );
  const known = new Map(ENTRIES.map((entry) => [entry.zxid, entry]));
  const options = { ...sound, dir: join(temporaryDirectory(t), "node1") };
  const someHarms = fc.array(anyHarm, { minLength: 1, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(someHarms, fc.constantFrom("none", "quorum"), async (harms, others) => {
      rmSync(options.dir, { recursive: true, force: true });
      cpSync(sound.dir, options.dir, { recursive: true });
      for (const { file, bytes } of harms) {
        const path = join(options.dir, file);
        if (bytes === undefined) rmSync(path, { force: true });
        else writeFileSync(path, bytes);
      }
      const inspected: bigint[] = [];
      await orDamage(() =>
        inspectDirectory(options.dir, true, async (entries) => {
          for (const entry of entries) {
            assert.deepEqual(entry, known.get(entry.zxid));
            inspected.push(entry.zxid);
          }
        }),
      );
      const opened = await orDamage(() => openStorage({ ...options, others }));
      if (opened?.kind === "holes") await opened.damaged.close();
      if (opened?.kind !== "sound") return;
      for (const entry of opened.storage.recovered.entries) {
        assert.deepEqual(entry, known.get(entry.zxid));
      }
      await opened.storage.close();
    }),
    fuzzed(import.meta.url, 80),
  );
});
