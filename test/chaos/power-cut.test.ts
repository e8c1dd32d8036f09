// Proves that the emulated power cut takes nothing that a process was told to be durable, that it
// does take what was not synced (bytes, names, and the second half of a rename), and that a process
// whose syncs are lies loses what it was told. The process is killed while it works.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { type TestContext } from "node:test";
import { createPrng } from "../sim/prng.js";
import { beginNotes, type DiskNotes, trimNotes } from "./disk-notes.js";
import { cutPower } from "./power-cut.js";
import { bundlePreload, type Lie } from "./preload-bundle.js";

const ROUNDS = 12;

/** Appends lines, syncs, says so; now and then replaces a file, and makes one unsynced. */
const WORKER = `
import { open, rename } from "node:fs/promises";
const dir = process.env.CHAOS_DIR;
async function syncDirectory() {
  const handle = await open(dir, "r");
  await handle.sync();
  await handle.close();
}
async function replace(name, text) {
  const handle = await open(dir + "/" + name + ".tmp", "w");
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
  await rename(dir + "/" + name + ".tmp", dir + "/" + name);
  await syncDirectory();
}
const say = (text) => process.stdout.write(text + "\\n");
for (let number = 1; ; number++) {
  const log = await open(dir + "/log", "a");
  await log.write("line " + number + "\\n");
  await log.datasync();
  say("line " + number);
  await log.write("not synced " + number + "\\n");
  await log.close();
  if (number % 3 !== 0) continue;
  await replace("state", "state " + number);
  say("state " + number);
  await (await open(dir + "/loose" + process.pid, "w")).close();
  say("loose" + process.pid);
}
`;

interface Left {
  readonly log: string;
  readonly state: string;
  readonly names: readonly string[];
}

interface Rig {
  readonly notes: DiskNotes;
  /** Lets a process work until it has said so many lines, and kills it. Resolves with them. */
  work(lines: number): Promise<readonly string[]>;
  cut(seed: number): Left;
}

function createRig(t: TestContext, lie: Lie | undefined): Rig {
  const root = fs.mkdtempSync(join(tmpdir(), "zabble-power-"));
  t.after(() => fs.rmSync(root, { recursive: true, force: true }));
  const notes = { dir: join(root, "data"), root: join(root, "notes") };
  fs.mkdirSync(notes.dir);
  beginNotes(notes);
  const clockFile = join(root, "clock");
  fs.writeFileSync(clockFile, "0");
  fs.writeFileSync(join(root, "worker.mjs"), WORKER);
  const preload = bundlePreload(join(root, "preload.mjs"), lie);
  const settings = preload.environment(notes, clockFile).map((text) => {
    const at = text.indexOf("=");
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return {
    notes,
    async work(lines) {
      const child = spawn(process.execPath, [join(root, "worker.mjs")], {
        env: { ...process.env, ...Object.fromEntries(settings) },
        stdio: ["ignore", "pipe", "inherit"],
      });
      const told: string[] = [];
      for await (const line of createInterface({ input: child.stdout })) {
        told.push(line);
        if (told.length === lines) child.kill("SIGKILL");
      }
      return told;
    },
    cut(seed) {
      cutPower(notes, createPrng(seed));
      const read = (name: string): string => {
        const file = join(notes.dir, name);
        return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
      };
      return { log: read("log"), state: read("state"), names: fs.readdirSync(notes.dir) };
    },
  };
}

function lastNumber(told: readonly string[], word: string): number {
  const last = told.findLast((line) => line.startsWith(word));
  return Number(last?.slice(word.length) ?? 0);
}

test("what was synced survives every power cut, and what was not does not always", async (t) => {
  const rig = createRig(t, undefined);
  let lostTails = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const before = fs.existsSync(join(rig.notes.dir, "log"))
      ? fs.readFileSync(join(rig.notes.dir, "log"), "utf8")
      : "";
    const told = await rig.work(round * 2);
    const { log, state } = rig.cut(round);
    assert.ok(log.startsWith(before), `round ${round}: what was durable before has changed`);
    const number = lastNumber(told, "line ");
    const synced = log.lastIndexOf(`line ${number}\n`);
    assert.ok(synced >= before.length, `round ${round}: line ${number} is gone`);
    if (!log.includes(`not synced ${number}\n`, synced)) lostTails += 1;
    const stateNumber = lastNumber(told, "state ");
    const found = Number(/^state (\d+)$/.exec(state)?.[1] ?? 0);
    if (stateNumber > 0) assert.ok(found >= stateNumber, `round ${round}: state is ${found}`);
  }
  assert.ok(lostTails > 0, "no power cut took anything");
});

test("a name that was not synced is lost now and then", async (t) => {
  const rig = createRig(t, undefined);
  let lost = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const told = await rig.work(5);
    const { names } = rig.cut(round);
    if (!names.includes(told[4] ?? "")) lost += 1;
  }
  assert.ok(lost > 0 && lost < ROUNDS, `${lost} of ${ROUNDS} names were lost`);
});

test("notes that were trimmed between two lives still hold", async (t) => {
  const rig = createRig(t, undefined);
  for (let round = 1; round <= ROUNDS; round++) {
    const told = await rig.work(round * 2);
    trimNotes(rig.notes);
    const more = await rig.work(5);
    trimNotes(rig.notes);
    const { log, state } = rig.cut(round);
    for (const lines of [told, more]) {
      assert.ok(log.includes(`line ${lastNumber(lines, "line ")}\n`), `round ${round}: ${log}`);
    }
    const found = Number(/^state (\d+)$/.exec(state)?.[1] ?? 0);
    assert.ok(found >= lastNumber(more, "state "), `round ${round}: state is ${state}`);
  }
  assert.ok(fs.readdirSync(join(rig.notes.root, "kept")).length === 0);
});

for (const lie of ["never", "late"] as const) {
  test(`a process that lies about syncing (${lie}) loses what it was told`, async (t) => {
    const rig = createRig(t, lie);
    let lost = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const told = await rig.work(7);
      const { log } = rig.cut(round);
      if (!log.includes(`line ${lastNumber(told, "line ")}\n`)) lost += 1;
    }
    assert.ok(lost > 0, "every lie went unnoticed");
  });
}
