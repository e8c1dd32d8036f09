// Proves how real processes end: asked once, a node and a gateway tell streams to go elsewhere,
// still commit what was being sent, and end with 0; asked twice, they end at once.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import http2 from "node:http2";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { connectRaw, type RawClient } from "../../api/server-under-test.testing.js";
import { ErrorInfoSchema } from "../../gen/zabble/v1/error_pb.js";
import { GameService } from "../../gen/zabble/v1/game_pb.js";
import { DIST, startCluster, type TestCluster } from "./cluster.testing.js";
import { eventually } from "./eventually.testing.js";
import { endsWithUs } from "./leftovers.testing.js";

const LIMIT = { timeout: 60_000 };
const SET_TARGET = "/zabble.v1.GameService/SetTarget";
const BODY = JSON.stringify({ player: "ann", value: 50 });

/** A process that serves, and may be asked to end. */
interface Serving {
  readonly port: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves when it has heard the first signal. */
  readonly stopping: () => Promise<unknown>;
  /** The exit code. */
  readonly ended: () => Promise<number | null>;
}

function nodeOf(cluster: TestCluster, id: string): Serving {
  const node = cluster.node(id);
  const pid = node.pid();
  assert.ok(pid !== undefined);
  const ended = node.endsByItself();
  return {
    port: Number(new URL(node.url).port),
    signal: (name) => void process.kill(pid, name),
    stopping: () =>
      eventually(`${id} to stop`, () =>
        node.log.lines().some(({ text }) => text.includes('"stopping"')) ? true : undefined,
      ),
    ended: async () => (await ended).code,
  };
}

async function startGateway(cluster: TestCluster): Promise<Serving> {
  const args = [join(DIST, "gateway.js"), "--config", cluster.configFile, "--port", "0"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  endsWithUs(child, "SIGKILL");
  const ended = once(child, "exit").then(([code]: (number | null)[]) => code ?? null);
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const says = (pattern: RegExp) =>
    eventually(`the gateway to say ${pattern}`, () => pattern.exec(output) ?? undefined);
  const [, port] = await says(/"at":"[^"]*:(\d+)".*"started"/);
  await eventually("the gateway to be in touch with the leader", async () => {
    const { ok } = await fetch(`http://127.0.0.1:${port}/readyz`);
    return ok ? true : undefined;
  });
  return {
    port: Number(port),
    signal: (name) => void child.kill(name),
    stopping: () => says(/"stopping"/),
    ended: () => ended,
  };
}

/** A follower and a gateway of one cluster; every case is the same for both. */
async function bothOf(t: TestContext): Promise<readonly (readonly [string, Serving])[]> {
  const cluster = await startCluster(t, { nodes: 3 });
  const { nodeId } = await cluster.leader();
  const gateway = await startGateway(cluster);
  const [follower] = cluster.others(nodeId);
  assert.ok(follower !== undefined);
  // Before the node, so that it is not in the middle of a change of nodes.
  return [
    ["gateway", gateway],
    ["node", nodeOf(cluster, follower.id)],
  ];
}

test("asked once: streams are told, what was being sent is committed", LIMIT, async (t) => {
  for (const [name, serving] of await bothOf(t)) {
    const { port } = serving;
    const baseUrl = `http://127.0.0.1:${port}`;
    const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
    const watch = createClient(GameService, transport).watch({})[Symbol.asyncIterator]();
    await watch.next();
    const http1 = await beginPost(t, port);
    const session = http2.connect(baseUrl);
    t.after(() => session.destroy());
    // Its process ends as soon as all is answered; what the session makes of that is its own.
    session.on("error", () => {});
    const headers = { ":method": "POST", ":path": SET_TARGET, "content-type": "application/json" };
    const stream = session.request(headers);
    stream.write("{");
    await once(stream, "ready");
    // When it comes back, all that was sent before has been seen.
    await new Promise((resolve) => session.ping(resolve));
    const goaway = once(session, "goaway");

    serving.signal("SIGTERM");
    await serving.stopping();
    await assert.rejects(readOut(watch), (error: unknown) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.code, Code.Unavailable, name);
      assert.ok((error.findDetails(ErrorInfoSchema)[0]?.retryAfterMs ?? 0) > 0);
      return true;
    });
    await goaway;
    http1.socket.write(BODY.slice(1));
    stream.end(BODY.slice(1));
    await http1.has('"zxid"');
    let text = "";
    for await (const chunk of stream) text += String(chunk);
    assert.match(text, /"zxid"/, name);
    assert.equal(await serving.ended(), 0, name);
  }
});

test("asked twice, it ends at once; SIGINT and SIGTERM are one Ctrl-C", LIMIT, async (t) => {
  for (const [name, serving] of await bothOf(t)) {
    // Not sent to its end, so that one signal alone would wait for the grace time.
    await beginPost(t, serving.port);
    serving.signal("SIGTERM");
    await serving.stopping();
    serving.signal("SIGTERM");
    assert.equal(await serving.ended(), 3, name);
  }
  for (const [name, serving] of await bothOf(t)) {
    serving.signal("SIGINT");
    serving.signal("SIGTERM");
    assert.equal(await serving.ended(), 0, name);
  }
});

/** A command of which only the first byte is sent; that the server has seen it is certain. */
async function beginPost(t: TestContext, port: number): Promise<RawClient> {
  const client = await connectRaw(t, port);
  const lines = [
    `POST ${SET_TARGET} HTTP/1.1`,
    "host: 127.0.0.1",
    "content-type: application/json",
    `content-length: ${BODY.length}`,
    "expect: 100-continue",
  ];
  client.socket.write(`${lines.join("\r\n")}\r\n\r\n{`);
  await client.has("100 Continue");
  return client;
}

async function readOut(iterator: AsyncIterator<unknown>): Promise<void> {
  while ((await iterator.next()).done !== true);
}
