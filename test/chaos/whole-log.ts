/**
 * The whole log of a cluster, put together from the segments that its nodes wrote and, most of
 * them, dropped again. The chain value in a segment's header says exactly what came before it, so
 * from the end backwards there is one way only, whatever else lies in the archive.
 */
import fs from "node:fs";
import { join } from "node:path";
import { decodeTransaction } from "../../game/transaction.js";
import { formatZxid } from "../../game/zxid.js";
import { chainCrc } from "../../nodes/store/chain.js";
import { decodeLine } from "../../nodes/store/log-document.js";
import type { Entry } from "../../nodes/zab/entry.js";
import type { LoggedTransaction } from "../cluster/log-files.testing.js";
import { isSegment } from "./segment-files.js";

interface Place {
  readonly zxid: bigint;
  readonly crc: number;
}

interface Segment {
  readonly path: string;
  /** What it goes on from. */
  readonly base: Place;
}

/** Everything from the first transaction on that the node's log holds or rests on. */
export function readWholeLog(dir: string, archive: string): readonly LoggedTransaction[] {
  const own = fs.readdirSync(dir).filter(isSegment).sort();
  const segments = own.flatMap((name) => readHeader(join(dir, name)) ?? []);
  const dropped = fs.readdirSync(archive).flatMap((name) => readHeader(join(archive, name)) ?? []);
  const last = segments.at(-1);
  if (last === undefined) throw new Error(`${dir} holds no log`);
  const newestFirst = [...segments, ...dropped].sort((a, b) =>
    a.base.zxid < b.base.zxid ? 1 : -1,
  );
  const parts: (readonly Entry[])[] = [readEntries(last)];
  let place = last.base;
  while (place.zxid > 0n) {
    const part = partBefore(newestFirst, place);
    if (part === undefined) {
      throw new Error(`no segment that was ever written ends at ${formatZxid(place.zxid)}`);
    }
    parts.push(part.entries);
    place = part.base;
  }
  return parts
    .reverse()
    .flat()
    .map(({ text }) => loggedTransaction(text));
}

/** The entries up to and including that place, out of one segment. */
function partBefore(
  newestFirst: readonly Segment[],
  place: Place,
): { readonly base: Place; readonly entries: readonly Entry[] } | undefined {
  for (const segment of newestFirst) {
    const { base } = segment;
    if (base.zxid >= place.zxid) continue;
    const entries = readEntries(segment);
    const end = entries.findIndex(({ zxid, crc }) => zxid === place.zxid && crc === place.crc);
    if (end !== -1) return { base, entries: entries.slice(0, end + 1) };
  }
  return undefined;
}

function readHeader(path: string): Segment | undefined {
  const line = fs.readFileSync(path, "utf8").split("\n", 1)[0] ?? "";
  const decoded = decodeLine(line);
  if (decoded.kind !== "header") return undefined;
  const { base: zxid, baseCrc: crc } = decoded.header;
  return { path, base: { zxid, crc } };
}

/** As far as each follows from the one before: damaged files are in the archive, too. */
function readEntries({ path, base }: Segment): readonly Entry[] {
  const entries: Entry[] = [];
  let { crc } = base;
  for (const line of fs.readFileSync(path, "utf8").split("\n")) {
    const decoded = decodeLine(line);
    if (decoded.kind !== "entry") continue;
    const { entry } = decoded;
    if (chainCrc(entry.text, crc) !== entry.crc) break;
    crc = entry.crc;
    entries.push(entry);
  }
  return entries;
}

/** The text is as `zabble log --json` prints it. */
function loggedTransaction(text: string): LoggedTransaction {
  const { zxid, time, requestId, events } = decodeTransaction(text);
  const printed = { zxid: formatZxid(zxid), time, requestId, events, committed: true };
  return { zxid, requestId, text: JSON.stringify(printed) };
}
