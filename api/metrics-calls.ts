/**
 * How many calls a server took, how long they took and how they ended, as an interceptor. Streams
 * are only counted as open and as ended: nothing is done for a message of one.
 */
import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { afterAnswer } from "./after-answer.js";

/** From an answer out of memory to a command that waits for an election. */
const BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

/** Requests that could not even be decoded never become calls and are not among them. */
export function createCallMetrics(registry: Registry): Interceptor {
  const registers = [registry];
  const duration = new Histogram({
    name: "zabble_rpc_duration_seconds",
    help: "Unary calls: from the decoded request to its outcome, by method and Connect code.",
    labelNames: ["service", "method", "code"],
    buckets: BUCKETS_SECONDS,
    registers,
  });
  const labelNames = ["service", "method"];
  const open = new Gauge({
    name: "zabble_rpc_open_streams",
    help: "Streaming calls that are open, by method.",
    labelNames,
    registers,
  });
  const ended = new Counter({
    name: "zabble_rpc_ended_streams_total",
    help: "Streaming calls that are over, by method.",
    labelNames,
    registers,
  });

  return (next) => async (request) => {
    const labels = { service: request.service.typeName, method: request.method.name };
    if (request.stream) {
      open.inc(labels);
      request.contextValues.get(afterAnswer)(() => {
        open.dec(labels);
        ended.inc(labels);
      });
      return next(request);
    }
    const startedAtMs = performance.now();
    let code = "ok";
    try {
      return await next(request);
    } catch (error) {
      // What is no refusal is told as "internal".
      code = codeToString(error instanceof ConnectError ? error.code : Code.Internal);
      throw error;
    } finally {
      duration.observe({ ...labels, code }, (performance.now() - startedAtMs) / 1000);
    }
  };
}
