/** A gateway in the test's own process, in front of a cluster of real ones. */
import { randomUUID } from "node:crypto";
import type { TestContext } from "node:test";
import { createTransportPool } from "../../client/h2-transport.js";
import { systemClock } from "../../client/system-clock.js";
import { createZabbleClient, type ZabbleClient } from "../../client/zabble-client.js";
import { type Gateway, startGateway } from "../../gateway/gateway.js";
import type { TestCluster } from "./cluster.testing.js";

export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  /** Of the gateway alone. */
  readonly client: ZabbleClient;
}

/** On a free port, until the test is over. */
export async function openGateway(test: TestContext, cluster: TestCluster): Promise<TestGateway> {
  const pool = createTransportPool();
  const say = (message: string, fields: unknown = {}): void =>
    test.diagnostic(`the gateway logs: ${message} ${JSON.stringify(fields)}`);
  const gateway = await startGateway({
    at: { host: "127.0.0.1", port: 0 },
    servers: cluster.servers,
    limits: cluster.config.limits,
    clock: systemClock,
    requestId: randomUUID,
    log: { warn: say, error: say },
    fail: (error) => {
      throw error;
    },
  });
  test.after(async () => {
    pool.close();
    await gateway.close();
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  const client = createZabbleClient({
    servers: [url],
    transport: pool.transport,
    clock: systemClock,
    requestId: randomUUID,
    deadlineMs: 10_000,
  });
  return { gateway, url, client };
}
