// Proves that `zabble log` prints what is committed, marks what may not be, reads a node that runs,
// changes nothing, names file, line and zxid of every damage, and what the next start does about
// it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { encodeTransaction, type Transaction } from "../game/transaction.js";
import { chainCrc } from "./store/chain.js";
import {
  append,
  type DrivenStorage,
  drive,
  optionsFor,
  snapshotAt,
  temporaryDirectory,
} from "./store/store.testing.js";
import type { Entry } from "./zab/entry.js";
import { zxidOf } from "./zab/zxid.js";

const TIME = Date.UTC(2026, 10, 22, 5, 0, 0);

function entriesOf(transactions: readonly Omit<Transaction, "prev">[]): Entry[] {
  const entries: Entry[] = [];
  for (const transaction of transactions) {
    const last = entries.at(-1);
    const text = encodeTransaction({ ...transaction, prev: last?.zxid ?? 0n });
    entries.push({ zxid: transaction.zxid, text, crc: chainCrc(text, last?.crc ?? 0) });
  }
  return entries;
}

const ENTRIES = entriesOf([
  {
    zxid: zxidOf(3, 0),
    time: TIME,
    requestId: "",
    events: [{ type: "LeaderEstablished", epoch: 3, nodeId: "node2" }],
  },
  {
    zxid: zxidOf(3, 1),
    time: TIME + 1000,
    requestId: "r1",
    events: [{ type: "TargetSet", room: "lobby", round: 1, value: 50, by: "bob" }],
  },
  {
    zxid: zxidOf(3, 2),
    time: TIME + 2000,
    requestId: "r2",
    events: [{ type: "GuessSubmitted", room: "lobby", round: 1, player: "alice", value: 52 }],
  },
  {
    zxid: zxidOf(3, 3),
    time: TIME + 3000,
    requestId: "r3",
    events: [{ type: "GuessSubmitted", room: "lobby", round: 1, player: "carol", value: 7 }],
  },
]);

interface Printed {
  readonly code: number | null;
  readonly out: string[];
  readonly err: string;
}

