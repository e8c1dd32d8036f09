/**
 * The real process as a command's context: its streams, signals and clock, and connections over the
 * network. Only the programs' entry files use it.
 */
import { randomUUID } from "node:crypto";
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createTransportPool, isStraySessionError } from "../client/h2-transport.js";
import { systemClock } from "../client/system-clock.js";
import { DEFAULT_CONFIG_FILE } from "../config/read-config.js";
import type { CommandContext, ForwardedSignal } from "./command-context.js";
import { ExitCode } from "./exit-code.js";

export interface ProcessContext extends CommandContext {
  /** Lets go of the network, so that the process can end. */
  close(): void;
}

/** Whoever has drawn on the terminal restores it when the process exits. */
export function endOnBug(error: unknown): never {
  process.once("exit", () => {
    // Last, so that it is read on the terminal as it was.
    writeSync(2, `${error instanceof Error ? error.stack : String(error)}\n`);
  });
  process.exit(ExitCode.bug);
}

/** Installs the handlers that last as long as the process; call it once. */
export function createProcessContext(): ProcessContext {
  const pool = createTransportPool();
  const interrupts = new Set<() => void>();
  process.on("uncaughtException", (error) => {
    if (!isStraySessionError(error)) endOnBug(error);
  });
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // `zabble watch | head`, or a terminal that is gone: nobody reads any more, which is as good as
    // Ctrl-C.
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    for (const interrupt of interrupts) interrupt();
  });
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    onSignal(signal: ForwardedSignal, listener) {
      process.on(signal, listener);
      if (signal === "SIGINT") interrupts.add(listener);
      return () => {
        process.off(signal, listener);
        interrupts.delete(listener);
      };
    },
    clock: systemClock,
    requestId: randomUUID,
    transport: pool.transport,
    configFile: DEFAULT_CONFIG_FILE,
    // Right from the sources and from the bundle, which lies in dist/ itself.
    distDir: fileURLToPath(new URL("../dist/", import.meta.url)),
    close: pool.close,
  };
}
