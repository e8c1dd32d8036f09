// Proves that quantiles are right to two percent, at both ends too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLatencies } from "./latencies.js";

function isNear(actual: number | undefined, wanted: number): void {
  assert.ok(actual !== undefined && Math.abs(actual / wanted - 1) <= 0.021, `${actual}: ${wanted}`);
}

test("the median and p99 of a thousand times", () => {
  const latencies = createLatencies();
  for (let ms = 1; ms <= 1000; ms++) latencies.add(ms);
  isNear(latencies.quantileMs(0.5), 500);
  isNear(latencies.quantileMs(0.99), 990);
  isNear(latencies.quantileMs(1), 1000);
});

test("one time is every quantile; none is none", () => {
  const latencies = createLatencies();
  assert.equal(latencies.quantileMs(0.5), undefined);
  latencies.add(3.3);
  isNear(latencies.quantileMs(0), 3.3);
  isNear(latencies.quantileMs(0.99), 3.3);
});

test("nothing is too short or too long", () => {
  const latencies = createLatencies();
  latencies.add(0);
  isNear(latencies.quantileMs(0.5), 0.01);
  latencies.add(1e12);
  const longestMs = latencies.quantileMs(1);
  assert.ok(longestMs !== undefined && longestMs > 3_600_000);
});
