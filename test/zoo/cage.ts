/**
 * What runs inside a worker thread: seeds of the simulator until the first violation.
 * cage-bundle.ts makes one file of this and of everything it runs, with the mutant in it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { runSeed } from "../sim/run-case.js";
import type { CageOrder, CageWord } from "./cage-word.js";

function say(word: CageWord): void {
  parentPort?.postMessage(word);
}

function run({ seeds, limitMs }: CageOrder): void {
  const startedAtMs = performance.now();
  for (const seed of seeds) {
    if (performance.now() - startedAtMs > limitMs) break;
    say({ kind: "begun", seed });
    const { violation } = runSeed(seed);
    if (violation === undefined) continue;
    say({ kind: "killed", seed, ...violation });
    return;
  }
  say({ kind: "survived" });
}

run(workerData);
