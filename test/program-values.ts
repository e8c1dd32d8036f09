/** What the programs among the tests take as values of their options. Throws as commander asks. */
import { closeSync, openSync } from "node:fs";
import { InvalidArgumentError } from "commander";

/** Digits only, from `low` to `high`, both possible. */
export function numberFrom(low: number, high = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const range = high === Number.MAX_SAFE_INTEGER ? `${low} or more` : `from ${low} to ${high}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It must be a whole number, ${range}.`);
  };
}

/**
 * The path of a file that can be written: it is there afterwards, and what it holds stays. Told
 * before the work, so that an hour of it is not lost on a directory that does not exist.
 */
export function writableFile(path: string): string {
  try {
    closeSync(openSync(path, "a"));
    return path;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidArgumentError(`It cannot be written: ${why}.`);
  }
}
