/**
 * The two ways in which a data directory is refused. Both end the start of a node with a sentence
 * for a person; neither is ever worked around by skipping what cannot be read.
 */
import { dirname } from "node:path";
import { formatZxid, type Zxid } from "../zab/zxid.js";

/**
 * The directory is sound, but it is not for us: another cluster, another node, in use, not empty.
 */
export class StorageRefused extends Error {
  override readonly name = "StorageRefused";
}

/** Something on the disk is not what was written, and it may have been confirmed to others. */
export class StorageDamage extends Error {
  override readonly name = "StorageDamage";
  readonly file: string;
  /** Counted from 1; undefined if the damage is not in one line, e.g. a file that is missing. */
  readonly line: number | undefined;
  /** The damaged entry if its zxid can still be told, else the last sound one before it. */
  readonly zxid: Zxid;

  constructor(file: string, line: number | undefined, zxid: Zxid, what: string) {
    const place = line === undefined ? file : `${file}, line ${line}`;
    super(
      `${place} (at zxid ${formatZxid(zxid)}): ${what} It is damaged and was left as it is. ` +
        `To go on, stop this node, move ${dirname(file)} away and start the node again: it ` +
        "catches up from the others before it counts. Do so only while a majority is healthy.",
    );
    this.file = file;
    this.line = line;
    this.zxid = zxid;
  }
}
