/**
 * An interceptor that keeps the library from swallowing our own faults: it would answer "internal
 * error" and tell nobody. A fault is logged; a broken invariant is handed on, to end the process.
 */
import { ConnectError, type Interceptor } from "@connectrpc/connect";
import { InvariantError } from "../game/invariant-error.js";
import type { ServiceLog } from "./service-log.js";

export interface FailureReportOptions {
  readonly log: Pick<ServiceLog, "error">;
  readonly onBroken: (error: InvariantError) => void;
}

export function createFailureReport(options: FailureReportOptions): Interceptor {
  function report(error: unknown, method: string, signal: AbortSignal): void {
    // Refusals are ConnectErrors, and what a call throws after its abort is the abort's reason.
    if (error instanceof ConnectError || signal.aborted) return;
    options.log.error("a handler failed", { err: error, method });
    if (error instanceof InvariantError) options.onBroken(error);
  }

  async function* watched<T>(
    messages: AsyncIterable<T>,
    method: string,
    signal: AbortSignal,
  ): AsyncIterable<T> {
    try {
      yield* messages;
    } catch (error) {
      report(error, method, signal);
      throw error;
    }
  }

  return (next) => async (request) => {
    const { name } = request.method;
    try {
      const response = await next(request);
      if (!response.stream) return response;
      return { ...response, message: watched(response.message, name, request.signal) };
    } catch (error) {
      report(error, name, request.signal);
      throw error;
    }
  };
}
