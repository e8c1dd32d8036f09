/**
 * Every damaged place of a data directory, and what the next start will do about it. Reads only,
 * and takes no lock: while a node runs, what is found once may be a file that was being changed.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ZXID_ZERO } from "../zab/zxid.js";
import { type Examination, examineLog } from "./examination.js";
import { isClosed } from "./hole.js";
import { ARCHIVE_DIRECTORY, isMissing, listDirectory, type SegmentFile } from "./layout.js";
import { readChange } from "./log-change.js";
import type { Identity } from "./log-document.js";
import { checkLink, readOwnHeader } from "./segment-chain.js";
import { readContent, type SegmentContent } from "./segment-content.js";
import { StorageDamage } from "./storage-damage.js";

/**
 * What a start does: "repair", fetch what is missing from the others; "restore", take it from the
 * files beside; "aside", set it aside, for nothing needs it; "anew", set all aside and begin
 * without a vote, or refuse if there are no others; "none", nothing, it is not read.
 */
export type Remedy = "repair" | "restore" | "aside" | "anew" | "none";

export interface Finding {
  readonly damage: StorageDamage;
  readonly remedy: Remedy;
}

/** Throws StorageRefused if the directory holds files of different owners. */
export async function findDamage(dir: string): Promise<Finding[]> {
  const archived = await archivedDamage(dir);
  const { segments, snapshots } = await listDirectory(dir);
  const findings: Finding[] = archived.map((damage) => ({ damage, remedy: "none" }));
  try {
    await readChange(dir);
  } catch (error) {
    if (error instanceof StorageDamage) findings.push({ damage: error, remedy: "anew" });
    else if (!isMissing(error)) throw error;
  }
  if (segments.length > 0) {
    findings.push(...findingsOf(await examineLog(dir, await ownerOf(segments))));
  } else if (snapshots.length > 0) {
    const what = "The log is missing.";
    const damage = new StorageDamage(join(dir, "log-*.db"), undefined, ZXID_ZERO, what);
    findings.push({ damage, remedy: "anew" });
  }
  return findings;
}

function findingsOf({ doubts, lost, damaged, badSnapshots }: Examination): Finding[] {
  const findings: Finding[] = [];
  const add = (remedy: Remedy, damage: readonly StorageDamage[]) => {
    for (const one of damage) findings.push({ damage: one, remedy });
  };
  for (const { damage } of lost) add("aside", damage);
  for (const { damage, holes } of damaged) {
    const isHere = holes.every((hole) => isClosed(hole, hole.before));
    add(isHere ? "restore" : "repair", damage);
  }
  add("anew", doubts);
  for (const { damage } of badSnapshots) add("aside", [damage]);
  // One doubt is enough: then the rest goes with it.
  if (doubts.length === 0) return findings;
  return findings.map(({ damage }) => ({ damage, remedy: "anew" }));
}

/** Nobody can say whose a log is of which no header is left; nobody's then. */
async function ownerOf(segments: readonly SegmentFile[]): Promise<Identity> {
  for (const segment of segments) {
    const header = await readOwnHeader(segment);
    if (header !== undefined) return header.identity;
  }
  return { clusterId: "", nodeId: "", membershipHash: "" };
}

async function archivedDamage(dir: string): Promise<StorageDamage[]> {
  const damage: StorageDamage[] = [];
  let before: SegmentContent | undefined;
  for (const segment of (await listDirectory(join(dir, ARCHIVE_DIRECTORY))).segments) {
    const read = readContent(await readFile(segment.path), segment, false);
    const { content } = read;
    const wrong = content && before && checkLink(segment, before, content.header);
    for (const one of [wrong, read.damage]) if (one !== undefined) damage.push(one);
    before = read.damage === undefined ? content : undefined;
  }
  return damage;
}
