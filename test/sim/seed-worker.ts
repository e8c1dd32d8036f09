/** What runs in a worker thread of `npm run sim`: the seeds that it is told, one after another. */
import { parentPort } from "node:worker_threads";
import { runCase, type SeedResult } from "./run-case.js";
import type { SeedOrder, SeedWord } from "./seed-order.js";
import { drawCase } from "./sim-case.js";

function say(word: SeedWord): void {
  parentPort?.postMessage(word);
}

function runOnce(seed: number, { profile, nodes }: SeedOrder): SeedResult {
  return runCase(drawCase(seed, profile, nodes));
}

parentPort?.on("message", (order: SeedOrder) => {
  for (const seed of order.seeds) {
    say({ kind: "begun", seed });
    const result = runOnce(seed, order);
    const repeated = seed % order.repeatEvery === 0;
    if (!repeated || result.violation !== undefined) {
      say({ kind: "ran", result, repeated: false });
      continue;
    }
    const { fingerprint } = runOnce(seed, order);
    const what = `two runs differ: ${result.fingerprint} and ${fingerprint}`;
    const violation =
      fingerprint === result.fingerprint ? undefined : { invariant: "Repeatability", what };
    say({ kind: "ran", result: { ...result, violation }, repeated });
  }
  say({ kind: "idle" });
});
