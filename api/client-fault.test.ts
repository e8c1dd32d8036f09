// Proves that the caller's fault is told as such also when it shows late: in a stream whose head
// and first answers are out before the broken bytes come.
import assert from "node:assert/strict";
import test from "node:test";
import { withClientFault } from "./client-fault.js";
import { withReadableMessage } from "./grpc-message.js";

test("a status that comes after the body has the caller's code", () => {
  const trailer = new Headers();
  const header = new Headers({ "content-type": "application/grpc+proto" });
  const answer = withReadableMessage(withClientFault({ status: 200, header, trailer }));
  trailer.set("grpc-status", "13");
  trailer.set("grpc-message", "parse%20binary: premature EOF");
  assert.deepEqual(Object.fromEntries(answer.trailer ?? []), {
    "grpc-message": "parse binary: premature EOF",
    "grpc-status": "3",
  });
});

test("a fault of the server stays one", () => {
  const trailer = new Headers();
  const answer = withReadableMessage(withClientFault({ status: 200, trailer }));
  trailer.set("grpc-status", "13");
  trailer.set("grpc-message", "no leader");
  assert.equal(answer.trailer?.get("grpc-status"), "13");
});
