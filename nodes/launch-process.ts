/**
 * A node or the gateway as a process: started, written down in a pid file, its output in its log
 * file.
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, renameSync, statSync } from "node:fs";
import { removePidFile, writePidFile } from "./launch-pid-file.js";
import type { ProcessPlan } from "./launch-plan.js";

/** A log that is longer when a node starts is put aside; the one before it is forgotten. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;

export interface NodeEnd {
  /** "exit code 3", "SIGKILL", or why it could not be started. */
  readonly how: string;
  readonly ranMs: number;
}

export interface NodeProcess {
  readonly id: string;
  /** Undefined if the process could not be started. */
  readonly pid: number | undefined;
  readonly ended: Promise<NodeEnd>;
  /** Does nothing once the process has ended. */
  signal(name: "SIGTERM" | "SIGKILL"): void;
}

/** The log file's directory must be there. */
export function startNodeProcess(plan: ProcessPlan): NodeProcess {
  const begunAt = performance.now();
  putLongLogAside(plan.logFile);
  // The file itself and no pipe: nodes write their logs synchronously and must not wait for us.
  const log = openSync(plan.logFile, "a");
  const child = spawn(process.execPath, plan.args, { stdio: ["ignore", log, log] });
  closeSync(log);
  const { pid } = child;
  if (pid !== undefined) writePidFile(plan.pidFile, pid);
  const ended = new Promise<NodeEnd>((resolve) => {
    const end = (how: string) => {
      if (pid !== undefined) removePidFile(plan.pidFile, pid);
      resolve({ how, ranMs: performance.now() - begunAt });
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
  });
  return { id: plan.id, pid, ended, signal: (name) => void child.kill(name) };
}

function putLongLogAside(logFile: string): void {
  const stat = statSync(logFile, { throwIfNoEntry: false });
  if (stat !== undefined && stat.size > LOG_BYTES_MAX) renameSync(logFile, `${logFile}.old`);
}
