/**
 * The state after each committed entry, replayed from zero along the committed log: what every
 * node's state, whatever way it came about, is held against.
 */
import { applyTransaction, type Game } from "../../../game/game.js";
import type { Room } from "../../../game/room.js";
import { cutSnapshot, type GameCut } from "../../../game/snapshot.js";
import type { CommittedLog } from "../committed-log.js";

export interface Replay {
  /** After the entry at that position of the committed log; -1 is before the first. */
  cutAt(index: number): GameCut;
  /** Undefined if the room did not exist then. */
  roomAt(index: number, name: string): Room | undefined;
}

/** `game` is the state that every log begins from; from now on it is this replay's. */
export function createReplay(committed: CommittedLog, game: Game): Replay {
  // A cut shares all with the game and never changes, so keeping every one costs little.
  const cuts: GameCut[] = [cutSnapshot(game)];

  function cutAt(index: number): GameCut {
    for (;;) {
      const cut = cuts[index + 1];
      if (cut !== undefined) return cut;
      const transaction = committed.transactionAt(cuts.length - 1);
      if (transaction === undefined) throw new Error(`nothing is committed at ${index}`);
      applyTransaction(game, transaction);
      cuts.push(cutSnapshot(game));
    }
  }

  return {
    cutAt,
    roomAt: (index, name) => cutAt(index).rooms.find(([known]) => known === name)?.[1],
  };
}
