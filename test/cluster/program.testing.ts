/** The `zabble` program as a shell would run it, with no terminal. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { DIST } from "./cluster.testing.js";
import { eventually } from "./eventually.testing.js";
import { endsWithUs } from "./leftovers.testing.js";

export interface Program {
  /** All that it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Waits for this on standard output. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface Finished {
  readonly code: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export function startZabble(...args: readonly string[]): Program {
  const child = spawn(process.execPath, [join(DIST, "zabble.js"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  // It passes this on to what it started, and a SIGKILL it could not.
  endsWithUs(child, "SIGTERM");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return {
    stdout: () => stdout,
    stderr: () => stderr,
    printed: (pattern) =>
      eventually(`zabble ${args[0]} to print ${pattern}`, () => pattern.exec(stdout) ?? undefined, {
        context: () => `${stdout}${stderr}`,
      }),
    signal: (name) => void child.kill(name),
    ended: new Promise((resolve) => {
      child.once("close", (code, signal) => resolve(code ?? signal ?? 0));
    }),
  };
}

/** Runs it to its end. */
export async function runZabble(...args: readonly string[]): Promise<Finished> {
  const program = startZabble(...args);
  const code = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}
