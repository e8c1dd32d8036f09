/**
 * The room as all bots of the process see it: one watch, folded as on a player's screen. What bots
 * know of the game, they know from here.
 */
import { afterTransactions, emptyProjection, projectionOf } from "../../client/projection.js";
import { type WatchOptions, watch } from "../../client/watch.js";
import type { Refused } from "../../client/zabble-client.js";
import type { Room } from "../../game/room.js";
import type { JudgedGuess } from "./learned.js";

export interface WatchedRoomOptions
  extends Pick<WatchOptions, "servers" | "transport" | "clock" | "signal"> {
  readonly room: string;
  /** Told of each guess of anybody, once it is committed. */
  readonly onGuess: (player: string, guess: JudgedGuess) => void;
}

export interface WatchedRoom {
  /** Undefined while nobody ever set a target there, as far as this process knows. */
  room(): Room | undefined;
  /** Resolves once a server told how the room stands. */
  readonly seen: Promise<void>;
  /** As watch: the end of it, with the refusal if the servers refuse such a watch. */
  readonly ended: Promise<Refused | undefined>;
}

export function watchRoom(options: WatchedRoomOptions): WatchedRoom {
  const { servers, transport, clock, signal, room: name, onGuess } = options;
  let projection = emptyProjection;
  let saySeen: () => void = () => {};
  const seen = new Promise<void>((resolve) => {
    saySeen = resolve;
  });
  const ended = watch({
    servers,
    transport,
    clock,
    signal,
    room: name,
    from: 0n,
    // Which server the stream comes from changes nothing for the bots.
    onConnection() {},
    onStatus() {},
    onSnapshot(snapshot) {
      projection = projectionOf(snapshot);
      saySeen();
    },
    onTransactions(transactions, zxid) {
      for (const transaction of transactions) {
        // One by one: the target that a guess was meant for may be gone at the end of the list.
        projection = afterTransactions(projection, [transaction], transaction.zxid);
        const target = projection.rooms.get(name)?.target;
        for (const event of transaction.events) {
          if (event.type !== "GuessSubmitted" || target === undefined) continue;
          const { round, player, value } = event;
          onGuess(player, { round, value, verdict: verdictOf(value, target) });
        }
      }
      projection = { ...projection, zxid };
    },
  });
  return { room: () => projection.rooms.get(name), seen, ended };
}

function verdictOf(value: number, target: number): JudgedGuess["verdict"] {
  if (value === target) return "exact";
  return value < target ? "low" : "high";
}
