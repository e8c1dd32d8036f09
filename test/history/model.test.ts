// Proves that the model and the game, written apart from the same rules, agree on every command and
// on what a reader sees after it, so that neither has an error that the other lacks.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { Command } from "../../game/command.js";
import { decide } from "../../game/decide.js";
import { evolve } from "../../game/evolve.js";
import { outcomeRound } from "../../game/game.js";
import type { Room } from "../../game/room.js";
import { EMPTY_ROOM, obey, type RoomState, step } from "./model.js";
import type { Call } from "./operation.js";
import { viewOfRoom } from "./room-view.js";

type Wish = Exclude<Call, { readonly type: "read" }>;

const value = fc.nat(100);
const wish: fc.Arbitrary<Wish> = fc.oneof(
  { weight: 6, arbitrary: value.map((value): Wish => ({ type: "guess", value })) },
  { weight: 1, arbitrary: value.map((value): Wish => ({ type: "setTarget", value })) },
  { weight: 1, arbitrary: fc.constant<Wish>({ type: "close" }) },
);
const anyTurn = fc.tuple(fc.constantFrom("alice", "bob", "eve"), wish);

function commandOf(player: string, call: Wish): Command {
  const who = { room: "lobby", player, requestId: "" };
  switch (call.type) {
    case "setTarget":
      return { type: "SetTarget", ...who, value: call.value };
    case "guess":
      return { type: "SubmitGuess", ...who, value: call.value };
    case "close":
      return { type: "CloseRound", ...who };
  }
}

/** Both after one more command; throws where they differ. */
function play(
  room: Room | undefined,
  state: RoomState,
  player: string,
  call: Wish,
): [Room | undefined, RoomState] {
  const zxid = state.zxid + 1n;
  const decision = decide(commandOf(player, call), room);
  if (!decision.ok) {
    const { reason } = decision.rejection;
    assert.equal(obey(state, player, call), reason);
    assert.equal(step(state, player, call, { type: "rejected", reason }), state);
    return [room, state];
  }
  let next = room;
  for (const event of decision.events) next = evolve(next, event, { zxid, time: 0 });
  const told = { type: "committed", zxid, round: outcomeRound(decision.events) } as const;
  const after = step(state, player, call, told);
  assert.ok(typeof after !== "string", String(after));
  return [next, after];
}

test("whatever is played, game and model say the same", () => {
  fc.assert(
    fc.property(fc.array(anyTurn, { maxLength: 60 }), (turns) => {
      let room: Room | undefined;
      let state = EMPTY_ROOM;
      for (const [player, call] of turns) {
        [room, state] = play(room, state, player, call);
        const read = { type: "state", zxid: state.zxid, view: viewOfRoom(room) } as const;
        const seen = step(state, "", { type: "read" }, read);
        assert.ok(typeof seen !== "string", String(seen));
      }
    }),
    { numRuns: 500 },
  );
});

test("in a round of more guesses than a reader is shown, too", () => {
  let [room, state] = play(undefined, EMPTY_ROOM, "alice", { type: "setTarget", value: 50 });
  for (let turn = 0; turn < 450; turn++) {
    [room, state] = play(room, state, "bob", { type: "guess", value: (turn * 7) % 101 });
    const read = { type: "state", zxid: state.zxid, view: viewOfRoom(room) } as const;
    assert.ok(typeof step(state, "", { type: "read" }, read) !== "string");
  }
  assert.equal(state.guessCount, 450);
  assert.equal(state.guesses.length, 200);
});
