/**
 * Proves what each error counts as: above all that nothing is called certain that is not, with real
 * errors of the network where it is the network that fails.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { failureOfError } from "./failure.js";
import { startH2Server } from "./h2-server.testing.js";

const unknownInfo = { reason: "LEADER_LOST", outcomeUnknown: true };
const hintInfo = { reason: "OVERLOADED", retryAfterMs: 50 };
const plainInfo = { reason: "X" };

test("codes and explanations decide together", () => {
  const table = [
    [Code.InvalidArgument, plainInfo, "refused"],
    [Code.InvalidArgument, undefined, "refused"],
    [Code.FailedPrecondition, plainInfo, "refused"],
    [Code.PermissionDenied, undefined, "refused"],
    [Code.Unavailable, plainInfo, "undone"],
    [Code.Unavailable, unknownInfo, "unknown"],
    [Code.Unavailable, undefined, "unknown"],
    [Code.DeadlineExceeded, plainInfo, "undone"],
    [Code.DeadlineExceeded, unknownInfo, "unknown"],
    [Code.DeadlineExceeded, undefined, "unknown"],
    [Code.ResourceExhausted, hintInfo, "undone"],
    [Code.ResourceExhausted, plainInfo, "refused"],
    [Code.ResourceExhausted, undefined, "refused"],
    [Code.Canceled, undefined, "unknown"],
    [Code.Aborted, undefined, "unknown"],
    [Code.Internal, undefined, "unknown"],
    [Code.Unknown, undefined, "unknown"],
  ] as const;
  for (const [code, info, kind] of table) {
    const details = info === undefined ? [] : [{ desc: ErrorInfoSchema, value: info }];
    const failure = failureOfError(new ConnectError("m", code, undefined, details));
    assert.equal(failure.kind, kind, `${Code[code]} with ${JSON.stringify(info)}`);
    assert.equal(failure.message, "m");
  }
  const reset = new ConnectError("http/2 stream closed with error code X", Code.PermissionDenied);
  assert.equal(failureOfError(reset).kind, "unknown");
  assert.equal(failureOfError(new Error("anything")).kind, "unknown");
});

async function failureAt(baseUrl: string): Promise<ReturnType<typeof failureOfError>> {
  const sessionManager = new Http2SessionManager(baseUrl);
  const transport = createConnectTransport({ baseUrl, httpVersion: "2", sessionManager });
  try {
    await createClient(GameService, transport).closeRound({});
    return assert.fail("it was answered");
  } catch (error) {
    return failureOfError(error);
  } finally {
    sessionManager.abort();
  }
}

test("where nobody listens, nothing can have happened", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  await new Promise((resolve) => server.close(resolve));
  const failure = await failureAt(`http://127.0.0.1:${address.port}`);
  assert.equal(failure.kind, "undone");
  assert.equal(failure.code, "unavailable");
});

test("a connection that breaks in the middle of a call proves nothing", async () => {
  let breakOff: () => void = () => {};
  const server = await startH2Server(({ service }) => {
    service(GameService, {
      closeRound() {
        breakOff();
        return { zxid: 1n, round: 1 };
      },
    });
  });
  breakOff = server.breakOff;
  try {
    assert.equal((await failureAt(server.url)).kind, "unknown");
  } finally {
    await server.close();
  }
});
