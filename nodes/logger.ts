/**
 * The log of one node process: a JSON line a fact, written before the call returns, so that nothing
 * is lost when the process ends in the next statement. It decides how a line looks and never what
 * is worth one. Columns: node, epoch, zxid, time, level, msg, then the fact's own fields.
 */
import { pino } from "pino";
import type { ClusterConfig } from "../config/cluster-config.js";
import { formatZxid } from "./zab/zxid.js";

export type LogLevel = ClusterConfig["logLevel"];

/** Values as JSON knows them, and bigints, which are taken for zxids. An Error goes under `err`. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface Logger {
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** For skipping work that only a line of that level would need. */
  isEnabled(level: LogLevel): boolean;
}

export interface LoggerOptions {
  readonly nodeId: string;
  readonly level: LogLevel;
  /** Takes whole lines, each with its line end, and must not keep them back. Default: stdout. */
  readonly destination?: { write(line: string): void };
  /** Where the node stands, asked at each line. Default: before everything. */
  readonly position?: () => { readonly epoch: number; readonly zxid: bigint };
}

export function createLogger(options: LoggerOptions): Logger {
  const { nodeId, level, position = () => ({ epoch: 0, zxid: 0n }) } = options;
  const sink = pino(
    {
      level,
      base: null,
      // pino begins each line with what the level formatter gives, then the timestamp's text. Using
      // both for our own columns is what puts node, epoch and zxid first.
      formatters: { level: () => ({ node: nodeId }), log: printable },
      timestamp: () => {
        const { epoch, zxid } = position();
        return `,"epoch":${epoch},"zxid":"${formatZxid(zxid)}","time":${Date.now()}`;
      },
      serializers: { err: pino.stdSerializers.err },
    },
    options.destination ?? pino.destination({ dest: 1, sync: true }),
  );
  const write = (at: LogLevel) => (message: string, fields?: LogFields) => {
    sink[at]({ level: at, msg: message, ...fields });
  };
  return {
    trace: write("trace"),
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    isEnabled: (at) => sink.isLevelEnabled(at),
  };
}

/** JSON has no bigint, and the only ones that a node logs are zxids. */
function printable(fields: Record<string, unknown>): Record<string, unknown> {
  for (const key in fields) {
    const value = fields[key];
    if (typeof value === "bigint") fields[key] = formatZxid(value);
  }
  return fields;
}

/** More keys than a program has kinds of lines; reached only if keys carry data by mistake. */
const KEYS_MAX = 1000;

/**
 * For facts that may come true very often: `rateLimited(key, everyMs)` is false at most once in
 * `everyMs` for each key, and true means: stay silent. `nowMs` is a clock that never goes back.
 */
export function createRateLimit(nowMs: () => number): (key: string, everyMs: number) => boolean {
  const spokeAtMs = new Map<string, number>();
  return function rateLimited(key, everyMs) {
    const now = nowMs();
    const last = spokeAtMs.get(key);
    if (last !== undefined && now - last < everyMs) return true;
    if (spokeAtMs.size >= KEYS_MAX) spokeAtMs.clear();
    spokeAtMs.set(key, now);
    return false;
  };
}
