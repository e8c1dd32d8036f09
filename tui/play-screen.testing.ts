/**
 * `zabble play` in memory: the whole program on an emulated terminal, against real client ports. A
 * test presses keys by what they do (screen/keys.ts) and waits for what the screen shows.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import { createTransportPool } from "../client/h2-transport.js";
import { systemClock } from "../client/system-clock.js";
import type { CommandContext, ForwardedSignal } from "./command-context.js";
import { FIVE_NODES } from "./command-run.testing.js";
import { runZabble } from "./run-zabble.js";
import { type Action, type KeyContext, keyFor } from "./screen/keys.js";
import { createEmulator, type Emulator } from "./screen/terminal.testing.js";

export interface ScreenRun {
  readonly emulator: Emulator;
  /** Presses the key that does this there. */
  act(context: KeyContext, action: Action): void;
  /** Types text, and Enter where `\n` stands. */
  type(text: string): void;
  /** Waits until the screen shows all of these. */
  shows(...patterns: readonly RegExp[]): Promise<string>;
  signal(name: ForwardedSignal): void;
  stderr(): string;
  /** The home in which the name is remembered. */
  readonly home: string;
  readonly exitCode: Promise<number>;
}

export interface ScreenRunSetting {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly home?: string;
  readonly isTerminal?: boolean;
  readonly requestId?: () => string;
}

/** Ends with the test, whatever state it is in then. */
export function startScreen(
  test: TestContext,
  args: readonly string[],
  setting: ScreenRunSetting = {},
): ScreenRun {
  const { columns = 120, rows = 40, isTerminal = true } = setting;
  const emulator = createEmulator(columns, rows);
  const pool = createTransportPool();
  const home = setting.home ?? mkdtempSync(join(tmpdir(), "zabble-home-"));
  const listeners = new Map<ForwardedSignal, Set<() => void>>();
  const stderr = new PassThrough();
  let complaints = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const context: CommandContext = {
    stdin: isTerminal ? emulator.input : Object.assign(new PassThrough(), { isTTY: false }),
    stdout: emulator.output,
    stderr,
    env: { TERM: "xterm-256color", LANG: "C.UTF-8", HOME: home, USER: "ann", ...setting.env },
    onSignal(signal, listener) {
      const set = listeners.get(signal) ?? new Set();
      listeners.set(signal, set.add(listener));
      return () => set.delete(listener);
    },
    clock: systemClock,
    requestId: setting.requestId ?? randomUUID,
    transport: pool.transport,
    configFile: FIVE_NODES,
    distDir: "/nowhere",
  };
  const signal = (name: ForwardedSignal): void => {
    for (const listener of listeners.get(name) ?? []) listener();
  };
  const exitCode = runZabble(["play", ...args], context);
  test.after(async () => {
    signal("SIGTERM");
    await exitCode.catch(() => {});
    pool.close();
    emulator.close();
    if (setting.home === undefined) rmSync(home, { recursive: true, force: true });
  });
  return {
    emulator,
    act: (keyContext, action) => emulator.press(keyFor(keyContext, action)),
    type(text) {
      for (const letter of text) emulator.press(letter === "\n" ? "enter" : letter);
    },
    shows: (...patterns) =>
      emulator.until((text) => patterns.every((pattern) => pattern.test(text)), patterns.join(" ")),
    signal,
    stderr: () => complaints,
    home,
    exitCode,
  };
}
