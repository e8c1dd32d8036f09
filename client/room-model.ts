/**
 * One room as a screen draws it: a pure fold over what a watch delivers. Models are never changed,
 * only replaced, so a screen may keep old ones and go back in time.
 */
import { evolve } from "../game/evolve.js";
import type { Leader } from "../game/game.js";
import type { Room } from "../game/room.js";
import type { Transaction } from "../game/transaction.js";
import { roomFromMessage } from "../game/view.js";
import { type NodeStatus, Phase } from "../gen/zabble/v1/cluster_pb.js";
import type { Snapshot } from "../gen/zabble/v1/game_pb.js";

export interface RoomModel {
  readonly name: string;
  /** Everything committed up to here is in this model, as far as it concerns the room. */
  readonly zxid: bigint;
  /** Undefined until somebody sets the room's first target. */
  readonly room: Room | undefined;
  /** Who leads as far as the connected node knows; undefined while it looks for a leader. */
  readonly leader: Leader | undefined;
  /** What the connected node last said of itself. */
  readonly status: NodeStatus | undefined;
}

export function emptyRoomModel(name: string): RoomModel {
  return { name, zxid: 0n, room: undefined, leader: undefined, status: undefined };
}

/** A snapshot replaces the room, also by nothing if it does not hold it. */
export function afterSnapshot(model: RoomModel, snapshot: Snapshot): RoomModel {
  const message = snapshot.rooms.find((room) => room.name === model.name);
  const room = message === undefined ? undefined : roomFromMessage(message);
  return { ...model, zxid: snapshot.zxid, room };
}

/** `seen`: everything up to here was seen. Throws InvariantError on events that cannot follow. */
export function afterTransactions(
  model: RoomModel,
  transactions: readonly Transaction[],
  seen: bigint,
): RoomModel {
  let { room, leader } = model;
  for (const transaction of transactions) {
    for (const event of transaction.events) {
      if (event.type === "LeaderEstablished") {
        leader = { epoch: event.epoch, nodeId: event.nodeId };
      } else if (event.room === model.name) {
        room = evolve(room, event, transaction);
      }
    }
  }
  return { ...model, zxid: seen, room, leader };
}

export function afterStatus(model: RoomModel, status: NodeStatus): RoomModel {
  return { ...model, status, leader: leaderOf(status, model.leader) };
}

function leaderOf(status: NodeStatus, before: Leader | undefined): Leader | undefined {
  if (status.leaderId === "") return undefined;
  // Until the node has the new leader's marker, its epoch is still that of the leader before.
  if (status.phase !== Phase.BROADCAST) return before;
  return { epoch: status.epoch, nodeId: status.leaderId };
}
