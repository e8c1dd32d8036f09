// Proves that the proxy does what its faults are called, in the one direction that it was told, and
// that without a fault, and after one, every byte arrives in order.
import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { eventually } from "../cluster/eventually.testing.js";
import { FREE_TRAFFIC } from "./shaped-pipe.js";
import { openProxy, type TcpProxy } from "./tcp-proxy.js";

interface Ends {
  readonly proxy: TcpProxy;
  readonly dialer: Socket;
  readonly target: Socket;
}

async function connect(t: TestContext): Promise<Ends> {
  const server = net.createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const proxy = await openProxy(address.port);
  const arrived = once(server, "connection");
  const dialer = net.connect({ host: "127.0.0.1", port: proxy.port, allowHalfOpen: true });
  const [target]: Socket[] = await arrived;
  assert.ok(target !== undefined);
  for (const socket of [dialer, target]) socket.on("error", () => {});
  t.after(async () => {
    dialer.destroy();
    target.destroy();
    await proxy.close();
    server.close();
  });
  return { proxy, dialer, target };
}

async function receive(socket: Socket, bytes: number): Promise<string> {
  let text = "";
  while (text.length < bytes) {
    const [chunk]: Buffer[] = await once(socket, "data");
    text += chunk?.toString("latin1");
  }
  return text;
}

/** An error before it is no reason to stop waiting. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once("close", () => resolve());
  });
}

/** Its own ends close a little later. */
async function forgotten(proxy: TcpProxy): Promise<void> {
  await eventually("no open connection", () => proxy.connections() === 0 || undefined);
}

function say(socket: Socket, text: string): void {
  socket.write(text, "latin1");
}

test("a megabyte passes in order, both ways, and both ends close", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  const text = Array.from({ length: 100_000 }, (_, index) => `${index},`.padStart(10)).join("");
  for (const [from, to] of [
    [dialer, target],
    [target, dialer],
  ] as const) {
    const received = receive(to, text.length);
    say(from, text);
    assert.equal(await received, text);
  }
  const ended = once(target, "end");
  dialer.end();
  await ended;
  const closing = closed(dialer);
  target.end();
  await closing;
  await forgotten(proxy);
});

test("a delay holds for one way, and keeps the order when it ends", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  proxy.setTraffic("out", { ...FREE_TRAFFIC, delayMs: 80 });
  const received = receive(target, 4);
  const beganAtMs = performance.now();
  say(dialer, "ab");
  say(target, "back");
  assert.equal(await receive(dialer, 4), "back");
  assert.ok(performance.now() - beganAtMs < 80, "the way back was not delayed");
  proxy.setTraffic("out", { ...FREE_TRAFFIC, delayMs: 60_000 });
  say(dialer, "cd");
  proxy.setTraffic("out", FREE_TRAFFIC);
  assert.equal(await received, "abcd");
});

test("a throttled way is slow", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  proxy.setTraffic("out", { ...FREE_TRAFFIC, bytesPerSecond: 50_000 });
  const beganAtMs = performance.now();
  const received = receive(target, 10_000);
  say(dialer, "x".repeat(10_000));
  await received;
  assert.ok(performance.now() - beganAtMs >= 150);
});

test("a silent way delivers nothing, closes nothing, and delivers all later", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  proxy.setTraffic("back", { ...FREE_TRAFFIC, silent: true });
  let heard = "";
  dialer.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
  });
  say(target, "swallowed");
  const onward = receive(target, 3);
  say(dialer, "yes");
  assert.equal(await onward, "yes");
  assert.equal(heard, "");
  assert.ok(!dialer.destroyed);
  const received = receive(dialer, 9);
  proxy.setTraffic("back", FREE_TRAFFIC);
  assert.equal(await received, "swallowed");
});

test("a reset comes in the middle of what is sent, to both ends", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  proxy.reset("out", 5);
  let heard = "";
  target.on("data", (chunk: Buffer) => {
    heard += chunk.toString("latin1");
  });
  // A reset that comes together with data may look like an ordinary end.
  target.once("end", () => target.destroy());
  const closing = Promise.all([closed(dialer), closed(target)]);
  say(dialer, "frame after frame");
  await closing;
  // A reset may overtake what was sent before it.
  assert.ok("frame".startsWith(heard), heard);
  await forgotten(proxy);
});

test("on a silent way not even the end of the sender is told", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  proxy.setTraffic("out", { ...FREE_TRAFFIC, silent: true });
  const closing = closed(target);
  dialer.resetAndDestroy();
  await closed(dialer);
  say(target, "nobody there");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(target.destroyed, false);
  proxy.setTraffic("out", FREE_TRAFFIC);
  await closing;
});

test("one half closes, the other goes on", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  const ended = once(target, "end");
  target.resume();
  proxy.halfClose("out");
  await ended;
  say(target, "still here");
  assert.equal(await receive(dialer, 10), "still here");
});

test("a reset of the target reaches the dialer", async (t) => {
  const { proxy, dialer, target } = await connect(t);
  const closing = closed(dialer);
  target.resetAndDestroy();
  await closing;
  await forgotten(proxy);
});
