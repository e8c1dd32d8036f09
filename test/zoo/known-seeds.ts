/**
 * A seed for each mutant that kills it at once, so that the test need not search. Whatever changes
 * the simulator's draws makes them worthless: `npm run zoo -- --record` writes them anew.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Verdict } from "./trials.js";

export const KNOWN_SEEDS_FILE = fileURLToPath(new URL("known-seeds.json", import.meta.url));

/** By the mutant's name. */
export function readKnownSeeds(): ReadonlyMap<string, number> {
  const json: unknown = JSON.parse(readFileSync(KNOWN_SEEDS_FILE, "utf8"));
  if (typeof json !== "object" || json === null) throw new Error(`${KNOWN_SEEDS_FILE}: no object`);
  const seeds = new Map<string, number>();
  for (const [name, seed] of Object.entries(json)) {
    if (!Number.isSafeInteger(seed)) throw new Error(`${KNOWN_SEEDS_FILE}: ${name} has no seed`);
    seeds.set(name, seed);
  }
  return seeds;
}

/** The quickest kill of each; a mutant that was not tried this time keeps the seed it had. */
export function knownSeedsText(verdicts: readonly Verdict[]): string {
  const seeds = new Map(readKnownSeeds());
  for (const { mutant, hunts } of verdicts) {
    const kills = hunts.filter(({ kill }) => kill !== undefined);
    const [quickest] = kills.sort((a, b) => a.seeds - b.seeds);
    if (quickest?.kill !== undefined) seeds.set(mutant.name, quickest.kill.seed);
  }
  return `${JSON.stringify(Object.fromEntries([...seeds].sort()), null, 2)}\n`;
}
