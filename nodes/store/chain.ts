/** The chain value of a log entry; what makes "same zxid, other history" visible. */
import { crc32 } from "node:zlib";
import type { Zxid } from "../zab/zxid.js";

/** A place in the log. */
export interface LogPosition {
  readonly zxid: Zxid;
  /** Chain value there. */
  readonly crc: number;
}

/** crc32 of the entry's text (as UTF-8), seeded with the chain value of the entry before it. */
export function chainCrc(text: string, previous: number): number {
  return crc32(text, previous);
}
