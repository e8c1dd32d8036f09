// Proves that a full disk ends the process with a sentence that says so, that nothing is reported
// durable after that, and that all that was reported comes back. The limit is the system's own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { ZXID_ZERO, zxidOf } from "../zab/zxid.js";
import { segmentPath } from "./layout.js";
import {
  append,
  chain,
  drive,
  openSound,
  optionsFor,
  range,
  temporaryDirectory,
} from "./store.testing.js";

const FILE_KILOBYTES_MAX = 512;

/** Runs full-disk.testing.ts where no file may grow beyond the limit; the lines that it printed. */
async function writeUntilFull(dir: string): Promise<string[]> {
  const program = fileURLToPath(new URL("./full-disk.testing.ts", import.meta.url));
  const limit = `ulimit -f ${FILE_KILOBYTES_MAX}; exec "$@"`;
  const command = [process.execPath, "--import", "tsx", program, dir];
  const child = spawn("bash", ["-c", limit, "bash", ...command], {
    // The compiler's cache may be larger than the limit.
    env: { ...process.env, TSX_DISABLE_CACHE: "1" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await new Promise((done) => child.once("close", done));
  return output.trim().split("\n");
}

test("a full disk ends the process and loses nothing", { timeout: 60_000 }, async (t) => {
  const options = optionsFor(temporaryDirectory(t));
  const lines = await writeUntilFull(options.dir);
  const failed = lines.findIndex((line) => line.startsWith("failed"));
  const path = segmentPath(options.dir, ZXID_ZERO);
  assert.match(lines[failed] ?? "", /^failed the disk is full: cannot write .*\(EFBIG\).*start it/);
  assert.ok((lines[failed] ?? "").includes(path), "the file is named");
  assert.equal(failed, lines.length - 1, "nothing is reported after the failure");
  assert.ok(failed > 100, `${failed} entries were durable`);
  assert.equal(statSync(path).size, FILE_KILOBYTES_MAX * 1024, "the last write was cut short");

  const warnings: string[] = [];
  const { storage, put } = await drive({ ...options, warn: (text) => warnings.push(text) });
  assert.match(`${warnings}`, /unfinished write/);
  const { entries } = storage.recovered;
  assert.ok(entries.length >= failed, `${entries.length} of ${failed} came back`);
  await put(append(chain([zxidOf(2, 0)], entries.at(-1))));
  await storage.close();
  const again = await openSound(options);
  assert.equal(again.recovered.entries.length, entries.length + 1);
  await again.close();
});

test("a disk that fails ends the process; later writes are not reported", async (t) => {
  const failures: string[] = [];
  const options = optionsFor(join(temporaryDirectory(t), "node1"), {
    fail: (why) => failures.push(why),
    segmentEntries: 4,
  });
  const { storage, put } = await drive(options);
  const entries = chain(range(1, 0, 9));
  await put(append(entries.slice(0, 2)));
  // The next segment cannot be made: its place is taken by a directory.
  mkdirSync(`${segmentPath(options.dir, zxidOf(1, 3))}.tmp`);
  storage.onDurable(() => assert.fail("reported durable"));
  storage.write(2, [append(entries.slice(2, 6))]);
  while (failures.length === 0) await new Promise(setImmediate);
  storage.write(3, [append(entries.slice(6))]);
  await storage.close();
  assert.equal(failures.length, 1);
  assert.match(failures[0] ?? "", /the disk failed: cannot write or sync .*EISDIR.*Check the disk/);
});
