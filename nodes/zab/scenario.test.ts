// Proves that the core does, message by message, what testdata/*.txt says. Run with REWRITE=1 to
// write the traces anew, and commit a difference only when it is understood.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import test from "node:test";
import { runScenario } from "./scenario.testing.js";

const FOLDER = new URL("./testdata/", import.meta.url);
const names = readdirSync(FOLDER).filter((name) => name.endsWith(".txt"));

test("there are scenarios to run", () => assert.ok(names.length > 0));

for (const name of names) {
  test(`scenario ${name.replace(".txt", "").replaceAll("-", " ")}`, () => {
    const file = new URL(name, FOLDER);
    const text = readFileSync(file, "utf8");
    const now = runScenario(text);
    if (process.env.REWRITE === "1") writeFileSync(file, now);
    else assert.equal(now, text);
  });
}
