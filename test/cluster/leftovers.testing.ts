/**
 * Sees to it that the processes and directories that this test process made go with it, however it
 * ends: a test that is interrupted or runs out of time does not get to clean up by itself.
 */
import type { ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";

const children = new Map<ChildProcess, NodeJS.Signals>();
const directories = new Set<string>();
let installed = false;

/** `signal` is what the child gets if it is left; it must be enough for all that it started. */
export function endsWithUs(child: ChildProcess, signal: NodeJS.Signals): void {
  installOnce();
  children.set(child, signal);
  child.once("exit", () => children.delete(child));
}

export function goesWithUs(directory: string): void {
  installOnce();
  directories.add(directory);
}

function installOnce(): void {
  if (installed) return;
  installed = true;
  process.once("exit", () => {
    for (const [child, signal] of children) child.kill(signal);
    // What was just killed may still be writing.
    const options = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
    for (const directory of directories) rmSync(directory, options);
  });
  // By default these end a process without a word to its exit listeners.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(1));
  }
}
