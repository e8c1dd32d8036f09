/**
 * What GET /metrics says, in the text format of Prometheus: the facts of a node or gateway, read
 * when they are asked for, its calls, and how its process fares. Each server has a registry of its
 * own; the library's global one is never used.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Interceptor } from "@connectrpc/connect";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { MetricSource } from "./metric-source.js";
import { createCallMetrics } from "./metrics-calls.js";

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Measures the calls that pass through it. */
  readonly interceptor: Interceptor;
}

/** How finely the delay of the event loop is measured. */
const LAG_PRECISION_MS = 20;

export function createMetrics(sources: readonly MetricSource[]): Metrics {
  const registry = new Registry();
  for (const source of sources) register(registry, source);
  const interceptor = createCallMetrics(registry);
  let measuring: Promise<void> | undefined;

  /** The process is watched from the first question on: nobody pays for what nobody reads. */
  async function measureProcess(): Promise<void> {
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PRECISION_MS });
    // So that the first answer has a delay to tell.
    await pause(2 * LAG_PRECISION_MS);
  }

  return {
    contentType: registry.contentType,
    async text() {
      measuring ??= measureProcess();
      await measuring;
      return registry.metrics();
    },
    interceptor,
  };
}

function register(registry: Registry, { type, read, ...source }: MetricSource): void {
  const config = {
    name: source.name,
    help: source.help,
    labelNames: [...(source.labelNames ?? [])],
    registers: [registry],
  };
  const readings = () => {
    const now = read();
    return typeof now === "number" ? [{ labels: {}, value: now }] : now;
  };
  if (type === "gauge") {
    new Gauge({
      ...config,
      collect() {
        this.reset();
        for (const { labels, value } of readings()) this.set(labels, value);
      },
    });
    return;
  }
  new Counter({
    ...config,
    collect() {
      this.reset();
      for (const { labels, value } of readings()) this.inc(labels, value);
    },
  });
}