async function run(...args: readonly string[]): Promise<Printed> {
  const program = fileURLToPath(new URL("./log.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, ...args]);
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = await new Promise<number | null>((done) => child.once("close", done));
  return { code, out: out.split("\n").filter((line) => line !== ""), err };
}

/** A node's log up to 3.2 committed, and 3.3 after it. */
async function writeLog(dataDir: string): Promise<DrivenStorage> {
  const driven = await drive(optionsFor(join(dataDir, "node1"), { segmentEntries: 3 }));
  await driven.put({ kind: "promise", epoch: 3, to: "node2" });
  await driven.put(append(ENTRIES.slice(0, 2)));
  await driven.put(append(ENTRIES.slice(2)));
  driven.storage.noteCommit(zxidOf(3, 2));
  const hinted = () => filesIn(join(dataDir, "node1")).some(([, text]) => text.includes("~commit"));
  while (!hinted()) await new Promise(setImmediate);
  return driven;
}

function filesIn(dir: string): [string, string][] {
  return readdirSync(dir).map((name) => [name, readFileSync(join(dir, name), "latin1")]);
}

test("prints committed events, of a node that runs and of one that stopped", async (t) => {
  const dataDir = temporaryDirectory(t);
  const { storage, save } = await writeLog(dataDir);
  await save(snapshotAt(ENTRIES.slice(0, 3), ["state"]));
  const committed = [
    "3.0  2026-11-22T05:00:00.000Z  node2 leads epoch 3",
    "3.1  2026-11-22T05:00:01.000Z  bob set the target of round 1 to 50",
    "3.2  2026-11-22T05:00:02.000Z  alice guessed 52",
  ];
  const before = filesIn(join(dataDir, "node1"));
  const running = await run("--id", "node1", "--data-dir", dataDir, "--verify");
  assert.deepEqual(running.out, committed);
  assert.match(running.err, /1 more after 3\.2 not known to be committed/);
  assert.match(running.err, /verified up to 3\.3: every line is sound/);
  assert.equal(running.code, 0);
  assert.deepEqual(filesIn(join(dataDir, "node1")), before);
  await storage.close();

  const stopped = await run("--id=node1", `--data-dir=${dataDir}`, "--all");
  const mark = "  (not known to be committed)";
  assert.deepEqual(stopped.out, [
    ...committed,
    `3.3  2026-11-22T05:00:03.000Z  carol guessed 7${mark}`,
  ]);
  const json = await run("--id=node1", `--data-dir=${dataDir}`, "--json");
  assert.deepEqual(JSON.parse(json.out[2] ?? ""), {
    zxid: "3.2",
    time: TIME + 2000,
    requestId: "r2",
    events: [{ type: "GuessSubmitted", room: "lobby", round: 1, player: "alice", value: 52 }],
    committed: true,
  });
});

test("a torn tail is mentioned; damage is named and ends with 1", async (t) => {
  const dataDir = temporaryDirectory(t);
  const dir = join(dataDir, "node1");
  const { storage, save } = await writeLog(dataDir);
  await save(snapshotAt(ENTRIES.slice(0, 3), ["state"]));
  await storage.close();
  const names = readdirSync(dir).filter((name) => name.startsWith("log-"));
  const [first = "", last = ""] = [names.sort()[0], names.at(-1)];
  appendFileSync(join(dir, last), '{"_id":"00000003');
  const torn = await run("--id=node1", `--data-dir=${dataDir}`, "--verify");
  assert.equal(torn.code, 0, torn.err);
  assert.match(torn.err, /ends in an unfinished write.*; the next start cuts it off/);

  const text = readFileSync(join(dir, first), "utf8");
  writeFileSync(join(dir, first), text.replace('\\"value\\":50', '\\"value\\":51'));
  const snapshot = readdirSync(dir).find((name) => name.startsWith("snapshot-")) ?? "";
  writeFileSync(
    join(dir, snapshot),
    readFileSync(join(dir, snapshot), "utf8").replace('"state"', '"State"'),
  );
  const damaged = await run("--id=node1", `--data-dir=${dataDir}`, "--verify");
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, new RegExp(`${first}, line 4 \\(at zxid 3\\.0\\): The crc of 3\\.1`));
  assert.match(damaged.err, new RegExp(`${snapshot}, line 3`));
  assert.match(damaged.err, /2 places are damaged/);
  assert.equal(damaged.out.length, 2, "what is sound is still printed");
});

/** A log of four segments and an archived one; `harm` changes the text of a file. */
async function writeDamagedLog(
  t: TestContext,
  harm: (name: string, text: string) => string,
): Promise<string> {
  const dataDir = temporaryDirectory(t);
  const dir = join(dataDir, "node1");
  const more = chainAfter(ENTRIES.at(-1), 16);
  const options = optionsFor(dir, { segmentEntries: 4, oldSegments: "archive" });
  const { storage, put, save } = await drive(options);
  await put({ kind: "promise", epoch: 3, to: "node2" }, append(ENTRIES));
  await put(append(more));
  await save(snapshotAt([...ENTRIES, ...more.slice(0, 2)], ["older"]));
  await save(snapshotAt([...ENTRIES, ...more.slice(0, 9)], ["newer"]));
  await storage.close();
  for (const folder of [dir, join(dir, "archive")]) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(folder, entry.name);
      const text = readFileSync(path, "utf8");
      if (harm(entry.name, text) !== text) writeFileSync(path, harm(entry.name, text));
    }
  }
  return dataDir;
}

