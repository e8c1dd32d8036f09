/** Choosing the name to play under, or only to watch. */
import { useState } from "preact/hooks";
import type { Session } from "../../client/session-model.js";
import { PLAYER_RULE, playerName } from "../../game/names.js";
import type { Actions } from "../actions.js";
import { Modal } from "./modal.js";

export function PlayerDialog({ session, actions }: { session: Session; actions: Actions }) {
  const [typed, setTyped] = useState(session.player ?? "");
  const [wrong, setWrong] = useState("");
  return (
    <Modal title="Who are you?" onClose={() => actions.open(undefined)}>
      <form
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          const player = playerName(typed.trim());
          if (player === undefined) setWrong(`A name is ${PLAYER_RULE}.`);
          else actions.playAs(player);
        }}
      >
        <label for="player-name">Your name, as the others see it</label>
        <div class="row">
          <input
            id="player-name"
            value={typed}
            maxLength={60}
            aria-invalid={wrong !== ""}
            aria-describedby="player-told"
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setWrong("");
            }}
          />
          <button type="submit" class="main">
            Play
          </button>
          <button type="button" onClick={() => actions.playAs(undefined)}>
            Only watch
          </button>
        </div>
        <p id="player-told" class="told bad" role="status">
          {wrong === "" ? "" : `✕ ${wrong}`}
        </p>
      </form>
    </Modal>
  );
}
