// Proves that a command line takes exactly what its words say it takes, whatever is typed: numbers
// in plain digits within their bounds, and names that the servers would take too. All else is
// refused in those words, and a command with a refused value ends with 2 and has tried nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError } from "commander";
import fc from "fast-check";
import { checkCommand, checkRoom } from "../game/check-command.js";
import { anyText } from "../test/damage.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import { finishRun } from "./command-run.testing.js";
import {
  parseBotCount,
  parseBotDuration,
  parseBotRate,
  parseNodeCount,
  parsePlayer,
  parseRequestId,
  parseRoom,
  parseSeed,
  parseServer,
  parseTimeout,
  parseValue,
  parseZxidOption,
} from "./option-values.js";
import { complete, readTyped, TYPED_COMMANDS } from "./screen/typed-command.js";

const RUNS = 3000;

/** What may be taken for a number: as other languages, scripts and habits write one. */
const anyNumeral = fc.oneof(
  fc.integer({ min: -20, max: 2000 }).map(String),
  fc.integer().map(String),
  fc.bigInt({ min: 0n, max: 2n ** 70n }).map(String),
  fc.double().map(String),
  fc.constantFrom("", " ", "+", "-", ".", "-0", "+5", "0x10", "0b1", "0o7", "1e3", "1E2", "5n"),
  fc.constantFrom("NaN", "Infinity", "-Infinity", "1_000", "1,000", "5.", ".5", "5.0", "1/2", "½"),
  fc.constantFrom("５", "٣", "४", "²", "Ⅷ", "五", " 5", "5 ", "\t5", "5\n", "\u00a05", "5\u0000"),
  fc.constantFrom("000", "007", "0000000000", "9".repeat(400), "null", "true", "[]", "5;rm"),
  anyText,
);

interface Numeric {
  readonly parse: (text: string) => number;
  readonly form: RegExp;
  readonly min: number;
  readonly max: number;
  /** Of what is returned, for each of what is typed. */
  readonly unit?: number;
}

const WHOLE = /^[0-9]{1,9}$/;
const DECIMAL = /^[0-9]{1,9}(\.[0-9]{1,9})?$/;

const NUMERIC: Readonly<Record<string, Numeric>> = {
  "a value": { parse: parseValue, form: WHOLE, min: 0, max: 100 },
  "a time-out": { parse: parseTimeout, form: WHOLE, min: 1, max: 600_000 },
  "a number of nodes": { parse: parseNodeCount(100), form: WHOLE, min: 1, max: 100 },
  "a number of bots": { parse: parseBotCount, form: WHOLE, min: 1, max: 200 },
  "a rate": { parse: parseBotRate, form: DECIMAL, min: 0.01, max: 1000 },
  "a duration": { parse: parseBotDuration, form: DECIMAL, min: 0.1, max: 604_800, unit: 1000 },
  "a seed": { parse: parseSeed, form: WHOLE, min: 0, max: 999_999_999 },
};

/** The value, or the words of the refusal. */
function parsed<T>(parse: (text: string) => T, text: string): { readonly value: T } | string {
  try {
    return { value: parse(text) };
  } catch (error) {
    assert.ok(error instanceof InvalidArgumentError, `${error}`);
    return error.message;
  }
}

for (const [what, { parse, form, min, max, unit = 1 }] of Object.entries(NUMERIC)) {
  test(`${what} is taken in digits from ${min} to ${max}, and nothing else`, () => {
    const edges = [min, max].flatMap((edge) => [
      edge - 1,
      edge,
      edge + 1,
      edge + 0.5,
      edge - 0.001,
    ]);
    const text = fc.oneof(anyNumeral, fc.constantFrom(...edges.map(String)));
    fc.assert(
      fc.property(text, (text) => {
        const result = parsed(parse, text);
        const isRight = form.test(text) && Number(text) >= min && Number(text) <= max;
        assert.deepEqual(result, isRight ? { value: Number(text) * unit } : result);
        assert.equal(typeof result === "string", !isRight, text);
        if (typeof result === "string") assert.match(result, new RegExp(`${max}`));
      }),
      fuzzed(import.meta.url, RUNS),
    );
  });
}

