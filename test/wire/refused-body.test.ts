// Proves that a message over the limit costs its sender no more than that message: what was still
// on its way is read and dropped, and the next request on the same connection is answered.
import assert from "node:assert/strict";
import test from "node:test";
import { connectRaw } from "../../api/server-under-test.testing.js";
import { type Case, inEachPlace, startPlaces } from "./places.testing.js";

const METHOD = "zabble.v1.GameService/SubmitGuess";

/** Over the limit, and more than a server reads at once. */
const BODY_BYTES = 300_000;

/** How a body of gRPC-web begins: no flag, and the length of the message. */
function envelope(): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(BODY_BYTES - head.length, 1);
  return head;
}

function head(path: string, type: string, bodyBytes: number): string {
  const fields = ["host: localhost", `content-type: ${type}`, `content-length: ${bodyBytes}`];
  return `POST /${path} HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`;
}

const tooLarge =
  (type: string, begin: Buffer, refusal: string): Case =>
  async (t, { url }) => {
    const client = await connectRaw(t, Number(new URL(url).port));
    client.socket.write(head(METHOD, type, BODY_BYTES));
    client.socket.write(begin);
    // It is refused while most of it is still to come.
    await client.has(refusal);
    client.socket.write(Buffer.alloc(BODY_BYTES - begin.length, "x"));
    client.socket.write(head("zabble.v1.GameService/GetGame", "application/json", 2));
    client.socket.write("{}");
    await Promise.race([client.has('{"zxid":"'), client.closed]);
    assert.match(client.received(), /\{"zxid":"\d+"/);
  };

test("the connection outlives a refused body", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  await inEachPlace(t, places, {
    "of Connect": tooLarge("application/json", Buffer.alloc(0), "resource_exhausted"),
    "of gRPC-web": tooLarge("application/grpc-web+proto", envelope(), "grpc-status: 8"),
  });
});
