/** The game itself: the target as the largest thing on the page, who is close, the number line. */
import { closestGuesses } from "../../client/closest-guesses.js";
import { age } from "../../client/durations.js";
import { type Session, shownProjection, shownRoom } from "../../client/session-model.js";
import type { Room } from "../../game/room.js";
import { missInWords } from "../../game/view.js";
import type { Actions } from "../actions.js";
import type { PageModel } from "../page-model.js";
import { GuessForm } from "./guess-form.js";
import { NumberLine } from "./number-line.js";

export function GamePane({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session } = model;
  const room = shownRoom(session);
  return (
    <section class="card game" aria-labelledby="game-title">
      <h2 id="game-title" class="one-line">
        {title(model, room)}
      </h2>
      <div class="target-row">
        <p class="target">
          <span class="sr-only">The target is </span>
          {room === undefined ? "–" : room.target}
        </p>
        <Closeness session={session} room={room} />
      </div>
      <NumberLine model={model} room={room} />
      <GuessForm model={model} actions={actions} />
    </section>
  );
}

function title({ session, nowMs }: PageModel, room: Room | undefined): string {
  if (session.live === undefined) return "Not known yet";
  if (room === undefined) return "No round yet";
  const isPast = session.past !== undefined;
  const atMs = isPast ? (shownProjection(session)?.time ?? 0) : nowMs;
  const ago = `${age(atMs - room.since)} ${isPast ? "before" : "ago"}`;
  return room.status === "open"
    ? `Round ${room.round}: set by ${room.by}, ${ago}`
    : `Round ${room.round}: closed, ${ago}`;
}

function Closeness({ session, room }: { session: Session; room: Room | undefined }) {
  const isPast = session.past !== undefined;
  if (room === undefined) {
    const words =
      session.live === undefined ? "No server has answered." : "Nobody has set a target.";
    return <p class="closest faint">{words}</p>;
  }
  if (room.status === "closed") {
    const last = room.rounds.at(-1);
    if (last === undefined) return null;
    return (
      <p class="closest">
        <strong>{last.winner}</strong> won round {last.round} with {last.guess},{" "}
        {missInWords(last.distance)}. The target was {last.target}.
        {isPast ? "" : " A new target opens the next round."}
      </p>
    );
  }
  const best = closestGuesses(room).slice(0, 3);
  if (best.length === 0) return <p class="closest faint">No guess yet.</p>;
  return (
    <div class="closest">
      <h3>
        Closest so far{" "}
        <span class="faint">
          of {room.guessCount === 1 ? "1 guess" : `${room.guessCount} guesses`}
        </span>
      </h3>
      <ol>
        {best.map(({ zxid, player, value, distance }) => (
          <li key={zxid} class={player === session.player ? "own" : ""}>
            <span class="name">{nameOf(player, session)}</span> <b>{value}</b>{" "}
            <span class="faint">{missInWords(distance)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

function nameOf(player: string, session: Session): string {
  return player === session.player ? "you" : player;
}
