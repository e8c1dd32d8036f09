/**
 * Runs another of our programs in a process of its own, on this terminal, and ends when it does.
 * The programs that hold a cluster are bundles beside this one, which never imports them.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { type CommandContext, type ForwardedSignal, printLine } from "./command-context.js";
import { ExitCode } from "./exit-code.js";

/** Resolves with the program's exit code; 128 and the signal's number if a signal ended it. */
export async function runBundle(
  context: CommandContext,
  name: string,
  args: readonly string[],
): Promise<number> {
  const file = join(context.distDir, name);
  if (!existsSync(file)) {
    printLine(context.stderr, `There is no ${file}: build it first, with "node build.mjs".`);
    return ExitCode.unavailable;
  }
  const child = spawn(process.execPath, [file, ...args], { stdio: "inherit" });
  // Ctrl-C reaches the whole group of the terminal; sent on, the program would count it as two.
  const sendOnInterrupt = context.stdin.isTTY !== true;
  const forget = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal: ForwardedSignal) =>
    context.onSignal(signal, () => {
      if (signal !== "SIGINT" || sendOnInterrupt) child.kill(signal);
    }),
  );
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  for (const off of forget) off();
  return exitCode;
}

/** `--name value` for an option that was given, nothing for one that was not. */
export function passOn(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`--${name}`, String(value)];
}

/** `--name` for a switch that is on. */
export function passSwitchOn(name: string, value: boolean | undefined): string[] {
  return value === true ? [`--${name}`] : [];
}
