/** Choosing a room, or naming a new one. */
import { useState } from "preact/hooks";
import { roomChoices } from "../../client/room-choices.js";
import type { Session } from "../../client/session-model.js";
import { ROOM_RULE, roomName } from "../../game/names.js";
import type { Actions } from "../actions.js";
import { Modal } from "./modal.js";

export function RoomDialog({ session, actions }: { session: Session; actions: Actions }) {
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState("");
  const choices = roomChoices(session, typed);

  function enter(name: string): void {
    const room = name === "" ? undefined : roomName(name);
    if (room === undefined) setWrong(`A room's name is ${ROOM_RULE}.`);
    else actions.enterRoom(room);
  }

  return (
    <Modal title="Rooms" onClose={() => actions.open(undefined)}>
      <form
        autocomplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          enter(typed.trim());
        }}
      >
        <label for="room-name">Find a room, or name a new one</label>
        <div class="row">
          <input
            id="room-name"
            value={typed}
            maxLength={40}
            aria-invalid={wrong !== ""}
            aria-describedby="room-told"
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              setWrong("");
            }}
          />
          <button type="submit" class="main">
            Enter
          </button>
        </div>
        <p id="room-told" class="told bad" role="status">
          {wrong === "" ? "" : `✕ ${wrong}`}
        </p>
      </form>
      <ul class="choices">
        {choices.map(({ name, words }) => (
          <li key={name}>
            <button type="button" onClick={() => enter(name)}>
              <strong>{name}</strong> <span class="faint">{words}</span>
            </button>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
