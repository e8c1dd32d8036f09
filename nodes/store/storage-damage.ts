/**
 * The ways in which a data directory is not what it should be. Nothing here is ever worked around
 * by skipping what cannot be read.
 */
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
  /** The message without the place. */
  readonly what: string;

  constructor(file: string, line: number | undefined, zxid: Zxid, what: string) {
    const place = line === undefined ? file : `${file}, line ${line}`;
    super(`${place} (at zxid ${formatZxid(zxid)}): ${what}`);
    this.file = file;
    this.line = line;
    this.zxid = zxid;
    this.what = what;
  }
}

/** The log is damaged, and no other node can help: nothing was changed, a person must decide. */
export class LastCopy extends Error {
  override readonly name = "LastCopy";

  constructor(dir: string, damage: readonly StorageDamage[]) {
    const places = damage.map(({ message }) => message).join("\n");
    super(
      `The data is damaged, and no other node of this cluster can replace it:\n${places}\n` +
        "Nothing was changed. Bring back these files from a copy of yours if there is one. " +
        `What is still readable is printed by "zabble log". To begin without any of it, move ` +
        `${dir} away: then everything in it is lost to the cluster.`,
    );
  }
}
