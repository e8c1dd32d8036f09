/**
 * Walking through the past: each move answers at once if the stretch at hand holds the place, else
 * it asks for the stretch that does and goes on when it is there. Pure.
 */
import type { PastStretch } from "./past-reader.js";
import { type Session, said } from "./session-model.js";
import {
  atEdge,
  concerns,
  covers,
  type Direction,
  goesOn,
  moved,
  type Past,
  pastFromLive,
  pastFromStretch,
  type Reading,
  type Stride,
  zxidOfPast,
} from "./time-travel.js";

export type Move =
  | { readonly kind: "enter" }
  | { readonly kind: "leave" }
  | { readonly kind: "stride"; readonly stride: Stride; readonly direction: Direction }
  | { readonly kind: "edge"; readonly direction: Direction }
  | { readonly kind: "goTo"; readonly zxid: bigint };

export interface ReadPast {
  readonly type: "readPast";
  readonly room: string;
  /** The place around which to read. */
  readonly at: { readonly zxid: bigint } | { readonly ordinal: number };
  /** The newest that is committed, as far as the screen knows. */
  readonly until: bigint;
}

interface PastStep {
  readonly session: Session;
  readonly effects: readonly ReadPast[];
}

/** Each move, from wherever the screen stands. */
export function travelled(session: Session, move: Move, nowMs: number): PastStep {
  if (move.kind === "leave") return { session: { ...session, past: undefined }, effects: [] };
  const { live } = session;
  if (live === undefined) return stay(session, "there is no past to look at yet", nowMs);
  if (session.past === undefined) {
    const past = pastFromLive(live, session.room);
    const entered = read({ ...session, past }, past, { zxid: zxidOfPast(past) }, undefined);
    if (move.kind === "enter") return entered;
    const onward = travelled(entered.session, move, nowMs);
    return { ...onward, effects: [...entered.effects, ...onward.effects] };
  }
  const { past } = session;
  switch (move.kind) {
    case "enter":
      return { session, effects: [] };
    case "goTo":
      if (covers(past.stretch, move.zxid) && past.stretch.place !== undefined) {
        const there = pastFromStretch(
          { ...past.stretch, ...past.stretch.place, room: past.room },
          move.zxid,
        );
        return { session: { ...session, past: there }, effects: [] };
      }
      return read(session, past, { zxid: move.zxid }, move.zxid);
    case "edge":
      if (!goesOn(past, move.direction) && !isBehind(session, past, move.direction)) {
        return { session: { ...session, past: atEdge(past, move.direction) }, effects: [] };
      }
      return move.direction === "older"
        ? read(session, past, { ordinal: 1 }, 0n)
        : read(session, past, { zxid: live.now.zxid }, live.now.zxid);
    case "stride":
      return strode(session, past, move, nowMs);
  }
}

export function afterPastProgress(session: Session, done: number): Session {
  const { past } = session;
  if (past?.reading === undefined) return session;
  return { ...session, past: { ...past, reading: { ...past.reading, done } } };
}

export function afterPastRead(session: Session, stretch: PastStretch, nowMs: number): PastStep {
  const { past } = session;
  // Back to live, or in another room, before it came.
  if (past === undefined || past.room !== stretch.room) return { session, effects: [] };
  const zxid = past.reading?.zxid ?? zxidOfPast(past);
  const there = pastFromStretch(stretch, zxid);
  const next = { ...session, past: there };
  const seeking = past.reading?.seeking;
  if (seeking === undefined) return { session: next, effects: [] };
  // A server that lags behind has nothing more to say: asking it again would go on for ever.
  const reaches = zxidOfPast(atEdge(there, seeking.direction));
  const isNews = seeking.direction === "newer" ? reaches > zxid : reaches < zxid;
  return strode(next, there, seeking, nowMs, isNews);
}

export function afterPastFailed(session: Session, words: string, nowMs: number): Session {
  if (session.past === undefined) return session;
  const past = { ...session.past, reading: undefined };
  return said({ ...session, past }, "bad", words, nowMs);
}

function strode(
  session: Session,
  past: Past,
  seeking: { readonly stride: Stride; readonly direction: Direction },
  nowMs: number,
  mayRead = true,
): PastStep {
  const { stride, direction } = seeking;
  const there = moved(past, stride, direction);
  if (there !== undefined) {
    // What is being read goes on being read.
    return { session: { ...session, past: { ...there, reading: past.reading } }, effects: [] };
  }
  if (mayRead && (goesOn(past, direction) || isBehind(session, past, direction))) {
    const edge = zxidOfPast(atEdge(past, direction));
    return read(session, past, { zxid: edge }, edge, seeking);
  }
  const what = { event: "event", round: "target", leader: "change of leader" }[stride];
  const words =
    direction === "older"
      ? `there is no older ${what} in the log that is kept`
      : `there is no newer ${what}; Esc goes back to live`;
  return stay(session, words, nowMs);
}

/** Whether the room's history has grown since the stretch was read. */
function isBehind({ live }: Session, past: Past, direction: Direction): boolean {
  if (direction === "older" || live === undefined) return false;
  const last = past.stretch.transactions.at(-1)?.zxid ?? past.stretch.before.zxid;
  return live.transactions.some(
    (transaction) => transaction.zxid > last && concerns(transaction, past.room),
  );
}

function read(
  session: Session,
  past: Past,
  at: ReadPast["at"],
  zxid: bigint | undefined,
  seeking?: Reading["seeking"],
): PastStep {
  const until = session.live?.now.zxid ?? 0n;
  const reading: Reading = { done: 0, zxid, seeking };
  return {
    session: { ...session, past: { ...past, reading } },
    effects: [{ type: "readPast", room: past.room, at, until }],
  };
}

function stay(session: Session, words: string, nowMs: number): PastStep {
  return { session: said(session, "info", words, nowMs), effects: [] };
}
