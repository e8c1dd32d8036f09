/**
 * Segments in their order: each must be ours and begin exactly where the one before it ends. A file
 * that comes from elsewhere is found here.
 */
import { formatZxid } from "../zab/zxid.js";
import type { SegmentFile } from "./layout.js";
import { decodeLine, FORMAT_VERSION, type Identity, type SegmentHeader } from "./log-document.js";
import { readLines } from "./read-lines.js";
import type { SegmentContent } from "./segment-content.js";
import { StorageDamage, StorageRefused } from "./storage-damage.js";

/** The segment's own header; undefined if it cannot be read or is of another file. */
export async function readOwnHeader(segment: SegmentFile): Promise<SegmentHeader | undefined> {
  for await (const [line] of readLines(segment.path)) {
    const decoded = decodeLine(line ?? "");
    const isOwn = decoded.kind === "header" && decoded.header.base === segment.base;
    return isOwn ? decoded.header : undefined;
  }
  return undefined;
}

/** Throws StorageRefused if the segment is not ours. */
export function checkIdentity(segment: SegmentFile, header: SegmentHeader, own: Identity): void {
  const found = header.identity;
  const refuse = (what: string, todo: string) => {
    throw new StorageRefused(`${segment.path} ${what}. ${todo}`);
  };
  const elsewhere = "Give this node its own data directory, or correct its configuration.";
  if (header.format > FORMAT_VERSION) {
    refuse(
      `has format ${header.format}, and this program reads formats up to ${FORMAT_VERSION}`,
      "Use the version of the program that wrote it, or move the directory away.",
    );
  }
  if (found.clusterId !== own.clusterId) {
    refuse(`belongs to cluster "${found.clusterId}", not to "${own.clusterId}"`, elsewhere);
  }
  if (found.nodeId !== own.nodeId) {
    refuse(`belongs to node "${found.nodeId}", not to "${own.nodeId}"`, elsewhere);
  }
  if (found.membershipHash !== own.membershipHash) {
    refuse(
      "was written under another list of members",
      "Start with the configuration it was made with, or begin a new cluster elsewhere.",
    );
  }
}

/** What is wrong if the segment does not begin exactly where the one before it ends. */
export function checkLink(
  segment: SegmentFile,
  before: SegmentContent,
  header: SegmentHeader,
): StorageDamage | undefined {
  const isNext = before.end.zxid === header.base && before.end.crc === header.baseCrc;
  if (isNext && before.epochEnds.join() === header.epochEnds.join()) return undefined;
  const what =
    `The segment goes on after ${formatZxid(header.base)}, but the one before it ends at ` +
    `${formatZxid(before.end.zxid)}: entries are missing or differ.`;
  return new StorageDamage(segment.path, 1, before.end.zxid, what);
}
