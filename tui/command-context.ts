/**
 * What a command sees of the world around it. The program hands in the real process
 * (process-context.ts), tests hand in streams in memory and transports of their own.
 */
import type { Readable, Writable } from "node:stream";
import type { Transport } from "@connectrpc/connect";
import type { Clock } from "../client/clock.js";

export interface CommandContext {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `listener` on each such signal, in place of the default, until the result is called. */
  onSignal(signal: ForwardedSignal, listener: () => void): () => void;
  readonly clock: Clock;
  /** Makes a new request id, never the same twice. */
  readonly requestId: () => string;
  /** One transport per server, kept until the program ends. */
  readonly transport: (server: string) => Transport;
  /** The cluster file without `--config`. */
  readonly configFile: string;
  /** Where the bundles of the other programs are. */
  readonly distDir: string;
}

export type ForwardedSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

export function printLine(stream: Writable, line: string): void {
  stream.write(`${line}\n`);
}

/** One JSON object on one line. */
export function printJson(stream: Writable, value: object): void {
  stream.write(`${JSON.stringify(value)}\n`);
}
