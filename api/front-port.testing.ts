/** A front port on a free port of the loopback for tests that bring their own listener. */
import type { TestContext } from "node:test";
import { createFrontPort, type FrontPort, type FrontPortOptions } from "./front-port.js";

/** Until the test is over. `options` change what every test may else rely on: patient limits. */
export async function startPort(
  context: TestContext,
  listener: FrontPortOptions["listener"],
  options: Partial<FrontPortOptions> = {},
): Promise<FrontPort> {
  const front = await createFrontPort({
    host: "127.0.0.1",
    port: 0,
    connectionsMax: 16,
    connectionsPerAddressMax: 16,
    headerTimeoutMs: 5000,
    requestTimeoutMs: 5000,
    idleSessionMs: 60_000,
    onRefused() {},
    listener,
    ...options,
  });
  context.after(() => front.close(0));
  return front;
}
