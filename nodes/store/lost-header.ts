/**
 * The header of a segment that cannot be read any more, as far as it can be told with certainty.
 * The header of the last segment holds promises that stand nowhere else, so there it must also be
 * confirmed by what is left of the line: all of it but the crc, or the crc itself.
 */
import { ZXID_ZERO } from "../zab/zxid.js";
import type { SegmentFile } from "./layout.js";
import {
  documentOfRecord,
  FORMAT_VERSION,
  type Identity,
  lineOf,
  type SegmentHeader,
} from "./log-document.js";
import type { SegmentContent } from "./segment-content.js";

export interface FoundHeader {
  readonly header: SegmentHeader;
  /** Where the lines after it begin in the damaged file. */
  readonly bodyFrom: number;
}

/** The header of a log that begins with the first entry ever. */
export function firstHeader(
  identity: Identity,
  start: "initialized" | "blank" | "distrusted",
): SegmentHeader {
  const state = {
    acceptedEpoch: 0,
    promisedTo: "",
    initialized: start === "initialized",
    distrusted: start === "distrusted",
    commitHint: ZXID_ZERO,
  };
  const base = ZXID_ZERO;
  return { identity, format: FORMAT_VERSION, base, baseCrc: 0, epochEnds: [], state, reset: false };
}

/** `before`: the segment before this one if it is sound. Undefined if any doubt is left. */
export function findLostHeader(
  bytes: Buffer,
  segment: SegmentFile,
  before: SegmentContent | undefined,
  identity: Identity,
  isLast: boolean,
): FoundHeader | undefined {
  const possible = possibleHeaders(segment, before, identity);
  for (const header of possible) {
    const line = Buffer.from(lineOf(documentOfRecord({ kind: "header", header }, 0)));
    if (isConfirmed(bytes, line)) return { header, bodyFrom: line.length };
  }
  const [header] = possible;
  // Its state stands in the header of the next segment, too.
  if (isLast || header === undefined) return undefined;
  return { header, bodyFrom: bytes.indexOf(10) + 1 };
}

function possibleHeaders(
  segment: SegmentFile,
  before: SegmentContent | undefined,
  identity: Identity,
): SegmentHeader[] {
  const { base } = segment;
  if (base === ZXID_ZERO) {
    return [
      firstHeader(identity, "blank"),
      firstHeader(identity, "initialized"),
      firstHeader(identity, "distrusted"),
    ];
  }
  if (before?.end.zxid !== base) return [];
  const { end, epochEnds, state } = before;
  const format = FORMAT_VERSION;
  return [{ identity, format, base, baseCrc: end.crc, epochEnds, state, reset: false }];
}

/** Whether the file began with this line: two parts of it check each other, and one is whole. */
function isConfirmed(bytes: Buffer, line: Buffer): boolean {
  const crcAt = line.lastIndexOf(',"crc":');
  const isSame = (from: number, to: number) =>
    bytes.subarray(from, to).equals(line.subarray(from, to));
  return isSame(0, crcAt) || isSame(crcAt, line.length);
}
