/**
 * A process that writes until its disk is full, for full-disk.test.ts: prints `durable N` for each
 * entry reported durable, then `failed WHY` and ends. Its argument is the data directory.
 */
import type { Entry } from "../zab/entry.js";
import { append, chain, drive, optionsFor, range } from "./store.testing.js";

const [, , dir = ""] = process.argv;
const fail = (why: string): void => {
  console.log(`failed ${why}`);
};
const { storage, put } = await drive(optionsFor(dir, { fail, segmentEntries: 1_000_000 }));
let last: Entry | undefined = storage.recovered.entries.at(-1);
for (let counter = 0; counter < 10_000; counter++) {
  const [entry] = chain(range(1, counter, counter), last, "x".repeat(1500));
  if (entry === undefined) break;
  last = entry;
  await put(append([entry]));
  console.log(`durable ${counter}`);
}
