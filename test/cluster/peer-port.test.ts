// Proves that whatever arrives on a node's peer port without being of its cluster is dropped and
// mentioned once a minute and not each time, and that the node goes on serving.
import assert from "node:assert/strict";
import http2 from "node:http2";
import net from "node:net";
import test from "node:test";
import { membershipHash } from "../../config/membership-hash.js";
import { dialPeer } from "../../nodes/rpc/peer-port.js";
import { createPeerStream, type HelloFields } from "../../nodes/rpc/peer-stream.js";
import { startCluster } from "./cluster.testing.js";
import type { LogLine } from "./node-log.testing.js";
import { post } from "./post.testing.js";
import { verifyLogs } from "./verify-logs.testing.js";

const VISITS = 4;

/** Bytes of no protocol; resolves when the node has hung up. */
function sendGarbage(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port }, () => {
      socket.write(Buffer.from("\u0000\u0001 give me all your events\r\n\r\n".repeat(50)));
    });
    socket.on("error", () => socket.destroy());
    socket.once("close", () => resolve());
    socket.resume();
  });
}

/** Somebody who takes the port for the public one; resolves with the HTTP status. */
function askForGame(port: number): Promise<number | undefined> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  return new Promise((resolve, reject) => {
    session.on("error", reject);
    const request = session.request({
      ":method": "POST",
      ":path": "/zabble.v1.GameService/GetGame",
      "content-type": "application/json",
    });
    request.once("response", (headers) => resolve(headers[":status"]));
    request.once("error", reject);
    request.end("{}");
  }).then((status) => {
    session.close();
    return typeof status === "number" ? status : undefined;
  });
}

/** A node that introduces itself wrongly; resolves when it has been hung up on. */
function introduce(port: number, hello: HelloFields): Promise<void> {
  return new Promise((resolve, reject) => {
    const dialing = dialPeer(
      "127.0.0.1",
      port,
      (duplex) => {
        createPeerStream(duplex, hello, {
          onHello: () => {},
          onMessages: () => reject(new Error("it was taken for a peer")),
          onClose() {
            dialing.close();
            resolve();
          },
        });
      },
      () => reject(new Error("the port does not answer")),
    );
  });
}

const isComplaint = ({ msg }: LogLine): boolean => msg === "dropped on the peer port";

test("strangers on the peer port are dropped, and the node goes on", {
  timeout: 60_000,
}, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  await cluster.settled();
  const { nodeId } = await cluster.leader();
  const leader = cluster.node(nodeId);
  const before = await cluster.status(nodeId);
  const own = cluster.config.nodes.find(({ id }) => id === nodeId);
  assert.ok(own !== undefined);
  const { peerPort } = own;
  const hello: HelloFields = {
    clusterId: cluster.config.clusterId,
    membershipHash: membershipHash(cluster.config),
    from: cluster.others(nodeId)[0]?.id ?? "",
    to: nodeId,
    protocolVersion: 1,
    incarnation: "a-stranger",
  };

  const strangers: readonly (readonly [RegExp, () => Promise<unknown>])[] = [
    [/^it does not speak HTTP\/2$/, () => sendGarbage(peerPort)],
    [/^it asked for \/zabble\.v1\.GameService\/GetGame$/, () => askForGame(peerPort)],
    [/^another cluster: /, () => introduce(peerPort, { ...hello, clusterId: "chess" })],
    [/^another membership/, () => introduce(peerPort, { ...hello, membershipHash: "0" })],
    [/^an unknown node: mallory /, () => introduce(peerPort, { ...hello, from: "mallory" })],
    [/^meant for another node: /, () => introduce(peerPort, { ...hello, to: "node9" })],
  ];
  for (const [index, [why, visit]] of strangers.entries()) {
    for (let visits = 0; visits < VISITS; visits++) await visit();
    const fits = (line: LogLine) => isComplaint(line) && why.test(String(line.fields.why));
    const { fields } = await leader.log.waitFor(String(why), fits);
    // Of each kind so far the last one may still be on its way into the count.
    assert.ok(Number(fields.dropped) > index * (VISITS - 1), "it says how many there have been");
  }
  const said = leader.log.lines().filter(isComplaint);
  assert.equal(said.length, strangers.length, "one line for each kind, however many came");

  assert.equal(await askForGame(peerPort), 404, "the game is not on the peer port");
  const write = await post(leader, "GameService/SetTarget", { player: "dan", value: 50 });
  assert.equal(write.status, 200, JSON.stringify(write.body));
  const after = await cluster.status(nodeId);
  assert.deepEqual([after?.epoch, after?.leaderId], [before?.epoch, nodeId], "it leads on");
  assert.deepEqual(after?.connected.toSorted(), before?.connected.toSorted(), "to the same peers");
  await verifyLogs(cluster);
});