test("a zxid is taken as epoch.counter or as one number", () => {
  const part = fc.oneof(fc.nat({ max: 0xffff_ffff }).map(String), anyNumeral);
  const numeral = fc.oneof(
    anyNumeral,
    fc.tuple(part, part).map((parts) => parts.join(".")),
  );
  fc.assert(
    fc.property(numeral, (text) => {
      const result = parsed(parseZxidOption, text);
      if (typeof result === "string") assert.match(result, /epoch\.counter/);
      else {
        const [epoch = "", counter] = text.split(".");
        assert.match(text, /^[0-9]+(\.[0-9]+)?$/);
        const zxid =
          counter === undefined ? BigInt(epoch) : (BigInt(epoch) << 32n) | BigInt(counter);
        assert.equal(result.value, zxid);
        assert.ok(zxid < 2n ** 64n);
      }
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

const anyName = fc.oneof(
  anyText,
  fc.string({ maxLength: 70 }),
  fc.constantFrom("", "ann", "é", "x".repeat(24), "x".repeat(25), "x".repeat(64), "x".repeat(65)),
);

test("a player, a room and a request id that the command line takes, the servers take", () => {
  const command = { type: "CloseRound", room: "lobby", player: "ann", requestId: "r1" } as const;
  const isTaken = (change: object) => checkCommand({ ...command, ...change }).ok;
  fc.assert(
    fc.property(anyName, (text) => {
      const player = parsed(parsePlayer, text);
      assert.equal(typeof player !== "string", isTaken({ player: text }));
      const room = parsed(parseRoom, text);
      assert.equal(typeof room !== "string", checkRoom(text).ok);
      const requestId = parsed(parseRequestId, text);
      assert.equal(typeof requestId !== "string", text !== "" && isTaken({ requestId: text }));
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("a server's address is taken whole, or refused", () => {
  const scheme = fc.constantFrom("", "http://", "https://", "HTTP://", "ftp://", "file:///", "//");
  const host = fc.oneof(
    fc.constantFrom(
      "127.0.0.1",
      "localhost",
      "[::1]",
      "play.example",
      "user:pass@host",
      "a b",
      "x@y",
    ),
    fc.constantFrom("１２７.0.0.1", "hö.example", "a\nb", "", "%00", "127.1"),
    anyText,
  );
  const port = fc.oneof(fc.constantFrom("", ":7101", ":0", ":65536", ":x"), anyNumeral);
  const rest = fc.constantFrom("", "/", "/x", "?q", "#h", "/?", " ");
  const address = fc.tuple(scheme, host, port, rest).map((parts) => parts.join(""));
  fc.assert(
    fc.property(address, (text) => {
      const result = parsed(parseServer, text);
      if (typeof result === "string") assert.match(result, /http:\/\/127\.0\.0\.1:7101/);
      else {
        assert.equal(new URL(result.value).origin, result.value);
        assert.doesNotMatch(text, /[@\p{Cc}]/u, "a part of it was dropped");
      }
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("whatever is typed at the screen is a command within its bounds, or is explained", () => {
  const known = { nodes: ["node1", "node2"], rooms: ["lobby", "attic"] };
  const word = fc.oneof(
    fc.constantFrom(...TYPED_COMMANDS.map(({ name }) => name)),
    fc.constantFrom("node1", "node2", "lobby", "3.1", "constructor", "__proto__"),
    anyNumeral,
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 4 }), (words) => {
      const text = words.join(" ");
      const result = readTyped(text, known);
      if (!result.ok) assert.notEqual(result.problem, "");
      else if (result.typed.kind === "guess" || result.typed.kind === "write") {
        const { value } = result.typed;
        assert.ok(Number.isInteger(value) && value >= 0 && value <= 100);
        assert.match(text, /(^|\s)[0-9]{1,9}\s*$/);
      }
      const { candidates } = complete(text, known);
      assert.ok(candidates.length <= TYPED_COMMANDS.length);
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

/** An option, or an argument, of each command that has one of the values above. */
const PLACES: readonly (readonly [(text: string) => unknown, (text: string) => string[]])[] = [
  [parseValue, (text) => ["write", "--", text]],
  [parseValue, (text) => ["guess", "--", text]],
  [parseTimeout, (text) => ["read", `--timeout=${text}`]],
  [parseTimeout, (text) => ["status", `--timeout=${text}`]],
  [parseNodeCount(100), (text) => ["up", `--nodes=${text}`]],
  [parseBotCount, (text) => ["bot", `--count=${text}`]],
  [parseBotRate, (text) => ["bot", `--rate=${text}`]],
  [parseBotDuration, (text) => ["bot", `--duration=${text}`]],
  [parseSeed, (text) => ["bot", `--seed=${text}`]],
  [parseZxidOption, (text) => ["watch", `--from=${text}`]],
  [parsePlayer, (text) => ["close", `--player=${text}`]],
  [parseRoom, (text) => ["play", `--room=${text}`]],
  [parseRequestId, (text) => ["write", "5", `--request-id=${text}`]],
  [parseServer, (text) => ["client", `--server=${text}`]],
];

test("a command with a refused value ends with 2, in words, and tries nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...PLACES), anyNumeral, async ([parse, argsWith], text) => {
      const refusal = parsed(parse, text);
      fc.pre(typeof refusal === "string");
      const { exitCode, stdout, stderr } = await finishRun(argsWith(text));
      assert.deepEqual({ exitCode, stdout }, { exitCode: 2, stdout: "" });
      assert.ok(stderr.includes(refusal), stderr);
    }),
    fuzzed(import.meta.url, 150),
  );
});
