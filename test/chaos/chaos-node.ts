/**
 * One node of a chaos run: who wants it to be down, frozen or out of disk, and whether it ended by
 * itself. Faults overlap, so each says what it wants and later takes it back; the node runs when
 * nobody wants it down. It knows nothing of clients and of what the cluster is doing.
 */
import { execFileSync } from "node:child_process";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { eventually } from "../cluster/eventually.testing.js";
import type { NodeEnd, TestNode } from "../cluster/node-process.testing.js";
import { newestSegment } from "./segment-files.js";

/** To be called once: the fault no longer wants it. */
export type Undo = () => void;

export interface ChaosNode {
  readonly id: string;
  readonly process: TestNode;
  /** Counts its processes; a new one knows nothing of what the old one was told. */
  life(): number;
  /** Starts it unless somebody wants it down. */
  start(): void;
  /** Kills it if it runs; when this resolves it is dead and stays so. */
  holdDown(): Promise<Undo>;
  /** A process that is started later is not frozen. */
  freeze(): Undo;
  /** No file may grow beyond what the log has now and `spareBytes` more, also after a restart. */
  fillDisk(spareBytes: number): Undo;
  /** Words before its command line: what a disk that is full takes. */
  limitWords(): readonly string[];
  /** Times that it ended because its disk was full, as it should. */
  diskDeaths(): number;
  /** Asks it to end in good order. */
  stop(): Promise<NodeEnd>;
}

export interface ChaosNodeOptions {
  readonly process: TestNode;
  /** Called before each start, while it is dead. */
  readonly beforeStart: () => void;
  /** It ended and nobody ended it. It is not started again. */
  readonly onSurprise: (what: string) => void;
}

/** The exit code of a node whose disk failed. */
const DISK_FAILED = 3;
const LAST_BYTES = 4000;
const LAST_LINES = 5;
const DISK_FULL = /ends: the disk is full: .* start it again/;

export function createChaosNode(options: ChaosNodeOptions): ChaosNode {
  const { process: node } = options;
  let life = 0;
  let downs = 0;
  let freezes = 0;
  let fills = 0;
  let limitBytes: number | undefined;
  let wasLimited = false;
  let isDoomed = false;
  let isBroken = false;
  let diskDeaths = 0;

  function start(): void {
    if (downs > 0 || isBroken || node.pid() !== undefined) return;
    options.beforeStart();
    isDoomed = false;
    wasLimited = limitBytes !== undefined;
    node.start();
    life += 1;
    void node.endsByItself().then(judgeEnd);
  }

  async function judgeEnd({ code, signal }: NodeEnd): Promise<void> {
    if (isDoomed && (signal === "SIGKILL" || code === 0)) return;
    if (wasLimited && code === DISK_FAILED && (await saidDiskFull())) {
      diskDeaths += 1;
      // The room may have come back while it was ending.
      if (limitBytes === undefined) start();
      return;
    }
    isBroken = true;
    const words = lastWords(node.log.file).trimEnd().split("\n").slice(-LAST_LINES).join("\n");
    options.onSurprise(`${node.id} ended by itself, code ${code}, signal ${signal}:\n${words}`);
  }

  /** Its words come through a pipe and may be there a little later than its end. */
  async function saidDiskFull(): Promise<boolean> {
    const look = () => DISK_FULL.test(lastWords(node.log.file)) || undefined;
    return await eventually("last words", look, { limitMs: 1000 }).catch(() => false);
  }

  function limitFiles(bytes: number | "unlimited"): void {
    const pid = node.pid();
    if (pid === undefined) return;
    try {
      execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:unlimited`], {
        stdio: "ignore",
      });
    } catch (error) {
      // It may have died of another fault just now.
      if (node.pid() === pid && !isDoomed) throw error;
    }
  }

  return {
    id: node.id,
    process: node,
    life: () => life,
    start,
    async holdDown() {
      downs += 1;
      isDoomed = true;
      if (node.pid() !== undefined) await node.kill();
      return () => {
        downs -= 1;
        start();
      };
    },
    freeze() {
      freezes += 1;
      const frozenLife = life;
      const isThere = (): boolean => node.pid() !== undefined && life === frozenLife && !isDoomed;
      if (isThere()) node.freeze();
      return () => {
        freezes -= 1;
        if (freezes === 0 && isThere()) node.thaw();
      };
    },
    fillDisk(spareBytes) {
      fills += 1;
      limitBytes = (newestSegment(node.dir)?.bytes ?? 0) + spareBytes;
      wasLimited = true;
      limitFiles(limitBytes);
      return () => {
        fills -= 1;
        if (fills > 0) return;
        limitBytes = undefined;
        limitFiles("unlimited");
        start();
      };
    },
    limitWords: () =>
      limitBytes === undefined ? [] : ["prlimit", `--fsize=${limitBytes}:unlimited`],
    diskDeaths: () => diskDeaths,
    async stop() {
      isDoomed = true;
      return await node.stop();
    },
  };
}

/** The end of its log. */
function lastWords(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, LAST_BYTES));
    readSync(descriptor, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString("utf8");
  } finally {
    closeSync(descriptor);
  }
}
