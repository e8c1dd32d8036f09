/**
 * `zabble up --play`: a whole local cluster, and the game on it in the same terminal. The cluster
 * ends with the screen, however that ends: the launcher stops when its standard input does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type CommandContext, type ForwardedSignal, printLine } from "./command-context.js";
import { ExitCode } from "./exit-code.js";
import { playOnTerminal, type ScreenOptions, SIGNAL_CODES } from "./play-on-terminal.js";

/** What it says of a node's end; what it passes on of the nodes' logs is not for players. */
const OWN_WORDS = / ended \(/;

/** What the launcher says when a leader is there. */
const READY = /^Zabble is ready/;

/** `args` are the launcher's. Resolves with the exit code. */
export async function upAndPlay(
  context: CommandContext,
  args: readonly string[],
  servers: readonly string[],
  options: ScreenOptions,
): Promise<number> {
  const { distDir, stdout, stderr } = context;
  const file = join(distDir, "launch.js");
  if (!existsSync(file)) {
    printLine(stderr, `There is no ${file}: build it first, with "node build.mjs".`);
    return ExitCode.unavailable;
  }
  // In a group of its own: Ctrl-Z stops the screen, and the nodes go on.
  const launcher = spawn(process.execPath, [file, ...args, "--attached"], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  /** Takes what the launcher says; where it goes depends on who has the terminal. */
  let show = (line: string, stream = stdout): void => printLine(stream, line);
  const ended = exitOf(launcher);
  const ready = new Promise<boolean>((resolve) => {
    createInterface({ input: launcher.stdout }).on("line", (line) => {
      if (READY.test(line)) {
        // What follows, addresses and what to try, is for those who see it on a quiet terminal.
        show = () => {};
        resolve(true);
      }
      show(line);
    });
    createInterface({ input: launcher.stderr }).on("line", (line) => show(line, stderr));
    void ended.then(() => resolve(false));
  });
  let interruptedBy: ForwardedSignal | undefined;
  const forget = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    context.onSignal(signal, () => {
      interruptedBy ??= signal;
      launcher.stdin.end();
    }),
  );
  const isReady = await ready;
  for (const off of forget) off();
  if (!isReady) {
    const code = await ended;
    if (interruptedBy !== undefined) return SIGNAL_CODES[interruptedBy];
    if (code === ExitCode.unavailable) {
      printLine(stderr, "If the cluster runs already, join it: npx zabble play");
    }
    return code;
  }
  let isLeft = false;
  let diedEarly = false;
  const code = await playOnTerminal(context, servers, options, (notice) => {
    show = (line) => {
      if (OWN_WORDS.test(line)) notice(line);
    };
    void ended.then(() => {
      diedEarly = !isLeft;
      if (diedEarly) notice("the cluster's launcher has died; no node is started again");
    });
  });
  isLeft = true;
  show = (line, stream = stdout) => printLine(stream, line);
  launcher.stdin.end();
  await ended;
  if (!diedEarly) return code;
  printLine(stderr, "The launcher died before; nodes may still run: npx zabble status");
  return ExitCode.unavailable;
}

async function exitOf(child: ChildProcess): Promise<number> {
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
