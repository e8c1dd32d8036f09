/** The lists beside the game: guesses of the open round, rounds before it, scores. */
import { type Session, shownRoom } from "../../client/session-model.js";
import type { Room } from "../../game/room.js";
import { missInWords, sortedScores } from "../../game/view.js";
import { formatZxid } from "../../game/zxid.js";

/** More would only be drawn, not read; a line says how many there are. */
const LISTED_MAX = 50;

export function GuessList({ session }: { session: Session }) {
  const room = shownRoom(session);
  const guesses = room?.status === "open" ? room.guesses.slice(-LISTED_MAX).reverse() : [];
  const more = room?.status === "open" ? room.guessCount - guesses.length : 0;
  const closest = room?.status === "open" ? room.closest?.zxid : undefined;
  return (
    <section class="card list" aria-labelledby="guesses-title">
      <h2 id="guesses-title">Guesses, newest first</h2>
      {guesses.length === 0 ? <p class="faint">{noGuesses(room)}</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls */}
      <ol tabIndex={0} aria-labelledby="guesses-title">
        {guesses.map(({ zxid, player, value, distance }) => {
          const isOwn = player === session.player;
          return (
            <li key={zxid} class={isOwn ? "own" : ""}>
              <span class="mark-word" aria-hidden="true">
                {zxid === closest ? "◆" : isOwn ? "■" : "○"}
              </span>
              <span class="name">{isOwn ? "you" : player}</span>
              <b>{value}</b>
              <span class="faint miss">
                {missInWords(distance)}
                {zxid === closest ? ", closest" : ""}
              </span>
              <span class="zxid">{formatZxid(zxid)}</span>
            </li>
          );
        })}
        {more > 0 ? <li class="faint">and {more} older ones, in the log</li> : null}
      </ol>
    </section>
  );
}

function noGuesses(room: Room | undefined): string {
  if (room === undefined) return "No round yet.";
  return room.status === "open" ? "None in this round." : "The round is closed.";
}

export function RoundList({ session }: { session: Session }) {
  const rounds = shownRoom(session)?.rounds.toReversed() ?? [];
  return (
    <section class="card list" aria-labelledby="rounds-title">
      <h2 id="rounds-title">Rounds</h2>
      {rounds.length === 0 ? <p class="faint">None is over yet.</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls */}
      <ol tabIndex={0} aria-labelledby="rounds-title">
        {rounds.map(({ round, winner, guess, distance, target }) => (
          <li key={round} class={winner === session.player ? "own" : ""}>
            <span class="faint round">{round}</span>
            <span class="name">{winner === session.player ? "you" : winner}</span>
            <b>{guess}</b>
            <span class="faint miss">
              {missInWords(distance)}
              {distance === 0 ? null : <span class="of"> of {target}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

export function ScoreList({ session }: { session: Session }) {
  const scores = sortedScores(shownRoom(session)?.scores ?? new Map()).slice(0, LISTED_MAX);
  const most = scores[0]?.won ?? 1;
  return (
    <section class="card list" aria-labelledby="scores-title">
      <h2 id="scores-title">Scores</h2>
      {scores.length === 0 ? <p class="faint">Nobody has won a round.</p> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys must reach what scrolls */}
      <ol tabIndex={0} aria-labelledby="scores-title">
        {scores.map(({ player, won }) => (
          <li key={player} class={player === session.player ? "own" : ""}>
            <span class="name">{player === session.player ? "you" : player}</span>
            <b>{won}</b>
            <meter class="score" min={0} max={most} value={won} aria-hidden="true" />
          </li>
        ))}
      </ol>
    </section>
  );
}