function chainAfter(last: Entry | undefined, count: number): Entry[] {
  const entries: Entry[] = [];
  let before = last;
  for (let index = 0; index < count; index++) {
    const zxid = (before?.zxid ?? 0n) + 1n;
    const events = [{ type: "GuessSubmitted", room: "lobby", round: 1, player: "al", value: 1 }];
    const told = { zxid, prev: before?.zxid ?? 0n, time: TIME + 9000, requestId: `m${index}` };
    const text = encodeTransaction({ ...told, events: events as Transaction["events"] });
    before = { zxid, text, crc: chainCrc(text, before?.crc ?? 0) };
    entries.push(before);
  }
  return entries;
}

/** Harms each of these lines, counted from 1, so that it is JSON still. */
function inLines(text: string, ...numbers: readonly number[]): string {
  const lines = text.split("\n");
  return lines
    .map((line, index) => (numbers.includes(index + 1) ? line.replace(/\w(\W*)$/, "_$1") : line))
    .map((line, index) => (numbers.includes(index + 1) ? line.replace(/crc/, "cpc") : line))
    .join("\n");
}

test("every damaged place is named, with what a start does about it", async (t) => {
  const dataDir = await writeDamagedLog(t, (name, text) => {
    if (name === "log-0000000000000000.db") return inLines(text, 3);
    if (name === "log-0000000300000002.db") return inLines(text, 2, 5);
    if (name === "log-000000030000000a.db") return inLines(text, 1);
    return name === "snapshot-0000000300000005.jsonl" ? inLines(text, 2) : text;
  });
  const found = await run("--id=node1", `--data-dir=${dataDir}`, "--verify", "--json");
  assert.equal(found.code, 1);
  const places = found.out
    .map((line): { damage?: Record<string, unknown> } => JSON.parse(line))
    .flatMap(({ damage }) => (damage === undefined ? [] : [damage]))
    .map(({ file, line, zxid, remedy }) => `${basename(String(file))} ${line} ${zxid} ${remedy}`);
  assert.deepEqual(places, [
    "log-0000000000000000.db 3 0.0 none",
    "log-0000000300000002.db 2 3.2 repair",
    "log-0000000300000002.db 5 3.5 repair",
    "log-000000030000000a.db 1 3.10 restore",
    "snapshot-0000000300000005.jsonl 3 3.5 aside",
  ]);
  assert.match(found.err, /5 places are damaged/);
  assert.match(
    found.err,
    /0002\.db, line 5 .* A start fetches what is missing from the other nodes/,
  );
});

test("what nobody else can tell makes all of it go", async (t) => {
  const dataDir = await writeDamagedLog(t, (name, text) => {
    return name === "log-0000000300000002.db" ? inLines(text, 2, 3) : text;
  });
  const [last = ""] = readdirSync(join(dataDir, "node1"))
    .filter((name) => name.startsWith("log-"))
    .sort()
    .slice(-1);
  const path = join(dataDir, "node1", last);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, inLines(text, text.split("\n").length - 1));
  const found = await run("--id=node1", `--data-dir=${dataDir}`, "--verify");
  assert.equal(found.code, 1);
  assert.match(found.err, /0002\.db, line 2 .* So it is up to line 3\. .* begins anew/);
  assert.match(found.err, new RegExp(`${last}, line \\d+ .* sound follows it\\. .* begins anew`));
  assert.match(found.err, /2 places are damaged/);

  writeFileSync(join(dataDir, "node1", "change.json"), "{");
  const change = await run("--id=node1", `--data-dir=${dataDir}`, "--verify");
  assert.match(change.err, /change\.json, line 1 .* begins anew/);
});

test("wrong usage ends with 2", async (t) => {
  const dataDir = temporaryDirectory(t);
  const none = await run("--id=node7", `--data-dir=${dataDir}`);
  assert.deepEqual([none.code, none.out], [2, []]);
  assert.match(none.err, /node7 holds no log/);
  assert.equal((await run("--data-dir", dataDir)).code, 2);
  assert.equal((await run("--id=node1", "--what")).code, 2);
  assert.equal((await run("--help")).code, 0);
});
