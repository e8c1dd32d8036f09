// Proves that no text becomes a log entry that could not have been written: what is read can be
// written again, shown to people and read by the protobuf runtime, and everything else is refused
// as unreadable. The same of messages that come from elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJsonString } from "@bufbuild/protobuf";
import fc from "fast-check";
import { TransactionSchema } from "../gen/zabble/v1/event_pb.js";
import { anyMessageOf } from "../test/any-message.testing.js";
import { anyText, damagedText } from "../test/damage.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import { InvariantError } from "./invariant-error.js";
import { anyCommand, createTable } from "./table.testing.js";
import { decodeTransaction, encodeTransaction, type Transaction } from "./transaction.js";
import { transactionFromMessage, transactionToMessage } from "./transaction-message.js";

const RUNS = 3000;

/** The log of a few commands, each entry as text. */
const anyEntryText = fc
  .array(anyCommand, { minLength: 1, maxLength: 6 })
  .map((commands) => {
    const table = createTable();
    for (const command of commands) table.submit(command);
    table.apply();
    return table.log.map(encodeTransaction);
  })
  .chain((texts) => fc.constantFrom(...texts));

/** The result, or undefined if it was refused as documented. */
function orUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InvariantError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function assertWritable(text: string): void {
  const transaction = orUnreadable(() => decodeTransaction(text));
  if (transaction === undefined) return;
  const again = encodeTransaction(transaction);
  assert.equal(encodeTransaction(decodeTransaction(again)), again);
  assert.ok(transaction.events.length > 0);
  assert.doesNotThrow(
    () => new Date(transaction.time).toISOString(),
    "a time that nobody can show",
  );
  assert.equal(encodeTransaction(throughProtobuf(again)), again);
}

function throughProtobuf(text: string): Transaction {
  return transactionFromMessage(fromJsonString(TransactionSchema, text));
}

test("no text becomes an entry that could not have been written", () => {
  const texts = fc.oneof(
    anyText,
    fc.json(),
    damagedText(anyEntryText).map(({ after }) => after),
  );
  fc.assert(fc.property(texts, assertWritable), fuzzed(import.meta.url, RUNS));
});

/** Numbers and texts at the edges of what a field may hold, and beyond. */
const EDGES = [
  ...["0", "-0", "-1", "1.5", "1e3", "4294967295", "4294967296", "9007199254740991"],
  ...["8640000000000000", "8640000000000001", "9007199254740993", "1e999", "null", "true"],
  ...['""', '"0"', '"18446744073709551615"', '"18446744073709551616"', '"\\ud800"', '"\\u0000"'],
  ...["[]", "{}", "[[]]"],
];

test("with any of its values changed, an entry is refused or could have been written so", () => {
  const changed = fc
    .tuple(anyEntryText, fc.nat(), fc.constantFrom(...EDGES))
    .map(([text, at, edge]) => {
      const values = [...text.matchAll(/(?<=:)("[^"]*"|\d+)/g)];
      const value = values[at % values.length];
      assert.ok(value !== undefined);
      return text.slice(0, value.index) + edge + text.slice(value.index + value[0].length);
    });
  fc.assert(fc.property(changed, assertWritable), fuzzed(import.meta.url, RUNS));
});

test("a text that is nested without end is refused as unreadable", () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const entry = (events: string) =>
    `{"epoch":1,"counter":1,"prev":"0","time":1,"requestId":"","events":${events}}`;
  for (const text of [nested, `{"epoch":${nested}}`, entry(nested), entry(`[{"x":${nested}}]`)]) {
    assert.equal(
      orUnreadable(() => decodeTransaction(text)),
      undefined,
    );
  }
});

test("whatever message a server sends as an entry, it is read or refused", () => {
  fc.assert(
    fc.property(anyMessageOf(TransactionSchema), (message) => {
      const transaction = orUnreadable(() => transactionFromMessage(message));
      if (transaction === undefined) return;
      const { epoch, counter, events, requestId } = transactionToMessage(transaction);
      assert.deepEqual(
        [epoch, counter, requestId],
        [message.epoch, message.counter, message.requestId],
      );
      assert.equal(events.length, message.events.length);
    }),
    fuzzed(import.meta.url, RUNS),
  );
});
