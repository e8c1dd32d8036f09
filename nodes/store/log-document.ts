/**
 * The documents of a log segment, one JSON line each, and their checksums. Pure translation: this
 * file knows no file, no order and no chain; segment-content.ts checks those.
 *
 * Ids that begin with "~" are the log's own records; all others are entries. A record carries the
 * crc of itself. An entry carries its chain value; the marker of an epoch also carries `sum`,
 * because its zxid cannot be told from the one before and the text is opaque here.
 */
import { crc32 } from "node:zlib";
import type { Entry, NodeId } from "../zab/entry.js";
import { counterOf, type Zxid } from "../zab/zxid.js";
import { zxidFromHex, zxidToHex } from "./layout.js";

/**
 * Raised when an older program would read a file wrongly. 2: `distrusted`, which a program that
 * does not know it would overlook; a file of format 1 was never distrusted.
 */
export const FORMAT_VERSION = 2;

/** What a node must not forget, whatever happens to the entries. */
export interface NodeState {
  readonly acceptedEpoch: number;
  readonly promisedTo: NodeId;
  readonly initialized: boolean;
  /** The log was begun anew because the one before was damaged, and no leader admitted it yet. */
  readonly distrusted: boolean;
  readonly commitHint: Zxid;
}

/** Whose log this is; a directory of another is refused. */
export interface Identity {
  readonly clusterId: string;
  readonly nodeId: NodeId;
  /** Names the voters; another membership must never count these promises. */
  readonly membershipHash: string;
}

/** The first document of a segment: all that has to be known without the segments before it. */
export interface SegmentHeader {
  readonly identity: Identity;
  readonly format: number;
  readonly base: Zxid;
  /** Chain value at `base`. */
  readonly baseCrc: number;
  /** The last zxid of each epoch up to and including `base`, oldest first. */
  readonly epochEnds: readonly Zxid[];
  readonly state: NodeState;
  /** True if the log begins here with the snapshot at `base`, which must then be there. */
  readonly reset: boolean;
}

export type LogRecord =
  | { readonly kind: "header"; readonly header: SegmentHeader }
  | { readonly kind: "promise"; readonly epoch: number; readonly to: NodeId }
  | { readonly kind: "initialize" }
  | { readonly kind: "commit"; readonly zxid: Zxid };

/** A document as NeDB and JSON see it; `_id` first, so that readers can tell it without parsing. */
export type Document = { readonly _id: string } & Readonly<Record<string, unknown>>;

export type Decoded =
  | LogRecord
  | { readonly kind: "entry"; readonly entry: Entry }
  /** Not JSON: what a torn write leaves, or damage. */
  | { readonly kind: "unreadable" }
  /** JSON, but not what was written: always damage. */
  | { readonly kind: "wrong"; readonly why: string };

const ZXID_HEX = /^[0-9a-f]{16}$/;

export function documentOfEntry(entry: Entry): Document {
  const _id = zxidToHex(entry.zxid);
  if (counterOf(entry.zxid) !== 0) return { _id, txn: entry.text, crc: entry.crc };
  return { _id, txn: entry.text, crc: entry.crc, sum: crc32(_id, entry.crc) };
}

/** `number` makes the id unique within the segment; the header takes none. */
export function documentOfRecord(record: LogRecord, number: number): Document {
  switch (record.kind) {
    case "header":
      return sealed({ _id: "~segment", ...headerFields(record.header) });
    case "promise":
      return sealed({ _id: `~promise-${number}`, epoch: record.epoch, to: record.to });
    case "initialize":
      return sealed({ _id: `~initialize-${number}` });
    case "commit":
      return sealed({ _id: `~commit-${number}`, zxid: zxidToHex(record.zxid) });
    default:
      return record satisfies never;
  }
}

export function lineOf(document: Document): string {
  return `${JSON.stringify(document)}\n`;
}

/** The document of one line (without its newline), its own checksum verified, its place not. */
export function decodeLine(line: string): Decoded {
  const fields = parseFields(line);
  if (fields === undefined) return { kind: "unreadable" };
  const id = fields._id;
  if (typeof id !== "string") return { kind: "wrong", why: "the document has no _id" };
  if (id.startsWith("~")) return decodeRecord(id, fields);
  const decoded = decodeEntry(id, fields);
  // A line of two halves may be JSON, too: of a field that is there twice the second counts.
  const isWhole =
    decoded.kind !== "entry" || JSON.stringify(documentOfEntry(decoded.entry)) === line;
  return isWhole ? decoded : { kind: "wrong", why: `the document of ${id} was not written so` };
}

