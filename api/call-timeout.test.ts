// Proves that a timeout that no timer can hold is refused in every protocol's words, and before any
// timer is set: Node would warn, and end the call at once.
import assert from "node:assert/strict";
import http2 from "node:http2";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { timeoutRefusal } from "./call-timeout.js";
import { postJson, startServer, turn } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };

test("the bound is exact, and what is malformed is not its affair", () => {
  const isRefused = (name: string, value: string): boolean =>
    timeoutRefusal(new Headers({ [name]: value })) !== undefined;
  for (const fine of ["2147483647", "0", "soon", "-1", ""]) {
    assert.ok(!isRefused("connect-timeout-ms", fine), fine);
  }
  assert.ok(isRefused("connect-timeout-ms", "2147483648"));
  for (const fine of ["596H", "35791M", "99999999m", "99999999n", "999999999H", "5"]) {
    assert.ok(!isRefused("grpc-timeout", fine), fine);
  }
  for (const over of ["597H", "35792M", "2147484S", "99999999H"]) {
    assert.ok(isRefused("grpc-timeout", over), over);
  }
});

test("who asks for more is refused, and no timer overflows", TIMEOUT, async (t) => {
  const { url } = await startServer(t);
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): void => void warnings.push(name);
  process.on("warning", onWarning);
  t.after(() => process.off("warning", onWarning));
  const long = { "connect-timeout-ms": "2147483648" };
  const call = await postJson(url, "zabble.v1.GameService/GetGame", {}, long);
  assert.deepEqual([call.status, call.json.code], [400, "invalid_argument"]);
  const read = await fetch(`${url}/rooms`, { headers: long });
  assert.equal(read.status, 400);
  assert.match(await read.text(), /at most 2147483647 ms/);
  const session = http2.connect(url);
  t.after(() => session.destroy());
  for (const path of ["GetGame", "Watch"]) {
    const stream = session.request({
      ":method": "POST",
      ":path": `/zabble.v1.GameService/${path}`,
      "content-type": "application/grpc+proto",
      "grpc-timeout": "99999999H",
      te: "trailers",
    });
    const status = new Promise((resolve) => {
      for (const name of ["response", "trailers"] as const) {
        stream.on(name, (headers: http2.IncomingHttpHeaders) => {
          if (headers["grpc-status"] !== undefined) resolve(headers["grpc-status"]);
        });
      }
    });
    stream.resume();
    stream.end(Buffer.alloc(5));
    assert.equal(await status, String(Code.InvalidArgument));
  }
  await turn();
  assert.deepEqual(warnings, []);
});

test("a timeout that is bearable still counts", TIMEOUT, async (t) => {
  const { url, replica } = await startServer(t);
  replica.hold();
  for (const transport of [
    createConnectTransport({ baseUrl: url, httpVersion: "1.1" }),
    createGrpcTransport({ baseUrl: url }),
  ]) {
    const call = createClient(GameService, transport).getGame({}, { timeoutMs: 100 });
    await assert.rejects(call, (error: unknown) => {
      return ConnectError.from(error).code === Code.DeadlineExceeded;
    });
  }
});
