/** The view that a read records, from a room of the game and from one that came over the wire. */
import type { Room } from "../../game/room.js";
import { roomFromMessage } from "../../game/view.js";
import type { Room as RoomMessage } from "../../gen/zabble/v1/game_pb.js";
import type { RoomView } from "./operation.js";

/** A room that does not exist is undefined. */
export function viewOfRoom(room: Room | undefined): RoomView {
  const round = room?.rounds.at(-1);
  const lastClosed = round && { round: round.round, winner: round.winner, guess: round.guess };
  const guesses = room?.status === "open" ? room.guesses : [];
  return {
    round: room?.round ?? 0,
    open: room?.status === "open",
    target: room?.target ?? 0,
    by: room?.by ?? "",
    guessCount: room?.status === "open" ? room.guessCount : 0,
    guesses: guesses.map(({ player, value }) => ({ player, value })),
    lastClosed,
  };
}

export function viewOfMessage(message: RoomMessage): RoomView {
  return viewOfRoom(roomFromMessage(message));
}
