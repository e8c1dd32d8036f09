/** Sessions as a page would have them after some events; for tests of what is drawn of them. */
import { create } from "@bufbuild/protobuf";
import type { SessionMessage } from "../client/session-update.js";
import type { GameEvent } from "../game/event.js";
import type { Transaction } from "../game/transaction.js";
import { SnapshotSchema } from "../gen/zabble/v1/game_pb.js";
import { newPage, type PageModel } from "./page-model.js";
import { type PageMessage, updatePage } from "./page-update.js";

export const AT_MS = 1_700_000_000_000;

export const target = (round: number, value: number, by = "dan", room = "lobby"): GameEvent => ({
  type: "TargetSet",
  room,
  round,
  value,
  by,
});

export const guess = (round: number, player: string, value: number): GameEvent => ({
  type: "GuessSubmitted",
  room: "lobby",
  round,
  player,
  value,
});

/** One transaction an event, with zxids 1, 2, ... after `after`. */
export function transactionsOf(events: readonly GameEvent[], after = 0n): Transaction[] {
  return events.map((event, index) => {
    const zxid = after + BigInt(index + 1);
    return { zxid, prev: zxid - 1n, time: AT_MS, requestId: "", events: [event] };
  });
}

export function step(model: PageModel, message: PageMessage): PageModel {
  return updatePage(model, message, AT_MS).model;
}

export function told(model: PageModel, message: SessionMessage): PageModel {
  return step(model, { type: "session", message });
}

/** "ann" in the lobby, joined before anything happened. */
export function joinedPage(): PageModel {
  const page = newPage({ player: "ann", room: "lobby", theme: "auto", nowMs: AT_MS });
  return told(page, { type: "snapshot", snapshot: create(SnapshotSchema, { zxid: 0n }) });
}

/** The same after these events have come. */
export function pageAfter(model: PageModel, events: readonly GameEvent[]): PageModel {
  const after = model.session.live?.now.zxid ?? 0n;
  const transactions = transactionsOf(events, after);
  return told(model, {
    type: "transactions",
    transactions,
    seen: after + BigInt(transactions.length),
  });
}
