// Proves the search against the definition: on thousands of tiny random histories, right ones and
// lies, with many outcomes unknown, its verdict is that of a checker that simply tries every order.
// Long histories are judged in not many more steps than they have operations.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isLinearizableByForce } from "./brute-force.js";
import { committed, guess, historyOf, open, READ, type Row, saw, target } from "./hand-written.js";
import { isAnswered, type Operation } from "./operation.js";
import { anyRightHistory, LIES, rightHistory } from "./random-history.js";
import { searchOrder } from "./search.js";

const STEPS_MAX = 100_000;
const TINY = { minLength: 2, maxLength: 6 };
const RUNS = 6000;
const LONG = 5000;

const lie = fc.tuple(fc.constantFrom(...Object.keys(LIES)), fc.nat(6), fc.nat(6));

function changed(
  history: readonly Operation[],
  lies: readonly (readonly [string, number, number])[],
): readonly Operation[] {
  return lies.reduce((told, [name, a, b]) => LIES[name]?.(told, a, b) ?? told, history);
}

test("what was really run is found right, in an order that explains every answer", () => {
  fc.assert(
    fc.property(anyRightHistory({ maxLength: 60 }), (history) => {
      const end = searchOrder(history, STEPS_MAX);
      assert.equal(end.kind, "found");
      if (end.kind !== "found") return;
      assert.equal(new Set(end.order).size, end.order.length);
      for (const operation of history.filter(isAnswered)) assert.ok(end.order.includes(operation));
      let newestSent = Number.NEGATIVE_INFINITY;
      for (const { invokedAtMs, returnedAtMs = Number.POSITIVE_INFINITY } of end.order) {
        newestSent = Math.max(newestSent, invokedAtMs);
        assert.ok(returnedAtMs >= newestSent, "one that had ended stands behind one sent later");
      }
    }),
    { numRuns: 500 },
  );
});

test("of right histories and of lies it says what trying every order says", (t) => {
  const verdicts = { found: 0, impossible: 0, gaveUp: 0 };
  fc.assert(
    fc.property(
      anyRightHistory(TINY),
      fc.array(lie, { minLength: 1, maxLength: 2 }),
      (right, lies) => {
        const history = changed(right, lies);
        const { kind } = searchOrder(history, STEPS_MAX);
        verdicts[kind]++;
        assert.equal(kind, isLinearizableByForce(history) ? "found" : "impossible");
      },
    ),
    { numRuns: RUNS },
  );
  t.diagnostic(`${verdicts.found} are right, ${verdicts.impossible} are wrong`);
  // With only one kind of history it would be easy to agree.
  assert.ok(verdicts.found > RUNS / 6 && verdicts.impossible > RUNS / 6);
});

test("every lie is sometimes found out, and sometimes true by luck", () => {
  for (const name of Object.keys(LIES)) {
    const places = fc.tuple(anyRightHistory(TINY), fc.nat(6), fc.nat(6));
    const kinds = fc.sample(places, { numRuns: 300, seed: 1 }).map(([right, a, b]) => {
      return searchOrder(changed(right, [[name, a, b]]), STEPS_MAX).kind;
    });
    assert.deepEqual([...new Set(kinds)].sort(), ["found", "impossible"], name);
  }
});

for (const mood of ["certain", "usual"] as const) {
  const many = rightHistory(mood, { minLength: LONG, maxLength: LONG });
  const [history = []] = fc.sample(many, { numRuns: 1, seed: 1 });

  test(`${LONG} operations, ${mood}, take about a step each`, () => {
    const end = searchOrder(history, STEPS_MAX);
    assert.equal(end.kind, "found");
    assert.ok(end.steps < LONG * 1.2, `${end.steps} steps`);
  });

  test(`a lie at the end of ${LONG} operations, ${mood}, is found in not many more`, () => {
    const reads = history.filter(
      ({ call, result }) => call.type === "read" && result !== undefined,
    );
    const last = reads.at(-1);
    assert.ok(last?.result?.type === "state");
    const { view } = last.result;
    const result = { ...last.result, view: { ...view, target: view.target + 50 } };
    const end = searchOrder(
      history.map((operation) => (operation === last ? { ...last, result } : operation)),
      STEPS_MAX,
    );
    assert.equal(end.kind, "impossible");
    assert.ok(end.steps < LONG * 10, `${end.steps} steps`);
    assert.ok(end.kind === "impossible" && end.deepest.placed > LONG / 2);
  });
}

test("a guess that a reader counted and was not shown is looked for, too", () => {
  const told = Array.from({ length: 250 }, (_, at): Row => {
    const result = committed(`1.${at < 10 ? at + 2 : at + 3}`, 1);
    return ["bob", 10 + at, 10.5 + at, guess(at % 100), result];
  });
  const shown = Array.from({ length: 200 }, (_, at) => `bob ${(at + 50) % 100}`);
  const view = { ...open(1, shown), guessCount: 251 };
  const seen: Row = ["carol", 300, 309, READ, saw("1.252", view)];
  const opened: Row = ["alice", 0, 9, target(50), committed("1.1", 1)];
  const lost: Row = ["dan", 10, undefined, guess(7)];
  assert.equal(searchOrder(historyOf([opened, lost, ...told, seen]), STEPS_MAX).kind, "found");
  assert.equal(searchOrder(historyOf([opened, ...told, seen]), STEPS_MAX).kind, "impossible");
});

test("a search that has used up its steps says so, and how far it came", () => {
  const [history = []] = fc.sample(rightHistory("certain", { minLength: 50, maxLength: 50 }), 1);
  const end = searchOrder(history, 10);
  assert.equal(end.kind, "gaveUp");
  assert.equal(end.steps, 10);
  assert.ok(end.kind === "gaveUp" && end.deepest.placed >= 10);
});
