/** The file that says which process a node is, for whoever wants to signal it. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

export function writePidFile(file: string, pid: number): void {
  writeFileSync(file, `${pid}\n`);
}

/** Removes the file only while it names this process: a successor may have written its own. */
export function removePidFile(file: string, pid: number): void {
  if (readPid(file) === pid) rmSync(file, { force: true });
}

/** The live process that the file names. A pid may have gone to another program since. */
export function livePid(file: string): number | undefined {
  const pid = readPid(file);
  if (pid === undefined) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // Without the right to signal it, the process is there all the same.
    return error instanceof Error && "code" in error && error.code === "EPERM" ? pid : undefined;
  }
}

function readPid(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
  return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined;
}
