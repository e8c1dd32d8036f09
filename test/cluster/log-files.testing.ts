/** A stopped node's log as `zabble log` reads it from its files. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseZxid } from "../../game/zxid.js";
import { DIST } from "./cluster.testing.js";

export interface LoggedTransaction {
  readonly zxid: bigint;
  /** Empty for what no client asked for. */
  readonly requestId: string;
  /** All of it as text: equal texts are equal transactions. */
  readonly text: string;
}

/** The committed transactions in order. Throws if any file of the node is damaged. */
export async function readLogFiles(
  dataDir: string,
  nodeId: string,
): Promise<readonly LoggedTransaction[]> {
  const args = ["--id", nodeId, "--data-dir", dataDir, "--json", "--verify"];
  const child = spawn(process.execPath, [join(DIST, "log.js"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const transactions: LoggedTransaction[] = [];
  for await (const text of createInterface({ input: child.stdout })) {
    const { zxid, requestId }: { zxid: string; requestId: string } = JSON.parse(text);
    const place = parseZxid(zxid);
    assert.ok(place !== undefined, `${nodeId} printed ${text}`);
    transactions.push({ zxid: place, requestId, text });
  }
  assert.equal(await ended, 0, `zabble log --id ${nodeId}: ${complaints}`);
  return transactions;
}
