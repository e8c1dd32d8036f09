/** Starts a client port over a local replica on a free port, and ends it with the test. */
import { once } from "node:events";
import net from "node:net";
import type { TestContext } from "node:test";
import { inspect } from "node:util";
import { type ClientServer, createClientServer, type ServerTiming } from "./client-server.js";
import {
  createLocalReplica,
  type LocalReplica,
  type LocalReplicaOptions,
} from "./local-replica.testing.js";

export interface ServerUnderTest {
  readonly replica: LocalReplica;
  readonly server: ClientServer;
  readonly url: string;
}

export interface ServerUnderTestOptions extends LocalReplicaOptions {
  readonly limits?: Partial<typeof LIMITS>;
  readonly timing?: Partial<ServerTiming>;
  readonly allowedOrigins?: readonly string[];
}

const LIMITS = {
  outstandingMax: 256,
  messageBytesMax: 65_536,
  deadlineMs: 5000,
  watchersMax: 64,
  watchQueueMax: 500,
  requestsPerSecond: 100_000,
  connectionsPerAddressMax: 256,
};

export async function startServer(
  test: TestContext,
  options: ServerUnderTestOptions = {},
): Promise<ServerUnderTest> {
  const replica = createLocalReplica(options);
  const tell = (message: string, fields: unknown): void =>
    test.diagnostic(`the server logs ${message} ${inspect(fields)}`);
  const server = await createClientServer({
    replica,
    host: "127.0.0.1",
    port: 0,
    limits: { ...LIMITS, ...options.limits },
    allowedOrigins: options.allowedOrigins ?? [],
    timing: { graceMs: 200, ...options.timing },
    log: { warn: tell, error: tell },
  });
  test.after(() => server.close());
  return { replica, server, url: `http://127.0.0.1:${server.port}` };
}

/** Calls a unary method as curl does; the answer is its HTTP status and its JSON. */
export async function postJson(
  url: string,
  method: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> {
  const response = await fetch(`${url}/${method}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const json: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, json };
}

/** A raw connection that collects what it receives, for what no client library would send. */
export async function connectRaw(
  test: TestContext,
  port: number,
  localAddress = "127.0.0.1",
): Promise<RawClient> {
  const socket = net.connect({ port, host: "127.0.0.1", localAddress });
  test.after(() => socket.destroy());
  let text = "";
  let wake = (): void => {};
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
    wake();
  });
  await once(socket, "connect");
  return {
    socket,
    closed,
    received: () => text,
    async has(part) {
      while (!text.includes(part)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

export interface RawClient {
  readonly socket: net.Socket;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** Everything so far, one character a byte. */
  received(): string;
  /** Resolves when what was received contains `part`. */
  has(part: string): Promise<void>;
}

/** Looks again after every turn of the event loop; rejects after 8 s, so that a failure ends. */
export async function until(condition: () => boolean): Promise<void> {
  const givenUpAt = Date.now() + 8000;
  while (!condition()) {
    if (Date.now() > givenUpAt) throw new Error(`still not so: ${condition}`);
    await turn();
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
