// Proves that the programs themselves, run as they are, refuse wrong numbers and a poisoned cluster
// file with exit code 2 and the rule, and start nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program of the sources; ends by itself if it refuses to begin, and else with the test. */
async function run(t: TestContext, ...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, ["--import", "tsx", ...args], { cwd: ROOT });
  t.after(() => child.kill("SIGKILL"));
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
    });
  }
  const [code] = await once(child, "close");
  return { code, ...said };
}

const LIMIT = { timeout: 30_000 };

test("a number of nodes or a port in another writing is wrong usage", LIMIT, async (t) => {
  const runs: readonly (readonly [args: readonly string[], rule: RegExp])[] = [
    [["nodes/launch.ts", "up", "--nodes=1e1"], /1 to 100 nodes/],
    [["gateway/main.ts", "--port=0x10"], /from 0 to 65535/],
  ];
  await Promise.all(
    runs.map(async ([args, rule]) => {
      const { code, stdout, stderr } = await run(t, ...args);
      assert.deepEqual([code, stdout], [2, ""], `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, rule);
    }),
  );
});

test("a cluster file of aliases that multiply is wrong usage", LIMIT, async (t) => {
  const dir = mkdtempSync(join(tmpdir(), "zabble-options-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "bomb.yaml");
  const lines = Array.from({ length: 12 }, (_, at) => {
    const item = at === 0 ? "x" : `*a${at - 1}`;
    return `a${at}: &a${at} [${Array(9).fill(item).join(", ")}]\n`;
  });
  writeFileSync(file, lines.join(""));
  const runs = [["nodes/main.ts", "--id=node1"], ["gateway/main.ts"]];
  await Promise.all(
    runs.map(async (args) => {
      const { code, stderr } = await run(t, ...args, `--config=${file}`);
      assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
      assert.match(stderr, /bomb\.yaml:1: expected YAML/);
    }),
  );
});
