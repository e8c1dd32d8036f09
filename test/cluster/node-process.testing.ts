/**
 * One node as a real process that a test may kill, freeze and start again, always by its pid.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, rmSync } from "node:fs";
import { clientUrl } from "../../config/client-url.js";
import { removePidFile, writePidFile } from "../../nodes/launch-pid-file.js";
import type { NodePlan } from "../../nodes/launch-plan.js";
import { endsWithUs } from "./leftovers.testing.js";
import { createNodeLog, type NodeLog } from "./node-log.testing.js";

export interface NodeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TestNode {
  readonly id: string;
  /** Base address for clients. */
  readonly url: string;
  /** Its own data directory. */
  readonly dir: string;
  readonly log: NodeLog;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  isFrozen(): boolean;
  start(): void;
  /** SIGKILL, also to a frozen one; resolves when the process is gone. */
  kill(): Promise<NodeEnd>;
  /** SIGTERM. */
  stop(): Promise<NodeEnd>;
  /** SIGSTOP: the process keeps its sockets and does nothing. */
  freeze(): void;
  thaw(): void;
  /** Resolves when it ends by itself; a test that does not ask for this fails if it does. */
  endsByItself(): Promise<NodeEnd>;
  /** How the last run ended if no one here ended it and no test expected it. */
  unexpectedEnd(): NodeEnd | undefined;
  /** Only while it does not run. */
  deleteData(): void;
}

/** `wrapper`: words before the node's command line, asked for at each start. */
export function createTestNode(
  plan: NodePlan,
  wrapper: () => readonly string[] = () => [],
): TestNode {
  const { id } = plan.node;
  let child: ChildProcess | undefined;
  let ended: Promise<NodeEnd> = Promise.resolve({ code: null, signal: null });
  let frozen = false;
  let expectsEnd = false;
  let unexpected: NodeEnd | undefined;

  function running(): ChildProcess & { readonly pid: number } {
    if (child?.pid === undefined) throw new Error(`${id} does not run`);
    return Object.assign(child, { pid: child.pid });
  }

  function end(signal: "SIGKILL" | "SIGTERM"): Promise<NodeEnd> {
    expectsEnd = true;
    process.kill(running().pid, signal);
    return ended;
  }

  return {
    id,
    url: clientUrl(plan.node),
    dir: plan.dir,
    log: createNodeLog(plan.logFile),
    pid: () => child?.pid,
    isFrozen: () => frozen,
    start() {
      if (child !== undefined) throw new Error(`${id} runs already`);
      const [program = "", ...args] = [...wrapper(), process.execPath, ...plan.args];
      const output = openSync(plan.logFile, "a");
      const started = spawn(program, args, { stdio: ["ignore", output, output] });
      closeSync(output);
      const { pid } = started;
      if (pid === undefined) throw new Error(`cannot start ${program}`);
      writePidFile(plan.pidFile, pid);
      child = started;
      frozen = false;
      expectsEnd = false;
      endsWithUs(started, "SIGKILL");
      ended = new Promise((resolve) => {
        started.once("exit", (code, signal) => {
          child = undefined;
          removePidFile(plan.pidFile, pid);
          if (!expectsEnd) unexpected = { code, signal };
          resolve({ code, signal });
        });
      });
    },
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    freeze() {
      process.kill(running().pid, "SIGSTOP");
      frozen = true;
    },
    thaw() {
      process.kill(running().pid, "SIGCONT");
      frozen = false;
    },
    endsByItself() {
      expectsEnd = true;
      return ended;
    },
    unexpectedEnd: () => unexpected,
    deleteData() {
      if (child !== undefined) throw new Error(`${id} runs`);
      rmSync(plan.dir, { recursive: true });
    },
  };
}
