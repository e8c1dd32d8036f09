// Proves that a fault in a handler is not swallowed: it is logged, and a broken invariant is handed
// on, from unary methods and streams alike; refusals and aborted calls are no faults.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError, createClient, createRouterTransport } from "@connectrpc/connect";
import { InvariantError } from "../game/invariant-error.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { createFailureReport } from "./failure-report.js";

function clientThatMeets(fault: Error) {
  const logged: unknown[] = [];
  const broken: InvariantError[] = [];
  const report = createFailureReport({
    log: { error: (message: string, fields: unknown) => logged.push([message, fields]) },
    onBroken: (error) => broken.push(error),
  });
  const transport = createRouterTransport(
    ({ service }) => {
      service(GameService, {
        getGame() {
          throw fault;
        },
        // biome-ignore lint/correctness/useYield: it fails before its first message.
        async *watch() {
          throw fault;
        },
      });
    },
    { router: { interceptors: [report] } },
  );
  const client = createClient(GameService, transport);
  return {
    logged,
    broken,
    async callBoth() {
      await assert.rejects(client.getGame({}));
      await assert.rejects(client.watch({})[Symbol.asyncIterator]().next());
    },
  };
}

test("a broken invariant is logged and handed on", async () => {
  const { callBoth, logged, broken } = clientThatMeets(new InvariantError("gap"));
  await callBoth();
  assert.equal(logged.length, 2);
  assert.equal(broken.length, 2);
});

test("any other fault is logged", async () => {
  const { callBoth, logged, broken } = clientThatMeets(new TypeError("oops"));
  await callBoth();
  assert.equal(logged.length, 2);
  assert.equal(broken.length, 0);
});

test("a refusal is no fault", async () => {
  const { callBoth, logged, broken } = clientThatMeets(new ConnectError("no", Code.Unavailable));
  await callBoth();
  assert.equal(logged.length, 0);
  assert.equal(broken.length, 0);
});
