/**
 * What the store costs: microseconds a transaction at batches of 1, 64 and 256, each batch waiting
 * for the one before it to be durable. `node --import tsx bench/store.ts [directory]`; the
 * directory should be on the disk in question, and is made and deleted here.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chainCrc } from "../nodes/store/chain.js";
import { openStorage } from "../nodes/store/open-storage.js";
import type { Entry } from "../nodes/zab/entry.js";
import { formatZxid, zxidOf } from "../nodes/zab/zxid.js";

const TEXT_CHARACTERS = 204;
const WARM_UP_MS = 1500;
const MEASURED_MS = 2500;

function nextEntry(last: Entry | undefined): Entry {
  const zxid = last === undefined ? zxidOf(1, 0) : last.zxid + 1n;
  const text = `{"zxid":"${formatZxid(zxid)}","requestId":"`.padEnd(TEXT_CHARACTERS - 2, "r");
  return { zxid, text: `${text}"}`, crc: chainCrc(`${text}"}`, last?.crc ?? 0) };
}

async function measure(dir: string, batchEntries: number): Promise<void> {
  const opened = await openStorage({
    dir: join(dir, `${batchEntries}`),
    clusterId: "bench",
    nodeId: "node1",
    membershipHash: "",
    segmentEntries: 20_000,
    oldSegments: "keep",
    others: "none",
    fail: (why) => {
      throw new Error(why);
    },
    warn: (text) => console.error(text),
  });
  if (opened.kind !== "sound") throw new Error("a new directory has no holes");
  const { storage } = opened;
  let last: Entry | undefined;
  let batch = 0;
  let durable: () => void = () => undefined;
  storage.onDurable(() => durable());
  const writeBatch = () => {
    const entries: Entry[] = [];
    for (let i = 0; i < batchEntries; i++) {
      last = nextEntry(last);
      entries.push(last);
    }
    batch += 1;
    storage.write(batch, [{ kind: "append", entries }]);
    return new Promise<void>((done) => {
      durable = done;
    });
  };
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; ) await writeBatch();
  const from = { wallMs: performance.now(), cpu: process.cpuUsage(), batch };
  while (performance.now() < from.wallMs + MEASURED_MS) await writeBatch();
  const count = (batch - from.batch) * batchEntries;
  const wallUs = ((performance.now() - from.wallMs) * 1000) / count;
  const { user, system } = process.cpuUsage(from.cpu);
  await storage.close();
  console.log(
    `batches of ${String(batchEntries).padStart(3)}: ${wallUs.toFixed(1).padStart(7)} us a ` +
      `transaction, ${((user + system) / count).toFixed(1).padStart(6)} us of it CPU ` +
      `(making it included), ${Math.round(1e6 / wallUs)} durable transactions/s`,
  );
}

const dir = mkdtempSync(join(process.argv[2] ?? tmpdir(), "zabble-bench-"));
try {
  for (const batchEntries of [1, 64, 256]) await measure(dir, batchEntries);
} finally {
  rmSync(dir, { recursive: true, force: true });
}
