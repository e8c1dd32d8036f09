// Proves that no chunks become a game that nobody cut: damaged ones are refused, and even lines
// that were made up, with a digest that fits them, give a game that can be cut again, or are
// refused.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText, damagedText } from "../test/damage.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import { createGame, type Game } from "./game.js";
import { InvariantError } from "./invariant-error.js";
import { cutSnapshot, restoreGame, snapshotChunks } from "./snapshot.js";
import { anyCommand, createTable } from "./table.testing.js";

const RUNS = 1000;

const textOf = (game: Game) => [...snapshotChunks(cutSnapshot(game))].join("\n");

const anySnapshot = fc
  .tuple(fc.array(anyCommand, { maxLength: 25 }), fc.integer({ min: 1, max: 5 }))
  .map(([commands, window]) => {
    const table = createTable(createGame(window));
    for (const command of commands) table.submit(command);
    table.apply();
    return textOf(table.game);
  });

/** The game of these chunks, or undefined if they were refused as documented. */
function restored(chunks: readonly string[]): Game | undefined {
  try {
    return restoreGame(chunks);
  } catch (error) {
    if (error instanceof InvariantError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** FNV-1a, told here once more: the digest of the lines before the last. */
function sealedText(lines: readonly string[]): string {
  let digest = 0x811c9dc5;
  for (const line of lines) {
    for (let at = 0; at < line.length; at++) {
      digest = Math.imul(digest ^ line.charCodeAt(at), 0x01000193);
    }
  }
  return [...lines, JSON.stringify(["end", lines.length, digest >>> 0])].join("\n");
}

test("damaged chunks are refused, or say what was cut", () => {
  fc.assert(
    fc.property(damagedText(anySnapshot), fc.nat(), ({ before, other, after }, at) => {
      const cut = at % (after.length + 1);
      for (const chunks of [[after], [after.slice(0, cut), after.slice(cut)]]) {
        const game = restored(chunks);
        if (game !== undefined) assert.ok([before, other].includes(textOf(game)));
      }
      assert.equal(restored([before.slice(0, before.lastIndexOf("\n"))]), undefined, "no end");
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("chunks of no meaning are refused", () => {
  const chunk = fc.oneof(anyText, fc.json());
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 3 }), (chunks) => {
      assert.equal(restored(chunks), undefined);
    }),
    fuzzed(import.meta.url, RUNS),
  );
});

test("lines that were made up give a game that can be cut again, or are refused", () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>("open", "closed", "lobby", "1", 0, 1, 7, -1, 0.5, 2 ** 32, null, []),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const tag = fc.constantFrom("room", "count", "closest", "guess", "round", "score", "request");
  const anyLine = fc.tuple(tag, fc.array(value, { maxLength: 7 })).map(([tag, values]) => {
    return JSON.stringify([tag, ...values]);
  });
  const roomLine = fc.constantFrom("open", "closed", "ajar", "").map((status) => {
    return JSON.stringify(["room", "cellar", status, 1, 50, "ann", 7]);
  });
  const line = fc.oneof(anyLine, roomLine);
  const forged = fc
    .tuple(anySnapshot, fc.array(fc.tuple(fc.nat(), line), { maxLength: 4 }), fc.nat())
    .map(([text, added, lost]) => {
      const lines = text.split("\n").slice(0, -1);
      for (const [at, line] of added) lines.splice(at % (lines.length + 1), 0, line);
      if (lost % 3 === 0) lines.splice(lost % lines.length, 1);
      return sealedText(lines);
    });
  let taken = 0;
  fc.assert(
    fc.property(forged, (text) => {
      const game = restored([text]);
      if (game === undefined) return;
      taken += 1;
      for (const { status } of game.rooms.values()) assert.match(status, /^(open|closed)$/);
      const cut = textOf(game);
      const again = restored([cut]);
      assert.ok(again !== undefined, "what was restored cannot be restored again");
      assert.equal(textOf(again), cut);
    }),
    fuzzed(import.meta.url, RUNS),
  );
  assert.ok(taken > 0, "all were refused: nothing was tried");
});

test("a chunk that is nested without end is refused", () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  for (const text of [nested, `["room",${nested}]`, `["end",${nested}]`, sealedText([nested])]) {
    assert.equal(restored([text]), undefined);
  }
});
