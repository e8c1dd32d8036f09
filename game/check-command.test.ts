// Proves that only well-formed commands pass, and that each refusal says what is wrong and allowed.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkCommand, type RawCommand } from "./check-command.js";
import type { RejectionReason } from "./rejection.js";

const good = { type: "SubmitGuess", room: "attic", player: "alice", value: 52, requestId: "r1" };
const raw = (change: object): RawCommand => ({ ...good, type: "SubmitGuess", ...change });

function refused(command: RawCommand, reason: RejectionReason, field: string): string {
  const checked = checkCommand(command);
  assert.ok(!checked.ok, `accepted ${JSON.stringify(command)}`);
  const { rejection } = checked;
  assert.equal(rejection.reason, reason);
  assert.equal(rejection.field, field);
  assert.ok(rejection.rule !== undefined && rejection.message.includes(rejection.rule));
  return rejection.message;
}

function playerAfter(player: string): string {
  const checked = checkCommand(raw({ player }));
  assert.ok(checked.ok, `refused ${JSON.stringify(player)}`);
  return checked.command.player;
}

test("a good command passes as it is", () => {
  assert.deepEqual(checkCommand(raw({})), { ok: true, command: good });
});

test("an empty or absent room is the lobby, an absent request id is empty", () => {
  const command = { type: "CloseRound", room: "lobby", player: "alice", requestId: "" };
  assert.deepEqual(checkCommand({ type: "CloseRound", player: "alice" }), { ok: true, command });
  assert.deepEqual(checkCommand({ type: "CloseRound", room: "", player: "alice" }), {
    ok: true,
    command,
  });
});

test("the value is required and a whole number from 0 to 100", () => {
  const missing = refused(raw({ value: undefined }), "VALUE_REQUIRED", "value");
  assert.equal(missing, "A value is missing: it must be a whole number from 0 to 100.");
  for (const value of [-1, 101, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const message = refused(raw({ value }), "VALUE_OUT_OF_RANGE", "value");
    assert.ok(message.includes(`The value ${value} is not allowed`), message);
  }
  for (const value of [0, 100]) assert.ok(checkCommand(raw({ value })).ok);
  const zero = checkCommand(raw({ value: -0 }));
  assert.ok(zero.ok && zero.command.type === "SubmitGuess" && Object.is(zero.command.value, 0));
});

test("a room's name is 1 to 24 ASCII letters, digits, - and _", () => {
  for (const room of ["a", "Room_7-b", "x".repeat(24), "__proto__"]) {
    assert.ok(checkCommand(raw({ room })).ok, room);
  }
  for (const room of ["x".repeat(25), "a b", "a/b", "é", "a\n", "lobby ", "٣"]) {
    refused(raw({ room }), "BAD_ROOM", "room");
  }
});

test("a player's name may be in any living script", () => {
  const names = [
    "a",
    "Dan O'Neil",
    "Zoë",
    "李小龍",
    "Ολυμπία",
    "राजेश",
    "สมชาย",
    "مُحَمَّد",
    "x".repeat(24),
  ];
  for (const player of names) assert.equal(playerAfter(player), player.normalize("NFC"));
  assert.equal(playerAfter("李".repeat(24)), "李".repeat(24));
  assert.equal(playerAfter("é".repeat(24).normalize("NFD")), "é".repeat(24).normalize("NFC"));
});

test("equal looks are equal names", () => {
  assert.equal(playerAfter("Zoe\u0308"), playerAfter("Zo\u00eb"));
});

test("a player's name holds nothing that is invisible, moves the cursor or breaks a column", () => {
  const wrong = {
    nothing: "",
    "25 characters": "x".repeat(25),
    "25 of another script": "李".repeat(25),
    "a leading space": " alice",
    "a trailing space": "alice ",
    "spaces only": "   ",
    "a no-break space": "a\u00a0b",
    "an ideographic space": "a\u3000b",
    "a line break": "a\nb",
    "an escape": "\u001b[2J",
    "a C1 control": "a\u009bb",
    "a zero width joiner": "a\u200db",
    "a right-to-left override": "a\u202eb",
    "an isolate": "a\u2066b",
    "a soft hyphen": "a\u00adb",
    "a Hangul filler": "\u3164",
    "a blank of Braille": "\u2800",
    "a lone surrogate": "a\ud800",
    "a replacement character": "a\ufffd",
    "a place for an object": "a\ufffc",
    "a private character": "a\ue000",
    "an unassigned one": "a\u0378",
    "an emoji": "bob😀",
    "a flag": "🇩🇪",
    "a keycap": "1\u20e3",
    "a pictograph": "\u2764",
    "a heart made an emoji": "\u2764\ufe0f",
    "a skin tone": "a🏽",
    "a mark alone": "\u0301",
    "a tower of marks": "x\u0301\u0302\u0303\u0304",
  };
  for (const [what, player] of Object.entries(wrong)) {
    const checked = checkCommand(raw({ player }));
    assert.ok(!checked.ok, what);
    assert.equal(checked.rejection.reason, "BAD_PLAYER", what);
    // Whatever came in, the message itself is safe to print.
    assert.doesNotMatch(checked.rejection.message, /\p{C}|\p{Default_Ignorable_Code_Point}/u, what);
  }
});

test("a request id is at most 64 printable ASCII characters", () => {
  assert.ok(checkCommand(raw({ requestId: "x".repeat(64) })).ok);
  for (const requestId of ["x".repeat(65), "a\n", "é", "\u0000"]) {
    refused(raw({ requestId }), "BAD_REQUEST_ID", "request_id");
    refused({ type: "CloseRound", player: "alice", requestId }, "BAD_REQUEST_ID", "request_id");
  }
});

test("a bad input is quoted, made visible and cut short", () => {
  const message = refused(
    raw({ player: `a\u202e${"b".repeat(1_000_000)}` }),
    "BAD_PLAYER",
    "player",
  );
  assert.ok(message.startsWith(`The player "a\\u{202e}${"b".repeat(22)}…" is not allowed: a name`));
  assert.equal(
    refused(raw({ player: "" }), "BAD_PLAYER", "player").slice(0, 27),
    "A player's name is missing:",
  );
});

test("whatever is sent, a name that passes keeps the rule and passes again unchanged", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 30 }), (player) => {
      const checked = checkCommand(raw({ player }));
      if (!checked.ok) return;
      const name = checked.command.player;
      assert.match(name, /^[^\p{C}\p{Zl}\p{Zp}]{1,96}$/u);
      assert.equal(name, name.trim());
      assert.equal(playerAfter(name), name);
    }),
    { numRuns: 500 },
  );
});
