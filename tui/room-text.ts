/** A room in plain text and in JSON, for commands that print and end. Screens draw their own. */
import type { Guess, Room } from "../game/room.js";
import { missInWords, sortedScores } from "../game/view.js";
import { formatZxid } from "../game/zxid.js";

/** `zxid`: the state is the one right after this transaction. */
export function roomLines(name: string, room: Room | undefined, zxid: bigint): string[] {
  const asOf = `as of ${formatZxid(zxid)}`;
  if (room === undefined) return [`${name}: nobody has set a target yet, ${asOf}`];
  const lines = [`${room.name}: round ${room.round} is ${room.status}, ${asOf}`];
  if (room.status === "open") {
    lines.push(`target ${room.target}, set by ${room.by}`, ...guessLines(room.guesses));
    const left = room.guessCount - room.guesses.length;
    if (left > 0) lines.push(`and ${left} older ones`);
    if (room.closest !== undefined) lines.push(`closest: ${guessInWords(room.closest)}`);
  } else {
    lines.push(`target ${room.target}, guessed by ${room.by}`);
  }
  const last = room.rounds.at(-1);
  if (last !== undefined) {
    const { round, winner, guess, distance, target } = last;
    const won = `${winner} (${guess}, ${missInWords(distance)})`;
    lines.push(`round ${round} went to ${won}; its target was ${target}`);
  }
  const scores = sortedScores(room.scores).map(({ player, won }) => `${player} ${won}`);
  lines.push(
    scores.length === 0 ? "scores: nobody has won a round" : `scores: ${scores.join(", ")}`,
  );
  return lines;
}

/** Stable keys; zxids as `epoch.counter` and as decimal strings. */
export function roomJson(name: string, room: Room | undefined): object {
  if (room === undefined) return { room: name, exists: false };
  const { round, target, by, since } = room;
  const open = room.status === "open";
  return {
    room: room.name,
    exists: true,
    round,
    open,
    target,
    by,
    since,
    guesses: open ? room.guesses.map(guessJson) : [],
    closest: open && room.closest !== undefined ? guessJson(room.closest) : null,
    scores: sortedScores(room.scores),
    rounds: room.rounds.map(({ zxid, ...rest }) => ({ ...rest, ...zxidFields(zxid) })),
  };
}

export function zxidFields(zxid: bigint): { zxid: string; zxidDecimal: string } {
  return { zxid: formatZxid(zxid), zxidDecimal: zxid.toString() };
}

function guessInWords({ player, value, distance }: Guess): string {
  return `${player} ${value}, ${missInWords(distance)}`;
}

function guessLines(guesses: readonly Guess[]): string[] {
  if (guesses.length === 0) return ["no guesses yet"];
  const nameCells = Math.max(...guesses.map(({ player }) => player.length));
  const zxidCells = Math.max(...guesses.map(({ zxid }) => formatZxid(zxid).length));
  return [
    "guesses, newest last:",
    ...guesses.map(({ zxid, player, value, distance }) => {
      const place = formatZxid(zxid).padEnd(zxidCells);
      const number = String(value).padStart(3);
      return `  ${place}  ${player.padEnd(nameCells)}  ${number}  ${missInWords(distance)}`;
    }),
  ];
}

function guessJson({ zxid, player, value, distance, time }: Guess): object {
  return { ...zxidFields(zxid), player, value, distance, time };
}
