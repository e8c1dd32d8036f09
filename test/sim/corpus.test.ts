// Proves that what once broke an invariant does so no more: each file in corpus/ is a case that the
// simulator found and made small, with the story of what was wrong then.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { runCase } from "./run-case.js";
import { readStoredCase } from "./stored-case.js";

const CORPUS = new URL("corpus/", import.meta.url);

for (const file of readdirSync(CORPUS)) {
  const { what, breaks, case: simCase } = readStoredCase(fileURLToPath(new URL(file, CORPUS)));
  test(`${breaks}: ${what}`, () => {
    const { violation } = runCase(simCase, () => {});
    const again = `npm run sim -- --case=test/sim/corpus/${file} --trace`;
    assert.equal(violation, undefined, `${violation?.what}\nrepeat it with: ${again}`);
  });
}
