/**
 * Cases as JSON files. A case outlives the simulator that found it: knobs that it does not know yet
 * are read as calm, and what the simulator no longer knows is refused with its name.
 */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { CALM_PROFILE } from "./calm-profile.js";
import { FAULTS } from "./fault-plan.js";
import type { SeedProfile } from "./profile.js";
import type { SimCase } from "./sim-case.js";

/** What a file says beside the case itself. */
export interface StoredCase {
  /** The story, in a sentence or two. */
  readonly what: string;
  /** The invariant that it broke once. */
  readonly breaks: string;
  readonly case: SimCase;
}

const PlannedFaultSchema = z.strictObject({
  kind: z.enum(FAULTS),
  atMs: z.number().nonnegative(),
  forMs: z.number().nonnegative(),
  nodes: z.array(z.int().nonnegative()),
  leader: z.boolean(),
  dice: z.int().nonnegative(),
});

const StoredCaseSchema = z.strictObject({
  what: z.string(),
  breaks: z.string(),
  case: z.strictObject({
    seed: z.int().nonnegative(),
    profile: z.record(z.string(), z.unknown()),
    plan: z.array(PlannedFaultSchema),
  }),
});

/** Throws with the name of whatever is wrong in the text. */
export function parseStoredCase(text: string): StoredCase {
  const stored = StoredCaseSchema.parse(JSON.parse(text));
  const { seed, plan, profile } = stored.case;
  return { ...stored, case: { seed, plan, profile: completed(profile) } };
}

export function readStoredCase(path: string): StoredCase {
  try {
    return parseStoredCase(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof z.ZodError) throw new Error(`${path}: ${z.prettifyError(error)}`);
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

export function storedCaseText(stored: StoredCase): string {
  return `${JSON.stringify(stored, undefined, 2)}\n`;
}

function completed(profile: Readonly<Record<string, unknown>>): SeedProfile {
  const whole = filled("profile", profile, CALM_PROFILE);
  return whole as unknown as SeedProfile;
}

/** `given` with what is missing taken from `calm`; every value must be of its calm value's type. */
function filled(path: string, given: unknown, calm: unknown): unknown {
  if (given === undefined) return calm;
  const sameKind = typeof given === typeof calm && Array.isArray(given) === Array.isArray(calm);
  if (!sameKind) throw new Error(`${path} must be like ${JSON.stringify(calm)}`);
  if (typeof calm !== "object" || calm === null || Array.isArray(calm)) return given;
  const known = Object.entries(calm);
  for (const name of Object.keys(given as object)) {
    if (!(name in calm)) throw new Error(`${path}.${name} is no knob of this simulator`);
  }
  const values: Readonly<Record<string, unknown>> = { ...(given as object) };
  return Object.fromEntries(
    known.map(([name, value]) => [name, filled(`${path}.${name}`, values[name], value)]),
  );
}
