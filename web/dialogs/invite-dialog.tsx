/** A link and a QR code that lead others into this room. */
import { useState } from "preact/hooks";
import type { Actions } from "../actions.js";
import { addressOfRoom, isThisMachineOnly } from "../page-address.js";
import { Modal } from "./modal.js";
import { QrCode } from "./qr-code.js";

export function InviteDialog({ room, actions }: { room: string; actions: Actions }) {
  const [told, setTold] = useState("");
  const address = addressOfRoom(location, room);
  return (
    <Modal title={`Invite to ${room}`} onClose={() => actions.open(undefined)}>
      <label for="invite-link">The link into this room</label>
      <div class="row">
        <input
          id="invite-link"
          readOnly
          value={address}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="main" onClick={() => void copied(address).then(setTold)}>
          Copy
        </button>
      </div>
      <p class="told" role="status">
        {told}
      </p>
      <QrCode text={address} label={`QR code of ${address}`} />
      {isThisMachineOnly(location) ? (
        <p class="faint">
          This address leads here from this machine alone. For others, serve the gateway on an
          address that they reach.
        </p>
      ) : null}
    </Modal>
  );
}

/** What is to be said about it. Browsers copy only on pages that they hold for safe. */
async function copied(text: string): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return "✓ Copied.";
  } catch {
    return "• This browser does not let the page copy: select the link and copy it.";
  }
}
