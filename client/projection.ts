/**
 * What follows from the committed stream: every room, and who leads. A pure fold over what a watch
 * of all rooms delivers. Projections are never changed, only replaced, so a screen may keep old
 * ones and go back in time.
 */
import type { GameEvent } from "../game/event.js";
import { evolve } from "../game/evolve.js";
import type { Leader } from "../game/game.js";
import type { Room } from "../game/room.js";
import type { Transaction } from "../game/transaction.js";
import { roomFromMessage } from "../game/view.js";
import type { Snapshot } from "../gen/zabble/v1/game_pb.js";

export interface Projection {
  /** Everything committed up to here is in it. */
  readonly zxid: bigint;
  /** Of the last transaction, milliseconds since 1970 by the log; 0 if none was seen. */
  readonly time: number;
  readonly rooms: ReadonlyMap<string, Room>;
  /** Undefined until the stream names one: a snapshot does not. */
  readonly leader: Leader | undefined;
}

export const emptyProjection: Projection = {
  zxid: 0n,
  time: 0,
  rooms: new Map(),
  leader: undefined,
};

export function projectionOf({ zxid, rooms }: Snapshot): Projection {
  const known = rooms.flatMap((message): [string, Room][] => {
    const room = roomFromMessage(message);
    return room === undefined ? [] : [[room.name, room]];
  });
  return { zxid, time: 0, rooms: new Map(known), leader: undefined };
}

/**
 * `seen`: everything up to here was seen, also what concerned nobody. Throws InvariantError on
 * events that cannot follow.
 */
export function afterTransactions(
  projection: Projection,
  transactions: readonly Transaction[],
  seen: bigint,
): Projection {
  let { leader, time } = projection;
  const rooms = new Map(projection.rooms);
  for (const transaction of transactions) {
    time = transaction.time;
    for (const event of transaction.events) {
      if (event.type === "LeaderEstablished") leader = leaderOf(event);
      else rooms.set(event.room, evolve(rooms.get(event.room), event, transaction));
    }
  }
  return { zxid: seen, time, rooms, leader };
}

function leaderOf(event: Extract<GameEvent, { readonly type: "LeaderEstablished" }>): Leader {
  return { epoch: event.epoch, nodeId: event.nodeId };
}
