// Proves that nothing is lost and nobody is stuck whatever process dies, and whatever link breaks,
// at any event of several runs: an election, each way of bringing a node up to date, broadcast,
// changes of leadership, the return of a wiped node. SWEEP repeats one run and prints its trace,
// PAIRS_ONE_IN=1 tries all pairs of a fault and a later crash (it takes long).
import assert from "node:assert/strict";
import test from "node:test";
import { runSweep, type Sweep } from "./crash-sweep.testing.js";
import { type Fault, faultWords, readFault } from "./crash-sweep-fault.testing.js";
import { faultsOf, pairsOf, SWEEPS } from "./crash-sweep-list.testing.js";

const PAIRS_ONE_IN = Number(process.env.PAIRS_ONE_IN ?? 401);

function runAll(sweep: Sweep, faultLists: Iterable<readonly Fault[]>): string {
  let runs = 0;
  let slowest = 0;
  for (const faults of faultLists) {
    const { wrong, restTicks } = runSweep(sweep, faults);
    runs++;
    slowest = Math.max(slowest, restTicks);
    if (wrong === undefined) continue;
    const name = `${sweep.name}: ${faults.map(faultWords).join(", ")}`;
    const again = `SWEEP='${name}' node --import tsx --test nodes/zab/crash-sweep.test.ts`;
    const { trace } = runSweep(sweep, faults, { trace: true });
    assert.fail(`${wrong}\n${trace.join("\n")}\nrepeat with: ${again}`);
  }
  assert.ok(runs > 0);
  return `${runs} runs, at rest after at most ${slowest} ticks`;
}

const only = process.env.SWEEP;

if (only !== undefined) {
  test(only, (t) => {
    const [name, faults = ""] = only.split(": ");
    const sweep = SWEEPS.find((one) => one.name === name);
    assert.ok(sweep !== undefined, `no sweep ${name}`);
    const { wrong, trace } = runSweep(sweep, faults.split(", ").map(readFault), { trace: true });
    for (const line of trace) t.diagnostic(line);
    assert.equal(wrong, undefined);
  });
} else {
  for (const sweep of SWEEPS) {
    test(`nothing is lost by a fault at any event of: ${sweep.name}`, (t) => {
      t.diagnostic(runAll(sweep, faultsOf(sweep)));
    });
    test(`nothing is lost by a fault and a later crash in: ${sweep.name}`, (t) => {
      t.diagnostic(runAll(sweep, pairsOf(sweep, PAIRS_ONE_IN)));
    });
  }
}
