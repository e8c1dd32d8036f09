// Proves that the hand-driven stream is PeerService.Exchange as the library speaks it: the official
// client gets our hello and our frames, and its frames reach us; and the library's server, asked by
// our dialer, does so too.
import assert from "node:assert/strict";
import http2 from "node:http2";
import test from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { connectNodeAdapter, createConnectTransport } from "@connectrpc/connect-node";
import {
  type ExchangeRequestSchema,
  ExchangeResponseSchema,
  PeerService,
} from "../../gen/zabble/v1/peer_pb.js";
import { createLinkedNode, helloOf, peerConfig, pong } from "./peer-rig.testing.js";

type Request = MessageInitShape<typeof ExchangeRequestSchema>;

/** Requests that are handed over one by one, until closed. */
function createRequests() {
  const queue: Request[] = [];
  let closed = false;
  let wake = (): void => {};
  return {
    push(request: Request) {
      queue.push(request);
      wake();
    },
    close() {
      closed = true;
      wake();
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<Request> {
      while (!closed || queue.length > 0) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    },
  };
}

test("the official client can exchange with our port", async (t) => {
  const config = await peerConfig(2);
  const node = await createLinkedNode(config, "node2");
  t.after(() => node.links.close());
  const baseUrl = `http://127.0.0.1:${config.nodes[1]?.peerPort}`;
  const client = createClient(PeerService, createConnectTransport({ httpVersion: "2", baseUrl }));
  const requests = createRequests();
  const ending = new AbortController();
  t.after(() => ending.abort());
  const value = helloOf(config, "node1", "node2");
  requests.push({ messages: [{ message: { case: "hello", value } }] });
  const responses = client.exchange(requests, { signal: ending.signal })[Symbol.asyncIterator]();
  const first = await responses.next();
  const greeting = first.value?.messages[0]?.message;
  assert.equal(greeting?.case, "hello");
  assert.equal(greeting?.value.from, "node2");
  assert.equal(greeting?.value.membershipHash, value.membershipHash);
  await node.until("link", () => node.events.includes("up node1"));

  const ping = { epoch: 1, n: 7n };
  requests.push({ messages: [{ message: { case: "pong", value: ping } }] });
  await node.until("frame", () => node.events.includes("node1 pong 7"));

  node.links.send("node1", [pong(8), pong(9)]);
  const second = await responses.next();
  const said = second.value?.messages.map(({ message }: { message: { case?: string } }) => message);
  assert.equal(said?.length, 2);
  assert.equal(said?.[1]?.case, "pong");

  requests.close();
  await node.until("end of the link", () => node.events.includes("down node1"));
});

test("our dialer can exchange with the library's server", async (t) => {
  const config = await peerConfig(2);
  const heard: string[] = [];
  const handler = connectNodeAdapter({
    routes: (router) => {
      router.service(PeerService, {
        async *exchange(incoming) {
          const value = helloOf(config, "node2", "node1");
          const hello = { messages: [{ message: { case: "hello", value } as const }] };
          yield create(ExchangeResponseSchema, hello);
          for await (const { messages } of incoming) {
            for (const { message } of messages) heard.push(message.case ?? "nothing");
            const echo = { message: { case: "pong", value: { n: BigInt(heard.length) } } as const };
            yield create(ExchangeResponseSchema, { messages: [echo] });
          }
        },
      });
    },
  });
  const server = http2.createServer(handler);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => {
    server.listen(config.nodes[1]?.peerPort, "127.0.0.1", resolve);
  });
  const node = await createLinkedNode(config, "node1");
  t.after(() => {
    node.links.close();
    for (const session of sessions) session.destroy();
    server.close();
  });
  await node.until("link", () => node.events.includes("up node2"));
  node.links.send("node2", [pong(1)]);
  await node.until("two answers", () => node.events.includes("node2 pong 2"));
  assert.deepEqual(heard, ["hello", "pong"]);
});
