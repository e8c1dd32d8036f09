/**
 * The same fan-out of another system, by the programs that made the figures shown beside ours:
 * cluster.mjs, which starts and stops it, and fanout.mjs. They are not part of this checkout.
 */
import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { goesWithUs } from "../test/cluster/leftovers.testing.js";

const NODES = "5";
const LIMIT_MS = 60_000;
/** Before the first recorded run. */
const WARM_UP_SECONDS = "4";

export type Peer = "etcd" | "zk";

/** What cluster.mjs starts. */
const PROGRAMS: Readonly<Record<Peer, string>> = { etcd: "etcd", zk: "java" };

export interface PeerRun {
  readonly writeP50Ms: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly toLastP50Ms: number;
  readonly toLastP99Ms: number;
}

interface Row {
  readonly test: string;
  readonly write: { readonly p50: number };
  readonly fromIssue: { readonly p50: number; readonly p99: number };
  readonly lastOf: { readonly p50: number; readonly p99: number };
}

/** Why it cannot be measured here; undefined if it can. */
export function peerProblem(peer: Peer, peersDir: string): string | undefined {
  const script = join(peersDir, "fanout.mjs");
  if (!existsSync(script)) return `There is no ${script}.`;
  const program = PROGRAMS[peer];
  const { error } = spawnSync(program, ["--version"], { stdio: "ignore" });
  return error === undefined ? undefined : `${peer} needs ${program}, which does not start here.`;
}

/** Rejects if its programs fail. */
export async function measurePeer(
  peer: Peer,
  peersDir: string,
  runs: number,
  watchers: number,
  writes: number,
): Promise<readonly PeerRun[]> {
  const workDir = mkdtempSync(join(tmpdir(), "zabble-peer-"));
  goesWithUs(workDir);
  const results = join(workDir, "results.jsonl");
  const env = { ...process.env, PEERS_DIR: workDir, PEERS_RESULTS: results };
  const cluster = join(peersDir, "cluster.mjs");
  const run = async (...args: readonly string[]): Promise<void> => {
    await promisify(execFile)(process.execPath, args, { env, timeout: LIMIT_MS });
  };
  // It starts servers that outlive it, so they are stopped however this program ends.
  const stop = (): void => {
    spawnSync(process.execPath, [cluster, "stop", peer], { env, timeout: LIMIT_MS });
    rmSync(workDir, { recursive: true, force: true });
  };
  process.once("exit", stop);
  try {
    await run(cluster, "start", peer, NODES);
    await run(join(peersDir, "load.mjs"), peer, "--secs", WARM_UP_SECONDS, "--tests", "write:c");
    const counts = ["--watchers", String(watchers), "--writes", String(writes)];
    for (let rep = 0; rep < runs; rep++) await run(join(peersDir, "fanout.mjs"), peer, ...counts);
    const rows: Row[] = readFileSync(results, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    return rows
      .filter(({ test }) => test === "fanout")
      .map(({ write, fromIssue, lastOf }) => ({
        writeP50Ms: write.p50,
        p50Ms: fromIssue.p50,
        p99Ms: fromIssue.p99,
        toLastP50Ms: lastOf.p50,
        toLastP99Ms: lastOf.p99,
      }));
  } finally {
    process.off("exit", stop);
    stop();
  }
}
