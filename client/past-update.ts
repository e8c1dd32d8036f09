/**
 * Walking through the past: each move answers at once if the stretch at hand holds the place, else
 * it asks for the stretch that does and goes on when it is there. Pure.
 */
import type { PastStretch } from "./past-reader.js";
import { type Session, said } from "./session-model.js";
import {
  atEdge,
  atOrdinal,
  concerns,
  covers,
  type Direction,
  goesOn,
  moved,
  ordinalAt,
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
  | { readonly kind: "goTo"; readonly zxid: bigint }
  /** By place in the room's log as far as it is kept: 0 is the oldest, 1 the newest. */
  | { readonly kind: "goToPart"; readonly part: number };

export interface ReadPast {
  readonly type: "readPast";
  readonly readId: number;
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
  if (move.kind === "leave") {
    return { session: { ...session, past: undefined, message: undefined }, effects: [] };
  }
  const { live } = session;
  if (live === undefined) return stay(session, "there is no past to look at yet", nowMs);
  if (session.past === undefined) {
    const past = pastFromLive(live, session.room);
    const entered = read({ ...session, past }, past, { zxid: zxidOfPast(past) });
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
        return arrived(session, there);
      }
      return read(session, past, { zxid: move.zxid }, move.zxid);
    case "goToPart": {
      const ordinal = ordinalAt(past, move.part);
      if (ordinal === undefined) return readPart(session, past, { zxid: live.now.zxid }, move.part);
      const there = atOrdinal(past, ordinal);
      return there === undefined
        ? readPart(session, past, { ordinal }, move.part)
        : arrived(session, there);
    }
    case "edge":
      if (!goesOn(past, move.direction) && !isBehind(session, past, move.direction)) {
        return arrived(session, withPlaceToCome(atEdge(past, move.direction), past));
      }
      return move.direction === "older"
        ? read(session, past, { ordinal: 1 }, 0n)
        : read(session, past, { zxid: live.now.zxid }, live.now.zxid);
    case "stride":
      return strode(session, past, move, nowMs);
  }
}

export function afterPastProgress(session: Session, readId: number, done: number): Session {
  const { past } = session;
  if (past?.reading?.readId !== readId) return session;
  return { ...session, past: { ...past, reading: { ...past.reading, done } } };
}

/** An answer that nobody waits for any more changes nothing. */
export function afterPastRead(
  session: Session,
  readId: number,
  stretch: PastStretch,
  nowMs: number,
): PastStep {
  const { past } = session;
  if (past?.reading?.readId !== readId) return { session, effects: [] };
  const { reading } = past;
  if (reading.part !== undefined) {
    const near = pastFromStretch(stretch, zxidOfPast(past));
    const next = { ...session, past: near };
    return travelled(next, { kind: "goToPart", part: reading.part }, nowMs);
  }
  const zxid = reading.zxid ?? zxidOfPast(past);
  // Whoever walked on meanwhile stands where this stretch does not reach.
  const isElsewhere = reading.zxid === undefined && !covers(stretch, zxid);
  if (isElsewhere && stretch.transactions.length > 0) return read(session, past, { zxid });
  const there = pastFromStretch(stretch, zxid);
  const next = { ...session, past: there };
  if (reading.seeking === undefined) return { session: next, effects: [] };
  // A server that lags behind has nothing more to say: asking it again would go on for ever.
  const reaches = zxidOfPast(atEdge(there, reading.seeking.direction));
  const isNews = reading.seeking.direction === "newer" ? reaches > zxid : reaches < zxid;
  return strode(next, there, reading.seeking, nowMs, isNews);
}

export function afterPastFailed(
  session: Session,
  readId: number,
  words: string,
  nowMs: number,
): Session {
  if (session.past?.reading?.readId !== readId) return session;
  const past = { ...session.past, reading: undefined };
  return said({ ...session, past }, "bad", words, nowMs);
}

/** What was said on the way here is over. */
function arrived(session: Session, past: Past): PastStep {
  return { session: { ...session, past, message: undefined }, effects: [] };
}

/** The first reading, which brings the place in the whole log, goes on wherever one walks. */
function withPlaceToCome(there: Past, before: Past): Past {
  const { reading } = before;
  const isPlace = reading !== undefined && reading.zxid === undefined && reading.part === undefined;
  return { ...there, reading: isPlace ? reading : undefined };
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
  if (there !== undefined) return arrived(session, withPlaceToCome(there, past));
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
  // A snapshot says that there was more, and not of which room.
  if (live.base.zxid > last) return true;
  return live.transactions.some(
    (transaction) => transaction.zxid > last && concerns(transaction, past.room),
  );
}

function read(
  session: Session,
  past: Past,
  at: ReadPast["at"],
  zxid?: bigint,
  seeking?: Reading["seeking"],
): PastStep {
  const until = session.live?.now.zxid ?? 0n;
  const readId = session.readsAsked + 1;
  const reading: Reading = { readId, done: 0, zxid, part: undefined, seeking };
  return {
    session: { ...session, past: { ...past, reading }, readsAsked: readId },
    effects: [{ type: "readPast", readId, room: past.room, at, until }],
  };
}

function readPart(session: Session, past: Past, at: ReadPast["at"], part: number): PastStep {
  const step = read(session, past, at);
  const reading = step.session.past?.reading;
  if (reading === undefined) return step;
  return {
    ...step,
    session: { ...step.session, past: { ...past, reading: { ...reading, part } } },
  };
}

function stay(session: Session, words: string, nowMs: number): PastStep {
  return { session: said(session, "info", words, nowMs), effects: [] };
}
