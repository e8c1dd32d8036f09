// Proves that a snapshot is exact, that equal states give equal bytes, and that damage is found.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyTransaction, createGame, type Game, gameFromParts } from "./game.js";
import { setTarget, submitGuess } from "./given-when-then.testing.js";
import { cutEntries } from "./request-window.js";
import { cutSnapshot, restoreGame, snapshotChunks } from "./snapshot.js";
import { anyCommand, createTable } from "./table.testing.js";
import { zxidOf } from "./zxid.js";

const chunksOf = (game: Game) => [...snapshotChunks(cutSnapshot(game))];

/** Everything in a game, in plain values. */
function contentOf({ zxid, time, leader, rooms, requests }: Game) {
  const { generationMax, previous, current } = requests.cut();
  const generations = [[...cutEntries(previous)], [...cutEntries(current)]];
  return { zxid, time, leader, rooms: new Map(rooms), generationMax, generations };
}

function play(game: Game, commandCount: number): ReturnType<typeof createTable> {
  const table = createTable(game);
  for (let index = 0; index < commandCount; index += 1) {
    const player = `Ünal the ${index % 97}th`;
    const command = index % 7 === 0 ? setTarget : submitGuess;
    const room = `room${index % 11}`;
    table.submit(setTarget(player, 1));
    table.submit({ ...command(player, index % 101, `r${index}`), room });
  }
  table.apply();
  return table;
}

test("a restored game is the game, repeats are still recognised, and both go on alike", () => {
  const commands = fc.array(anyCommand, { maxLength: 120 });
  fc.assert(
    fc.property(commands, commands, fc.integer({ min: 1, max: 30 }), (before, after, window) => {
      const table = createTable(createGame(window));
      for (const command of before) table.submit(command);
      table.apply();
      const restored = restoreGame(chunksOf(table.game));
      assert.deepEqual(contentOf(restored), contentOf(table.game));
      const known = table.log.filter(({ requestId }) => table.game.requests.find(requestId));
      const next = createTable(restored);
      for (const { requestId, zxid } of known) {
        const verdict = next.submit(setTarget("dan", 1, requestId));
        assert.ok(verdict.kind === "repeat" && verdict.zxid === zxid);
      }
      for (const command of after) next.submit(command);
      next.apply();
      for (const transaction of next.log) applyTransaction(table.game, transaction);
      assert.deepEqual(contentOf(restored), contentOf(table.game));
      assert.deepEqual(chunksOf(restored), chunksOf(table.game));
    }),
  );
});

test("nothing that happens after the cut shows in it", () => {
  const { game } = play(createGame(50), 75);
  const atOnce = chunksOf(game);
  const cut = cutSnapshot(game);
  const chunks = snapshotChunks(cut);
  const first = chunks.next();
  play(game, 300);
  assert.notEqual(chunksOf(game)[0], atOnce[0]);
  assert.deepEqual([first.value, ...chunks], atOnce);
  assert.deepEqual([...snapshotChunks(cut)], atOnce);
});

test("equal states give equal chunks, however their maps were built", () => {
  const { game } = play(createGame(), 200);
  const cut = cutSnapshot(game);
  const rooms = [...game.rooms].reverse().map(([name, room]) => {
    const scores = new Map([...room.scores].reverse());
    return [name, { ...room, scores }] as const;
  });
  assert.deepEqual(chunksOf(gameFromParts({ ...cut, rooms })), chunksOf(game));
});

test("an empty game has a snapshot too", () => {
  const restored = restoreGame(chunksOf(createGame()));
  assert.deepEqual(contentOf(restored), contentOf(createGame()));
});

test("chunks are about 64 KiB at most, and more than one", () => {
  const chunks = chunksOf(play(createGame(), 2000).game);
  assert.ok(chunks.length > 2, `${chunks.length} chunks`);
  for (const chunk of chunks) assert.ok(Buffer.byteLength(chunk) <= 64 * 1024);
});

test("any changed, lost, repeated or swapped text is found", () => {
  const chunks = chunksOf(play(createGame(), 900).game);
  const text = chunks.join("\n");
  const [first = "", second = "", ...rest] = chunks;
  assert.throws(() => restoreGame([]));
  assert.throws(() => restoreGame([first, ...rest]));
  assert.throws(() => restoreGame([second, first, ...rest]));
  assert.throws(() => restoreGame([first, first, second, ...rest]));
  assert.throws(() => restoreGame(chunks.slice(0, -1)));
  assert.throws(() => restoreGame([...chunks, first]));
  fc.assert(
    fc.property(fc.nat({ max: text.length - 1 }), fc.constantFrom("0", "x", " "), (at, letter) => {
      if (text[at] === letter) return;
      const damaged = text.slice(0, at) + letter + text.slice(at + 1);
      assert.throws(() => restoreGame([damaged]), `${at} ${letter}`);
    }),
    { numRuns: 60 },
  );
});

test("a snapshot of another version is not guessed at", () => {
  const [only = ""] = chunksOf(createGame());
  assert.throws(() => restoreGame([only.replace('["game",1', '["game",2')]), /snapshot version 1/);
});

test("a late node restores and follows the log to the same state", () => {
  const table = play(createGame(), 30);
  const late = restoreGame(chunksOf(table.game));
  const next = createTable(table.game);
  next.submit(setTarget("dan", 7));
  next.apply();
  assert.equal(next.log[0]?.zxid, zxidOf(2, 0));
  for (const transaction of next.log) applyTransaction(late, transaction);
  assert.deepEqual(contentOf(late), contentOf(table.game));
});
