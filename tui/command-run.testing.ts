/** Runs whole commands in memory: what went in, what came out, and the exit code. */
import { PassThrough } from "node:stream";
import { fileURLToPath } from "node:url";
import type { Transport } from "@connectrpc/connect";
import type { Clock } from "../client/clock.js";
import { createFastClock } from "../client/fast-clock.testing.js";
import { deadServer } from "../client/scripted-server.testing.js";
import type { CommandContext, ForwardedSignal } from "./command-context.js";
import { runZabble } from "./run-zabble.js";

/** Five nodes, node1 at http://127.0.0.1:7101 and so on. */
export const FIVE_NODES = fileURLToPath(new URL("../config/cluster.yaml", import.meta.url));

export interface RunSetting {
  /** By base address; every other server is dead. */
  readonly servers?: Readonly<Record<string, Transport>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly configFile?: string;
  readonly distDir?: string;
  /** Whether somebody sits at a terminal. */
  readonly terminal?: boolean;
}

export interface Run {
  /** Everything printed so far. */
  stdout(): string;
  stderr(): string;
  readonly stdin: PassThrough;
  /** Resolves when stdout matches; rejects if the command ends before. */
  printed(pattern: RegExp): Promise<void>;
  signal(name: ForwardedSignal): void;
  readonly exitCode: Promise<number>;
}

export function startRun(args: readonly string[], setting: RunSetting = {}): Run {
  const { servers = {}, env = {}, clock = createFastClock(), distDir = "/nowhere" } = setting;
  const stdin = Object.assign(new PassThrough(), { isTTY: setting.terminal === true });
  const stdout = gather();
  Object.assign(stdout.stream, { isTTY: setting.terminal === true });
  const stderr = gather();
  const listeners = new Map<ForwardedSignal, Set<() => void>>();
  let made = 0;
  const context: CommandContext = {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env,
    onSignal(signal, listener) {
      const set = listeners.get(signal) ?? new Set();
      listeners.set(signal, set.add(listener));
      return () => set.delete(listener);
    },
    clock,
    requestId: () => `id-${++made}`,
    transport: (server) => servers[server] ?? deadServer(),
    configFile: setting.configFile ?? FIVE_NODES,
    distDir,
  };
  const exitCode = runZabble(args, context);
  return {
    stdout: stdout.text,
    stderr: stderr.text,
    stdin,
    async printed(pattern) {
      const ended = exitCode.then(() => "ended" as const);
      while (!pattern.test(stdout.text())) {
        const first = await Promise.race([stdout.more(), ended]);
        if (first === "ended" && !pattern.test(stdout.text())) {
          throw new Error(`ended without ${pattern}:\n${stdout.text()}${stderr.text()}`);
        }
      }
    },
    signal(name) {
      for (const listener of listeners.get(name) ?? []) listener();
    },
    exitCode,
  };
}

export interface FinishedRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command that ends by itself, with nothing more to read on stdin. */
export async function finishRun(
  args: readonly string[],
  setting: RunSetting = {},
  input = "",
): Promise<FinishedRun> {
  const run = startRun(args, setting);
  run.stdin.end(input);
  const exitCode = await run.exitCode;
  return { exitCode, stdout: run.stdout(), stderr: run.stderr() };
}

function gather() {
  const stream = new PassThrough();
  let text = "";
  let wake: () => void = () => {};
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
    wake();
  });
  return {
    stream,
    text: () => text,
    more: () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      }),
  };
}