export function stateFields(state: NodeState): Record<string, unknown> {
  return {
    acceptedEpoch: state.acceptedEpoch,
    promisedTo: state.promisedTo,
    initialized: state.initialized,
    distrusted: state.distrusted,
    commitHint: zxidToHex(state.commitHint),
  };
}

export function headerFields(header: SegmentHeader): Record<string, unknown> {
  return {
    format: header.format,
    ...header.identity,
    base: zxidToHex(header.base),
    baseCrc: header.baseCrc,
    epochEnds: header.epochEnds.map(zxidToHex),
    ...stateFields(header.state),
    reset: header.reset,
  };
}

/** The state in these fields, or undefined if it is not there whole. */
export function readState(fields: Readonly<Record<string, unknown>>): NodeState | undefined {
  const { acceptedEpoch, promisedTo, initialized, distrusted = false, commitHint } = fields;
  if (!isUint32(acceptedEpoch) || typeof promisedTo !== "string") return undefined;
  if (typeof initialized !== "boolean" || typeof distrusted !== "boolean") return undefined;
  if (!isZxidHex(commitHint)) return undefined;
  const hint = zxidFromHex(commitHint);
  return { acceptedEpoch, promisedTo, initialized, distrusted, commitHint: hint };
}

/** The header in these fields, or undefined if it is not there whole. */
export function readHeader(fields: Readonly<Record<string, unknown>>): SegmentHeader | undefined {
  const { format, clusterId, nodeId, membershipHash, base, baseCrc, reset } = fields;
  const epochEnds = readZxids(fields.epochEnds);
  const state = readState(fields);
  if (typeof clusterId !== "string" || typeof nodeId !== "string") return undefined;
  if (typeof membershipHash !== "string" || typeof format !== "number") return undefined;
  if (!isZxidHex(base) || !isUint32(baseCrc) || typeof reset !== "boolean") return undefined;
  if (epochEnds === undefined || state === undefined) return undefined;
  const identity = { clusterId, nodeId, membershipHash };
  return { identity, format, base: zxidFromHex(base), baseCrc, epochEnds, state, reset };
}

export function readZxids(value: unknown): Zxid[] | undefined {
  if (!Array.isArray(value) || !value.every(isZxidHex)) return undefined;
  return value.map(zxidFromHex);
}

export function isZxidHex(value: unknown): value is string {
  return typeof value === "string" && ZXID_HEX.test(value);
}

export function isUint32(value: unknown): value is number {
  return typeof value === "number" && value >>> 0 === value;
}

/** The object in a line of JSON, or undefined if there is none. */
export function parseFields(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isFields(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields with the crc of all of them as JSON text, in this order. */
export function sealed<T extends object>(fields: T): T & { readonly crc: number } {
  return { ...fields, crc: crc32(JSON.stringify(fields)) };
}

/** Whether `crc` is what `sealed` gave to the rest. */
export function isSealed(fields: Readonly<Record<string, unknown>>): boolean {
  const { crc, ...rest } = fields;
  try {
    return crc === crc32(JSON.stringify(rest));
  } catch (error) {
    // Nested too deeply: nothing that was ever written here.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function decodeEntry(id: string, fields: Readonly<Record<string, unknown>>): Decoded {
  const { txn, crc, sum } = fields;
  if (!ZXID_HEX.test(id)) return { kind: "wrong", why: `"${id}" is not a zxid` };
  if (typeof txn !== "string" || !isUint32(crc)) {
    return { kind: "wrong", why: `the document of ${id} is incomplete` };
  }
  const entry = { zxid: zxidFromHex(id), text: txn, crc };
  if (counterOf(entry.zxid) === 0 && sum !== crc32(id, crc)) {
    return { kind: "wrong", why: `the sum of the epoch marker ${id} is wrong` };
  }
  return { kind: "entry", entry };
}

function decodeRecord(id: string, fields: Readonly<Record<string, unknown>>): Decoded {
  if (!isSealed(fields)) return { kind: "wrong", why: `the crc of the record ${id} is wrong` };
  const kind = /^~[a-z]+/.exec(id)?.[0];
  if (kind === "~initialize") return { kind: "initialize" };
  if (kind === "~commit" && isZxidHex(fields.zxid)) {
    return { kind: "commit", zxid: zxidFromHex(fields.zxid) };
  }
  if (kind === "~promise" && isUint32(fields.epoch) && typeof fields.to === "string") {
    return { kind: "promise", epoch: fields.epoch, to: fields.to };
  }
  const header = kind === "~segment" ? readHeader(fields) : undefined;
  if (header !== undefined) return { kind: "header", header };
  return { kind: "wrong", why: `the record ${id} is of no known kind` };
}
