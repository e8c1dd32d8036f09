/** What stands on the line from 0 to 100: guesses, piled up where they meet, what waits. Pure. */
import { type Session, shownRoom } from "../../client/session-model.js";
import type { Guess } from "../../game/room.js";

/** Marks above each other before only a count says how many more there are. */
const PILE_MAX = 5;

/** Counts this close would touch on the narrowest screens: one stands for both. */
const NEAR = 10;

/** More than the eye takes in; the newest are drawn. */
const MARKED_MAX = 200;

export interface LineMark {
  readonly zxid: bigint;
  readonly value: number;
  /** 0 lies on the line, 1 above it, ... */
  readonly height: number;
  readonly kind: "other" | "own" | "closest";
  /** It has come while the viewer looked. */
  readonly isFresh: boolean;
  readonly words: string;
}

export interface HiddenMarks {
  /** Of the first of these piles. */
  readonly value: number;
  readonly count: number;
  readonly words: string;
}

export interface LineMarks {
  /** Oldest first; the closest last, above all others. */
  readonly marks: readonly LineMark[];
  /** Where piles are higher than they are drawn: how many more there are. */
  readonly hidden: readonly HiddenMarks[];
  /** Own guesses on their way: they are said to wait, and count for nothing. */
  readonly waiting: readonly { readonly requestId: string; readonly value: number }[];
}

/** `stillUpTo`: what is not newer has not just come. */
export function lineMarks(session: Session, stillUpTo: bigint): LineMarks {
  const room = shownRoom(session);
  const isPast = session.past !== undefined;
  const waiting = isPast ? [] : waitingGuesses(session);
  if (room?.status !== "open") return { marks: [], hidden: [], waiting };
  const { closest } = room;
  const guesses = room.guesses.slice(-MARKED_MAX).filter(({ zxid }) => zxid !== closest?.zxid);
  const ordered = closest === undefined ? guesses : [closest, ...guesses];
  const piles = new Map<number, number>();
  const marks = ordered.flatMap((guess): LineMark[] => {
    const height = piles.get(guess.value) ?? 0;
    piles.set(guess.value, height + 1);
    if (height >= PILE_MAX) return [];
    return [markOf(guess, height, session.player, closest, !isPast && guess.zxid > stillUpTo)];
  });
  const [first, ...others] = marks;
  return { marks: first === undefined ? [] : [...others, first], hidden: hiddenOf(piles), waiting };
}

/** From left to right, no two of them near each other. */
function hiddenOf(piles: ReadonlyMap<number, number>): HiddenMarks[] {
  const high = [...piles].filter(([, height]) => height > PILE_MAX);
  const all: HiddenMarks[] = [];
  for (const [value, height] of high.sort(([one], [other]) => one - other)) {
    const count = height - PILE_MAX;
    const words = `${count} more of ${value}`;
    const last = all.at(-1);
    if (last === undefined || value - last.value >= NEAR) all.push({ value, count, words });
    else {
      const both = { count: last.count + count, words: `${last.words}, ${words}` };
      all.splice(-1, 1, { ...last, ...both });
    }
  }
  return all;
}

function markOf(
  { zxid, value, player }: Guess,
  height: number,
  own: string | undefined,
  closest: Guess | undefined,
  isFresh: boolean,
): LineMark {
  const kind = zxid === closest?.zxid ? "closest" : player === own ? "own" : "other";
  const who = player === own ? "you" : player;
  const words = `${who} ${value}${kind === "closest" ? ", closest" : ""}`;
  return { zxid, value, height, kind, isFresh, words };
}

function waitingGuesses({ pending, room }: Session): LineMarks["waiting"] {
  return pending.flatMap(({ wish, requestId, room: where }) =>
    wish.kind === "guess" && where === room ? [{ requestId, value: wish.value }] : [],
  );
}
