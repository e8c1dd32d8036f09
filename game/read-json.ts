/**
 * Reads values out of JSON that this program wrote itself: log entries and snapshots. Whatever does
 * not fit throws, because guessing at a fact would let the replicas part ways.
 */
import { InvariantError } from "./invariant-error.js";

const UINT32_MAX = 0xffff_ffff;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/** The last moment that a Date can show. */
const TIME_MAX = 8_640_000_000_000_000;

/** Half a character, which no UTF-8 holds: protobuf could not carry it on. */
const HALF = /\p{Surrogate}/u;

type Fields = Readonly<Record<string, unknown>>;

/** An object with exactly this many keys, so that none goes unread. */
export function fieldsOf(value: unknown, count: number): Fields {
  if (!isFields(value)) throw unreadable("an object", value);
  let found = 0;
  for (const _ in value) found += 1;
  if (found !== count) throw unreadable(`an object with ${count} keys`, value);
  return value;
}

export function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unreadable("a list", value);
  return value;
}

export function textOf(value: unknown): string {
  if (typeof value !== "string" || HALF.test(value)) throw unreadable("a text", value);
  return value;
}

export function uint32Of(value: unknown): number {
  if (!isWholeUpTo(value, UINT32_MAX)) throw unreadable("a uint32", value);
  return value;
}

/** Milliseconds since 1970. */
export function timeOf(value: unknown): number {
  if (!isWholeUpTo(value, TIME_MAX)) throw unreadable("a time in ms", value);
  return value;
}

/** A uint64 as the decimal string that JSON carries. */
export function uint64Of(value: unknown): bigint {
  const text = textOf(value);
  if (!/^\d{1,20}$/.test(text)) throw unreadable("a uint64", value);
  const number = BigInt(text);
  if (number > UINT64_MAX) throw unreadable("a uint64", value);
  return number;
}

export function unreadable(expected: string, found: unknown): InvariantError {
  return new InvariantError(`cannot read: expected ${expected}, found ${textFor(found)}`);
}

/** The beginning of its JSON text; what is nested too deeply for one is only named. */
function textFor(found: unknown): string {
  try {
    return (JSON.stringify(found) ?? typeof found).slice(0, 200);
  } catch (error) {
    if (error instanceof RangeError) return "something that is nested too deeply";
    throw error;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWholeUpTo(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= max;
}
