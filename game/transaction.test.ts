// Proves that the one text form of a log entry is read back exactly, by us and by the protobuf
// runtime, and that no entry is read which was not written like that.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBinary, fromJson, fromJsonString, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { TransactionSchema } from "../gen/zabble/v1/event_pb.js";
import type { GameEvent } from "./event.js";
import { InvariantError } from "./invariant-error.js";
import { decodeTransaction, encodeTransaction, type Transaction } from "./transaction.js";
import { transactionFromMessage, transactionToMessage } from "./transaction-message.js";
import { zxidOf } from "./zxid.js";

const uint32 = fc.nat({ max: 0xffff_ffff });
const value = fc.nat({ max: 100 });
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 24 });

/** fast-check's own records have no prototype; ours and the decoder's are plain objects. */
const plain = { noNullPrototype: true };
const type = <Type extends GameEvent["type"]>(type: Type) => fc.constant(type);

const anyEvent: fc.Arbitrary<GameEvent> = fc.oneof(
  fc.record({ type: type("LeaderEstablished"), epoch: uint32, nodeId: name }, plain),
  fc.record({ type: type("TargetSet"), room: name, round: uint32, value, by: name }, plain),
  fc.record(
    { type: type("GuessSubmitted"), room: name, round: uint32, player: name, value },
    plain,
  ),
  fc.record(
    {
      type: type("RoundClosed"),
      room: name,
      round: uint32,
      winner: name,
      guess: value,
      distance: value,
    },
    plain,
  ),
);

const anyTransaction: fc.Arbitrary<Transaction> = fc.record(
  {
    zxid: fc.tuple(uint32, uint32).map(([epoch, counter]) => zxidOf(epoch, counter)),
    prev: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
    time: fc.nat({ max: 8_640_000_000_000_000 }),
    requestId: fc.string({ maxLength: 64 }),
    events: fc.array(anyEvent, { minLength: 1, maxLength: 3 }),
  },
  plain,
);

const guess: Transaction = {
  zxid: zxidOf(3, 1842),
  prev: zxidOf(3, 1841),
  time: 1_763_791_200_123,
  requestId: "r-1",
  events: [{ type: "GuessSubmitted", room: "lobby", round: 7, player: "alice", value: 0 }],
};

test("the text is what people and jq are promised", () => {
  const text =
    '{"epoch":3,"counter":1842,"prev":"12884903729","time":1763791200123,"requestId":"r-1",' +
    '"events":[{"guessSubmitted":{"room":"lobby","round":7,"player":"alice","value":0}}]}';
  assert.equal(encodeTransaction(guess), text);
});

test("text, message and bytes all give the same transaction back", () => {
  fc.assert(
    fc.property(anyTransaction, (transaction) => {
      const text = encodeTransaction(transaction);
      assert.deepEqual(decodeTransaction(text), transaction);
      assert.equal(encodeTransaction(decodeTransaction(text)), text);
      const message = fromJsonString(TransactionSchema, text);
      assert.deepEqual(transactionFromMessage(message), transaction);
      assert.deepEqual(transactionToMessage(transaction), message);
      const bytes = toBinary(TransactionSchema, message);
      assert.deepEqual(transactionFromMessage(fromBinary(TransactionSchema, bytes)), transaction);
    }),
    { numRuns: 200 },
  );
});

test("a text that was not written like that throws", () => {
  const good = JSON.parse(encodeTransaction(guess));
  const [event] = good.events;
  const body = event.guessSubmitted;
  const wrong: Record<string, object> = {
    "an unknown event": { ...good, events: [{ prizeGiven: {} }] },
    "an unknown event beside a known one": { ...good, events: [{ ...event, prizeGiven: {} }] },
    "no event": { ...good, events: [] },
    "an unknown field of the entry": { ...good, session: 1 },
    "an unknown field of an event": { ...good, events: [{ guessSubmitted: { ...body, x: 1 } }] },
    "a field in another's place": { ...good, requestId: undefined, x: "r-1" },
    "a negative value": { ...good, events: [{ guessSubmitted: { ...body, value: -1 } }] },
    "a fraction": { ...good, events: [{ guessSubmitted: { ...body, value: 1.5 } }] },
    "a text for a number": { ...good, epoch: "3" },
    "a number for a text": { ...good, events: [{ guessSubmitted: { ...body, player: 5 } }] },
    "a prev that is no decimal number": { ...good, prev: "0x10" },
    "a prev beyond uint64": { ...good, prev: "18446744073709551616" },
    "a list": [],
  };
  for (const [what, json] of Object.entries(wrong)) {
    assert.throws(() => decodeTransaction(JSON.stringify(json)), InvariantError, what);
  }
  assert.throws(() => decodeTransaction(encodeTransaction(guess).slice(0, -1)), SyntaxError);
});

test("a message with an event of unknown kind throws", () => {
  const message = fromJson(TransactionSchema, { epoch: 3, counter: 1, events: [{}] });
  assert.throws(() => transactionFromMessage(message), InvariantError);
});
