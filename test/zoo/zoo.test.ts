// Proves that the simulator notices every bug of the zoo that it can, within few seeds, and only
// where it is: a seed that kills a mutant passes on the true code. Also that a mutant that no
// longer fits the code is reported, so that the zoo cannot fall behind unseen.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ROOT } from "../sim/worker-bundle.js";
import { bundleCage } from "./cage-bundle.js";
import { MUTANTS } from "./catalogue.js";
import { hunt } from "./hunt.js";
import { readKnownSeeds } from "./known-seeds.js";
import { patch, StaleMutant } from "./mutant.js";
import { passes } from "./trials.js";
import { cheapestFirst, seedsOf } from "./zoo-seeds.js";

/** Drawn, and those tried in which the bug can show, when the known seed no longer kills. */
const SEEDS_MAX = 2000;
const LIMIT_MS = 60_000;

const known = readKnownSeeds();
const trueCode = await bundleCage([]);

test("there are at least 40 mutants, each with a name of its own and a story", () => {
  assert.ok(MUTANTS.length >= 40);
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  for (const { name, bugs, what, edits } of MUTANTS) {
    assert.ok(bugs.length > 0 && edits.length > 0 && what.length > 60, name);
  }
});

test("every bug that the reference wants as a mutant is here", () => {
  const shown = new Set(MUTANTS.flatMap(({ bugs }) => bugs));
  const wanted = ["B1", "B3", "B5", "B6", "B8", "B9", "B10", "B11", "B16", "B17", "B27", "B36"];
  assert.deepEqual(
    wanted.filter((bug) => !shown.has(bug)),
    [],
  );
});

test("no seed is kept for a mutant that is gone", () => {
  const names = new Set(MUTANTS.map(({ name }) => name));
  assert.deepEqual(
    [...known.keys()].filter((name) => !names.has(name)),
    [],
  );
});

test("an edit that fits nowhere, or twice, is stale", async () => {
  const edit = { file: "nodes/zab/zxid.ts", find: "b", put: "c" };
  assert.equal(patch(edit.file, "abc $&", [edit]), "acc $&");
  assert.throws(() => patch(edit.file, "a", [edit]), StaleMutant);
  assert.throws(() => patch(edit.file, "bb", [edit]), StaleMutant);
  await assert.rejects(bundleCage([{ ...edit, find: "no such text" }]), StaleMutant);
  await assert.rejects(bundleCage([{ ...edit, file: "tui/zabble.ts" }]), StaleMutant);
  const unparsed = {
    ...edit,
    find: "export const ZXID_ZERO",
    put: "export export const ZXID_ZERO",
  };
  await assert.rejects(bundleCage([unparsed]), StaleMutant);
});

test("a seed that does not end, or eats all memory, is noticed", async () => {
  const edit = { file: "test/zoo/cage.ts", find: "const { violation }" };
  const order = { seeds: [7], limitMs: LIMIT_MS };
  const greedy = "const all = [];\n    for (;;) all.push(new Array(1000).fill(seed));\n    ";
  const memory = await bundleCage([{ ...edit, put: `${greedy}${edit.find}` }]);
  assert.equal((await hunt(memory, order)).kill?.invariant, "Memory");
  const circle = await bundleCage([{ ...edit, put: `for (;;);\n    ${edit.find}` }]);
  const { kill } = await hunt(circle, { ...order, seedLimitMs: 200 });
  assert.deepEqual([kill?.invariant, kill?.seed], ["Hang", 7]);
});

test("the mutants that tests are to kill fit the code", async () => {
  for (const { edits } of MUTANTS.filter(({ tests }) => tests !== undefined)) {
    for (const edit of edits)
      patch(edit.file, await readFile(join(ROOT, edit.file), "utf8"), [edit]);
  }
});

describe("the simulator kills", { concurrency: 2 }, () => {
  for (const mutant of MUTANTS.filter(({ tests }) => tests === undefined)) {
    const { name, what, edits } = mutant;
    test(name, async (t) => {
      const bundle = await bundleCage(edits);
      const first = known.get(name);
      let found = await hunt(bundle, {
        seeds: first === undefined ? [] : [first],
        limitMs: LIMIT_MS,
      });
      if (found.kill === undefined) {
        const seeds = cheapestFirst(seedsOf(mutant, 0, SEEDS_MAX));
        found = await hunt(bundle, { seeds, limitMs: LIMIT_MS });
      }
      const { kill, seeds: tried } = found;
      assert.ok(kill, `${tried} seeds saw nothing wrong. ${what}`);
      const words = kill.what.split("\n")[0];
      t.diagnostic(`seed ${kill.seed} (${tried} tried): ${kill.invariant}: ${words}`);
      assert.ok(await passes(trueCode, kill.seed), `the true code fails, too: seed ${kill.seed}`);
    });
  }
});
