// Proves that all checkers together are content with right histories, at the strictest pace, and
// that the table of invariants leaves none of them out.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { runSeed } from "./run-case.js";

for (const seed of [16, 32, 48]) {
  test(`all checkers are content with seed ${seed}, whole states compared each time`, () => {
    assert.equal(runSeed(seed).violation, undefined);
  });
}

const FOLDER = new URL("./checkers/", import.meta.url);

test("every checker is in the table and is asked", () => {
  const table = readFileSync(new URL("README.md", FOLDER), "utf8");
  const judges = readFileSync(new URL("./judges.ts", import.meta.url), "utf8");
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));
  const checkers = files.filter((name) => {
    return /^export function \w+\([^)]*\): Checker \{/m.test(
      readFileSync(new URL(name, FOLDER), "utf8"),
    );
  });
  assert.ok(checkers.length > 25, `only ${checkers.length} checkers were found`);
  for (const name of checkers) {
    if (name === "delivered-before.ts") continue;
    assert.ok(table.includes(`\`${name}\``), `${name} is not in the table`);
    assert.ok(judges.includes(name.replace(/\.ts$/, ".js")), `${name} is never asked`);
  }
});
