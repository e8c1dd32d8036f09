/** The top of the page: what is played, by whom, how it stands; and what can be opened. */
import { shownRoom } from "../client/session-model.js";
import { zxidOfPast } from "../client/time-travel.js";
import { formatZxid } from "../game/zxid.js";
import type { Actions } from "./actions.js";
import { PLAYER_BUTTON_ID } from "./element-ids.js";
import { type PageModel, THEMES } from "./page-model.js";
import { standingInWords } from "./standing.js";

export function Header({ model, actions }: { model: PageModel; actions: Actions }) {
  const { session, theme } = model;
  const { past, live, room, player } = session;
  const round = shownRoom(session)?.round;
  const zxid = past === undefined ? (live?.now.zxid ?? 0n) : zxidOfPast(past);
  const standing = standingInWords(model);
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <header class="header">
      <h1 class="brand">Zabble</h1>
      <button
        type="button"
        class="quiet"
        aria-label={`Room ${room}: choose another`}
        onClick={() => actions.open("rooms")}
      >
        <span class="faint">room</span> <strong>{room}</strong>
        {round === undefined ? null : <span class="wide-only">, round {round}</span>}
      </button>
      <button
        type="button"
        class="quiet"
        id={PLAYER_BUTTON_ID}
        aria-label={player === undefined ? "You only watch: choose a name" : `You are ${player}`}
        onClick={() => actions.open("player")}
      >
        <span class="faint">{player === undefined ? "only watching" : "you are"}</span>{" "}
        <strong>{player ?? ""}</strong>
      </button>
      <button type="button" class="quiet" onClick={() => actions.open("invite")}>
        Invite
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={`Theme ${theme}: change to ${nextTheme}`}
        onClick={() => actions.setTheme(nextTheme)}
      >
        {{ auto: "◐", light: "○", dark: "●" }[theme]} <span class="wide-only">{theme}</span>
      </button>
      <p class={`standing ${past === undefined ? standing.tone : "past"}`}>
        <span aria-hidden="true">{past === undefined ? standing.mark : "◀"}</span>{" "}
        {past === undefined ? standing.words : `the past; now: ${standing.words}`}
        <span class="zxid" title="zxid: epoch and counter of the newest event shown">
          {formatZxid(zxid)}
        </span>
      </p>
    </header>
  );
}
