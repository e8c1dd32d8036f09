/**
 * Segments in their order: each must be ours and begin exactly where the one before it ends. A file
 * that is missing in the middle, or that comes from elsewhere, is found here.
 */
import { formatZxid } from "../zab/zxid.js";
import type { SegmentFile } from "./layout.js";
import { decodeLine, FORMAT_VERSION, type Identity, type SegmentHeader } from "./log-document.js";
import { readLines } from "./read-lines.js";
import type { SegmentContent } from "./segment-content.js";
import { readSegment } from "./segment-file.js";
import { StorageDamage, StorageRefused } from "./storage-damage.js";

/** Throws StorageRefused if the segment is not ours, and StorageDamage if it does not say whose. */
export async function checkOwner(segment: SegmentFile, identity: Identity): Promise<void> {
  for await (const [line] of readLines(segment.path)) {
    const decoded = decodeLine(line ?? "");
    if (decoded.kind !== "header") break;
    return checkIdentity(segment, decoded.header, identity);
  }
  throw new StorageDamage(segment.path, 1, segment.base, "The header is bad.");
}

/**
 * Checks every segment of a log and keeps what the last `kept` of them hold. Throws StorageDamage
 * or StorageRefused at the first doubt, also about segments that no start needs: people read them.
 */
export async function readChain(
  segments: readonly SegmentFile[],
  identity: Identity,
  kept: number,
): Promise<SegmentContent[]> {
  const contents: SegmentContent[] = [];
  let before: SegmentContent | undefined;
  for (const [index, segment] of segments.entries()) {
    const content = await readSegment(segment, index === segments.length - 1);
    checkIdentity(segment, content.header, identity);
    if (before !== undefined) checkLink(segment, before, content.header);
    if (index >= segments.length - kept) contents.push(content);
    before = content;
  }
  return contents;
}

function checkIdentity(segment: SegmentFile, header: SegmentHeader, own: Identity): void {
  const found = header.identity;
  const refuse = (what: string, todo: string) => {
    throw new StorageRefused(`${segment.path} ${what}. ${todo}`);
  };
  const elsewhere = "Give this node its own data directory, or correct its configuration.";
  if (header.format !== FORMAT_VERSION) {
    refuse(
      `has format ${header.format}, and this program reads format ${FORMAT_VERSION}`,
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

/** Throws StorageDamage unless the segment begins exactly where the one before it ends. */
export function checkLink(
  segment: SegmentFile,
  before: SegmentContent,
  header: SegmentHeader,
): void {
  const isNext = before.end.zxid === header.base && before.end.crc === header.baseCrc;
  if (isNext && before.epochEnds.join() === header.epochEnds.join()) return;
  const what =
    `The segment goes on after ${formatZxid(header.base)}, but the one before it ends at ` +
    `${formatZxid(before.end.zxid)}: entries are missing or differ.`;
  throw new StorageDamage(segment.path, 1, before.end.zxid, what);
}
