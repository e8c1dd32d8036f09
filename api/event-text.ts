/**
 * What a watcher is told as server-sent events: text that curl shows and EventSource understands.
 * Each transaction and each room is made into text once for all watchers.
 */
import { toJson } from "@bufbuild/protobuf";
import type { Room } from "../game/room.js";
import type { Transaction } from "../game/transaction.js";
import { eventInWords, roomToMessage } from "../game/view.js";
import { formatZxid } from "../game/zxid.js";
import { type NodeStatus, NodeStatusSchema } from "../gen/zabble/v1/cluster_pb.js";
import { RoomSchema } from "../gen/zabble/v1/game_pb.js";
import { type Burst, encodedOnce, type WatchEncoding } from "./watch-encoding.js";

const roomTexts = new WeakMap<Room, string>();
const burstTexts = new WeakMap<Burst, string>();
const statusTexts = new WeakMap<NodeStatus, string>();

/** Events: "snapshot", "transaction", "status". The id of an event is the zxid to resume from. */
export const eventText: WatchEncoding<string> = {
  snapshot(zxid, rooms) {
    const texts = rooms.map((room) => encodedOnce(roomTexts, room, roomText));
    const data = `{"zxid":"${formatZxid(zxid)}","rooms":[${texts.join(",")}]}`;
    return frame("snapshot", data, zxid);
  },
  committed(bursts, zxid) {
    const texts = bursts.map((burst) => encodedOnce(burstTexts, burst, burstText));
    // What happened in other rooms only moves the place from which to resume.
    return `${texts.join("")}id: ${formatZxid(zxid)}\n\n`;
  },
  status: (status) => encodedOnce(statusTexts, status, statusText),
};

function roomText(room: Room): string {
  return JSON.stringify(toJson(RoomSchema, roomToMessage(room, room.name)));
}

function burstText({ transactions }: Burst): string {
  return transactions.map(transactionText).join("");
}

function transactionText({ zxid, time, requestId, events }: Transaction): string {
  const words = events.map(eventInWords);
  const data = { zxid: formatZxid(zxid), time, requestId, events, words };
  return frame("transaction", JSON.stringify(data), zxid);
}

function statusText(status: NodeStatus): string {
  return `event: status\ndata: ${JSON.stringify(toJson(NodeStatusSchema, status))}\n\n`;
}

/** JSON has no line breaks, so one data line holds all of it. */
function frame(event: string, data: string, zxid: bigint): string {
  return `event: ${event}\nid: ${formatZxid(zxid)}\ndata: ${data}\n\n`;
}
