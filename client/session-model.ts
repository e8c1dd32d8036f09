/**
 * All that one player's screen knows, whatever draws it: a value, replaced by session-update.ts and
 * never changed. What is on the screen beyond this (focus, scrolling, typing) is the screen's own.
 */
import type { Room } from "../game/room.js";
import type { NodeStatus } from "../gen/zabble/v1/cluster_pb.js";
import type { ClusterModel } from "./cluster-model.js";
import { hasLeader } from "./has-leader.js";
import type { LiveLog } from "./live-log.js";
import type { PendingCommand } from "./pending-command.js";
import type { Projection } from "./projection.js";
import type { Past } from "./time-travel.js";
import type { ConnectionChange } from "./watch.js";

export interface Connection extends ConnectionChange {
  /** Since when the stream is up or gone; attempts in between do not count. */
  readonly sinceMs: number;
}

/** What the player is told in one line. */
export interface Message {
  readonly kind: "good" | "bad" | "pending" | "info";
  readonly text: string;
  readonly atMs: number;
}

export interface Session {
  /** Undefined for somebody who only watches. */
  readonly player: string | undefined;
  readonly room: string;
  /** Undefined until the first snapshot. */
  readonly live: LiveLog | undefined;
  readonly connection: Connection;
  /** The stream broke off, and what comes next tells whether anything was missed. */
  readonly wasLost: boolean;
  /** What the connected node last said of itself, and when its standing last changed. */
  readonly status: NodeStatus | undefined;
  readonly statusSinceMs: number;
  readonly cluster: ClusterModel | undefined;
  /** Given and not yet seen in the stream, oldest first. */
  readonly pending: readonly PendingCommand[];
  readonly message: Message | undefined;
  /** Undefined while the screen shows the present. */
  readonly past: Past | undefined;
  /** How often the past was asked for; each asking has its number. */
  readonly readsAsked: number;
}

/** How the screen stands to the cluster, in one word, whether it shows the past or not. */
export type Standing = "joining" | "live" | "electing" | "lost";

export function newSession(player: string | undefined, room: string, nowMs: number): Session {
  return {
    player,
    room,
    live: undefined,
    connection: { state: "connecting", server: "", words: "Connecting.", sinceMs: nowMs },
    wasLost: false,
    status: undefined,
    statusSinceMs: nowMs,
    cluster: undefined,
    pending: [],
    message: undefined,
    past: undefined,
    readsAsked: 0,
  };
}

/** The session with a line for the player. */
export function said(
  session: Session,
  kind: Message["kind"],
  text: string,
  nowMs: number,
): Session {
  return { ...session, message: { kind, text, atMs: nowMs } };
}

export function standingOf({ live, connection, status }: Session): Standing {
  if (live === undefined) return "joining";
  if (connection.state !== "live") return "lost";
  return status !== undefined && hasLeader(status) ? "live" : "electing";
}

/** What is to be drawn: the state now, or the one of the past. */
export function shownProjection({ past, live }: Session): Projection | undefined {
  return past?.after ?? live?.now;
}

/** The room to be drawn; undefined before its first target. */
export function shownRoom(session: Session): Room | undefined {
  return shownProjection(session)?.rooms.get(session.room);
}
