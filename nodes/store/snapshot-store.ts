/**
 * Snapshot files: a header line, one chunk a line as a JSON string, and a footer line with the
 * count of chunks and a crc over everything before it. A file has its name only once it is whole
 * and synced. Written and read piece by piece, so that pings go on meanwhile.
 */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import type { SnapshotData } from "../zab/entry.js";
import { removeFile, replaceFile, syncDirectory } from "./durable-file.js";
import { type SnapshotFile, zxidFromHex, zxidToHex } from "./layout.js";
import { isUint32, isZxidHex, parseFields, readZxids } from "./log-document.js";
import { readLines } from "./read-lines.js";
import { StorageDamage } from "./storage-damage.js";

const SNAPSHOT_FORMAT = 1;

const PIECE_CHARACTERS = 128 * 1024;

/**
 * Writes the snapshot, durably, and reads it back. Throws StorageDamage if it does not read back.
 */
export async function writeSnapshot(
  path: string,
  clusterId: string,
  snapshot: SnapshotData,
): Promise<SnapshotFile> {
  await replaceFile(path, async (handle) => {
    let piece = "";
    let crc = 0;
    const put = async (fields: unknown) => {
      const line = `${JSON.stringify(fields)}\n`;
      crc = crc32(line, crc);
      piece += line;
      if (piece.length < PIECE_CHARACTERS) return;
      await handle.write(piece);
      piece = "";
    };
    await put({
      format: SNAPSHOT_FORMAT,
      clusterId,
      zxid: zxidToHex(snapshot.zxid),
      crc: snapshot.crc,
      epochEnds: snapshot.epochEnds.map(zxidToHex),
    });
    for (const chunk of snapshot.chunks) await put(chunk);
    await put({ chunks: snapshot.chunks.length, crc });
    await handle.write(piece);
  });
  const file = { zxid: snapshot.zxid, path };
  const readBack = await readSnapshot(file, clusterId);
  assert(readBack.crc === snapshot.crc, `${path} reads back as another snapshot`);
  return file;
}

/** Throws StorageDamage if any byte of it is not what was written. */
export async function readSnapshot(file: SnapshotFile, clusterId: string): Promise<SnapshotData> {
  const damage = (line: number, what: string) =>
    new StorageDamage(file.path, line, file.zxid, what);
  const chunks: string[] = [];
  let header: Omit<SnapshotData, "chunks"> | undefined;
  let line = 0;
  let crc = 0;
  let isWhole = false;
  for await (const texts of readLines(file.path)) {
    for (const text of texts) {
      line += 1;
      if (isWhole) throw damage(line, "Something follows the end of the snapshot.");
      const fields = parseFields(text);
      if (header === undefined) {
        header = readSnapshotHeader(fields, clusterId);
        if (header?.zxid !== file.zxid) throw damage(line, "The snapshot's header is bad.");
      } else if (fields !== undefined) {
        isWhole = fields.chunks === chunks.length && fields.crc === crc;
        if (!isWhole) throw damage(line, "The snapshot's crc or count of chunks is wrong.");
      } else {
        const chunk = parseString(text);
        if (chunk === undefined) throw damage(line, "A chunk of the snapshot cannot be read.");
        chunks.push(chunk);
      }
      crc = crc32(`${text}\n`, crc);
    }
  }
  if (header === undefined || !isWhole) throw damage(line, "The snapshot has no end.");
  return { ...header, chunks };
}

/** Removes all snapshots but `keep`, and makes that durable. */
export async function removeSnapshots(
  dir: string,
  files: readonly SnapshotFile[],
  keep: readonly SnapshotFile[],
): Promise<void> {
  const kept = new Set(keep.map((file) => file.path));
  for (const file of files) if (!kept.has(file.path)) await removeFile(file.path);
  await syncDirectory(dir);
}

function readSnapshotHeader(
  fields: Readonly<Record<string, unknown>> | undefined,
  clusterId: string,
): Omit<SnapshotData, "chunks"> | undefined {
  if (fields?.format !== SNAPSHOT_FORMAT || fields.clusterId !== clusterId) return undefined;
  const { zxid, crc } = fields;
  const epochEnds = readZxids(fields.epochEnds);
  if (!isZxidHex(zxid) || !isUint32(crc) || epochEnds === undefined) return undefined;
  return { zxid: zxidFromHex(zxid), crc, epochEnds };
}

function parseString(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
