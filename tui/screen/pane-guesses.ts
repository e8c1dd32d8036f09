/**
 * The guesses of the open round, newest first, and below them the rounds before. Lines are made one
 * at a time, so that only what is in sight costs anything.
 */

import { shownRoom } from "../../client/session-model.js";
import type { Guess, Room, Round } from "../../game/room.js";
import { missInWords } from "../../game/view.js";
import { formatZxid } from "../../game/zxid.js";
import { fit, fitRight } from "./cells.js";
import type { Span } from "./frame.js";
import type { ScreenModel } from "./screen-model.js";

type Entry =
  | { readonly kind: "guess"; readonly guess: Guess }
  | { readonly kind: "round"; readonly round: Round }
  | { readonly kind: "words"; readonly words: string };

/** Everything that the pane could show, from the top. */
export function guessEntries(model: ScreenModel): readonly Entry[] {
  const room = shownRoom(model.session);
  if (room === undefined) return [];
  const wanted = model.search.toLowerCase();
  const fits = (player: string): boolean => player.toLowerCase().includes(wanted);
  const guesses = room.status === "open" ? room.guesses.filter(({ player }) => fits(player)) : [];
  const rounds = room.rounds.filter(({ winner }) => fits(winner));
  const entries: Entry[] = guesses.toReversed().map((guess) => ({ kind: "guess", guess }));
  const older = hiddenGuesses(room);
  if (older > 0 && wanted === "") {
    entries.push({ kind: "words", words: `${older} older guesses are in the log` });
  }
  if (entries.length > 0 && rounds.length > 0) entries.push({ kind: "words", words: "" });
  return entries.concat(rounds.toReversed().map((round) => ({ kind: "round", round })));
}

export function guessLine(entry: Entry, model: ScreenModel, width: number): readonly Span[] {
  if (entry.kind === "words") return [{ text: entry.words, style: "faint" }];
  if (entry.kind === "round") {
    const { round, winner, guess, distance, target } = entry.round;
    const miss = missInWords(distance);
    const own = winner === model.session.player;
    const words =
      width < 36
        ? `round ${round}: ${winner} ${guess}, ${miss}`
        : `round ${round} went to ${winner} (${guess}, ${miss})`;
    const tail = width >= 44 ? `  target ${target}` : "";
    return [
      { text: words, style: own ? "own" : "plain" },
      { text: tail, style: "faint" },
    ];
  }
  const { guess } = entry;
  const room = shownRoom(model.session);
  const isClosest = room?.status === "open" && room.closest?.zxid === guess.zxid;
  const isOwn = guess.player === model.session.player;
  const style = isOwn ? "own" : "plain";
  const isNarrow = width < 36;
  const word = isClosest && width >= 46 ? "  closest" : "";
  const zxidWidth = isNarrow ? 7 : 9;
  const missWidth = isNarrow ? 5 : 9;
  const fixed = 2 + zxidWidth + 1 + 4 + 2 + missWidth + (width >= 46 ? 9 : 1);
  const nameWidth = Math.min(24, Math.max(4, width - fixed));
  const miss = isNarrow ? `±${guess.distance}` : missInWords(guess.distance);
  return [
    { text: isClosest ? "◆ " : isOwn ? "● " : "○ ", style: isClosest ? "accent" : style },
    { text: fit(formatZxid(guess.zxid), zxidWidth), style: "faint" },
    { text: ` ${fit(isOwn ? "you" : guess.player, nameWidth)}`, style },
    { text: fitRight(String(guess.value), 4), style: isOwn ? "own" : "strong" },
    { text: `  ${fitRight(miss, missWidth)}`, style },
    { text: word, style: "accent" },
  ];
}

function hiddenGuesses(room: Room): number {
  return room.status === "open" ? room.guessCount - room.guesses.length : 0;
}
