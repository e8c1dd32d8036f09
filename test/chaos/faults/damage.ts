/**
 * Damage to the files of a dead node, and their loss. Within what a cluster is said to survive: one
 * node at a time, the next when that one's vote counts again; and never damage that nobody could
 * tell from an unfinished write, such as NULs at the end of what was synced.
 */
import fs from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Prng } from "../../sim/prng.js";
import type { Arena, Strike } from "../arena.js";
import type { ChaosNode } from "../chaos-node.js";
import { beginNotes } from "../disk-notes.js";
import { archiveSegments, newestSegment } from "../segment-files.js";

/** With fewer, the others cannot make good what one has lost. */
const NODES_MIN = 3;
const SECTOR_BYTES = 512;
const NEWLINE = 10;
const LOOK_AGAIN_MS = 100;
/** What a start reads. */
const READ_AT_START = /^(log-.*\.db|snapshot-.*\.jsonl|change\.json)$/;

function damaging(damage: (dir: string, dice: Prng) => void): Strike {
  return (arena, { forMs }, order, dice) => {
    const [node] = order;
    if (node === undefined || order.length < NODES_MIN || arena.damaged !== undefined) {
      return undefined;
    }
    arena.damaged = node;
    const work = async (): Promise<void> => {
      const undo = await node.holdDown();
      const notes = arena.notes(node.id);
      archiveSegments(notes, arena.archive);
      damage(notes.dir, dice);
      beginNotes(notes);
      await arena.lasts(forMs);
      undo();
      await untilItCounts(arena, node);
      arena.damaged = undefined;
    };
    return { impaired: [node], over: work() };
  };
}

async function untilItCounts(arena: Arena, node: ChaosNode): Promise<void> {
  while (!arena.isClosed() && !(await arena.counts(node))) await pause(LOOK_AGAIN_MS);
}

function pickFile(dir: string, dice: Prng): string | undefined {
  const names = fs.existsSync(dir) ? fs.readdirSync(dir).filter((n) => READ_AT_START.test(n)) : [];
  return names.length === 0 ? undefined : join(dir, dice.pick(names.sort()));
}

/** As a new file: what is archived of the old one must stay as it is. */
function rewrite(path: string, bytes: Uint8Array): void {
  fs.writeFileSync(`${path}.new`, bytes);
  fs.renameSync(`${path}.new`, path);
}

export const bitFlip = damaging((dir, dice) => {
  const path = pickFile(dir, dice);
  if (path === undefined) return;
  const bytes = fs.readFileSync(path);
  const at = dice.int(0, bytes.length - 1);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.int(0, 7));
  rewrite(path, bytes);
});

/** Of those before the last line. */
export const zeroSector = damaging((dir, dice) => {
  const path = pickFile(dir, dice);
  if (path === undefined) return;
  const bytes = fs.readFileSync(path);
  const sectors = Math.floor(bytes.lastIndexOf(NEWLINE, -2) / SECTOR_BYTES);
  if (sectors < 1) return;
  const at = dice.int(0, sectors - 1) * SECTOR_BYTES;
  bytes.fill(0, at, at + SECTOR_BYTES);
  rewrite(path, bytes);
});

/** As if it had died while it wrote one more line. */
export const tornTail = damaging((dir, dice) => {
  const segment = newestSegment(dir);
  const bytes = segment === undefined ? undefined : fs.readFileSync(segment.path);
  if (segment === undefined || bytes?.at(-1) !== NEWLINE) return;
  const line = bytes.subarray(bytes.lastIndexOf(NEWLINE, -2) + 1, -1);
  const torn = line.subarray(0, dice.int(1, line.length - 1));
  rewrite(segment.path, Buffer.concat([bytes, torn]));
});

export const deleteData = damaging((dir) => fs.rmSync(dir, { recursive: true, force: true }));
