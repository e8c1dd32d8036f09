// Proves that subscribers hear of everything while they are subscribed and of nothing afterwards,
// also when one of them leaves in the middle of a call.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import { NodeStatusSchema } from "../gen/zabble/v1/cluster_pb.js";
import { createFan } from "./fan.js";

const STATUS = create(NodeStatusSchema, { nodeId: "node1" });

test("each subscriber hears what it listens for, until it leaves", () => {
  const fan = createFan();
  const heard: string[] = [];
  const leave = fan.subscribe({
    onApplied: (transactions) => heard.push(`applied ${transactions.length}`),
    onReset: () => heard.push("reset"),
    onStatus: (status) => heard.push(`status ${status.nodeId}`),
    onClose: () => heard.push("close"),
  });
  fan.subscribe({});
  fan.applied([]);
  fan.reset();
  fan.status(STATUS);
  leave();
  fan.applied([]);
  fan.close();
  assert.deepEqual(heard, ["applied 0", "reset", "status node1"]);
});

test("one that leaves while it is told does not keep the others from hearing", () => {
  const fan = createFan();
  const heard: string[] = [];
  const leave = fan.subscribe({
    onReset: () => {
      heard.push("first");
      leave();
    },
  });
  fan.subscribe({ onReset: () => heard.push("second") });
  fan.reset();
  fan.reset();
  assert.deepEqual(heard, ["first", "second", "second"]);
});

test("closing is told once, and ends every subscription", () => {
  const fan = createFan();
  let closed = 0;
  fan.subscribe({ onClose: () => closed++, onReset: () => assert.fail("after close") });
  fan.close();
  fan.close();
  fan.reset();
  assert.equal(closed, 1);
});
