/**
 * Ports for a cluster whose nodes come and go. They lie below the ranges from which systems take
 * the ports of outgoing connections: from there, a dead node's port could go to the next client.
 */
import { createServer, type Server } from "node:net";

const LOWEST = 10_000;
const HIGHEST = 30_000;
const TRIES_MAX = 100;

/** The first of `count` ports in a row of 127.0.0.1 that nobody had a moment ago. */
export async function freePortRow(count: number): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const first = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    // All at once, so that two tests that look at the same time do not both get the row.
    const servers = await Promise.all(ports.map(listen));
    await Promise.all(servers.map(close));
    if (servers.every((server) => server !== undefined)) return first;
  }
  throw new Error(`found no ${count} free ports in a row`);
}

/** Whether nobody listens there. */
export async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  await close(server);
  return server !== undefined;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (server === undefined) resolve();
    else server.close(() => resolve());
  });
}
