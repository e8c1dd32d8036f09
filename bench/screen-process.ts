/**
 * One `zabble play` as a process of its own on a pseudo-terminal (util-linux's script makes it), an
 * emulator behind it, and what it costs. Used by screen.ts.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import xterm from "@xterm/headless";
import { DIST } from "../test/cluster/cluster.testing.js";
import { endsWithUs } from "../test/cluster/leftovers.testing.js";

/** Bytes of one paint come together; between two paints there is always more time than this. */
const PAINT_GAP_MS = 8;
/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;
const LIMIT_MS = 30_000;

export interface ScreenProcess {
  /** When it was started, by performance.now(). */
  readonly startedAtMs: number;
  type(bytes: string): void;
  /** Resolves with performance.now() when the screen shows this; it looks after every write. */
  shows(pattern: RegExp): Promise<number>;
  text(): string;
  /** Paints so far. */
  paints(): number;
  /** CPU time so far. */
  cpuMs(): number;
  memoryMiB(): number;
  /** Leaves with Ctrl-C; resolves when the process is gone. */
  close(): Promise<void>;
}

export function startScreenProcess(
  args: readonly string[],
  columns: number,
  rows: number,
): ScreenProcess {
  const words = [process.execPath, join(DIST, "zabble.js"), "play", ...args];
  const command = `stty cols ${columns} rows ${rows}; exec ${words.join(" ")}`;
  const startedAtMs = performance.now();
  const child = spawn("script", ["-qfc", command, "/dev/null"], {
    env: { ...process.env, TERM: "xterm-256color", LANG: "C.UTF-8" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  endsWithUs(child, "SIGTERM");
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const waiters = new Set<() => void>();
  let paints = 0;
  let wroteAtMs = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    const nowMs = performance.now();
    if (nowMs - wroteAtMs > PAINT_GAP_MS) paints += 1;
    wroteAtMs = nowMs;
    screen.write(chunk, () => {
      for (const look of [...waiters]) look();
    });
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));

  function text(): string {
    const { active } = screen.buffer;
    const lines = Array.from({ length: rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true) ?? "").trimEnd(),
    );
    return lines.join("\n");
  }

  return {
    startedAtMs,
    type: (bytes) => void child.stdin.write(bytes),
    text,
    shows(pattern) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(look);
          reject(new Error(`not within ${LIMIT_MS} ms: ${pattern}; the screen is\n${text()}`));
        }, LIMIT_MS);
        const look = (): void => {
          if (!pattern.test(text())) return;
          clearTimeout(timer);
          waiters.delete(look);
          resolve(performance.now());
        };
        waiters.add(look);
        look();
      });
    },
    paints: () => paints,
    cpuMs() {
      const fields = readFileSync(`/proc/${programOf(child)}/stat`, "utf8").split(") ")[1] ?? "";
      const [user, system] = fields.split(" ").slice(11, 13).map(Number);
      return ((user ?? 0) + (system ?? 0)) * TICK_MS;
    },
    memoryMiB() {
      const status = readFileSync(`/proc/${programOf(child)}/status`, "utf8");
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
    },
    async close() {
      child.stdin.write("\x1b");
      child.stdin.write("\x03");
      await ended;
      screen.dispose();
    },
  };
}

/** The program is the shell's successor, and that one is script's only child. */
function programOf({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}
