/** The page's beginning: what the address and the last visit say, the streams, the keys. */
import { render } from "preact";
import { systemClock } from "../client/system-clock.js";
import { playerName } from "../game/names.js";
import { GUESS_BOX_ID } from "./element-ids.js";
import { kept } from "./kept-settings.js";
import { roomOfAddress } from "./page-address.js";
import { newPage, THEMES } from "./page-model.js";
import { createPageTrace } from "./page-trace.js";
import { pageTransport, runPage } from "./run-page.js";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no place to be drawn in");

const place = root;
const server = location.origin;

function fail(error: unknown): void {
  console.error(error);
  render(<Broken error={error} />, place);
}

const actions = runPage({
  root: place,
  server,
  first: newPage({
    player: playerName(kept("player") ?? ""),
    room: roomOfAddress(location.search),
    theme: THEMES.find((theme) => theme === kept("theme")) ?? "auto",
    nowMs: systemClock.now(),
  }),
  trace: createPageTrace({ server, transport: pageTransport, clock: systemClock, fail }),
  fail,
});

addEventListener("popstate", () => actions.arriveIn(roomOfAddress(location.search)));

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]") !== null) return;
  if (event.key === "Escape") actions.travel({ kind: "leave" });
  const { target } = event;
  const isTyping = target instanceof HTMLInputElement && target.type !== "range";
  // A number is a guess wherever it is typed.
  if (/^\d$/.test(event.key) && !isTyping) document.getElementById(GUESS_BOX_ID)?.focus();
});

function Broken({ error }: { error: unknown }) {
  return (
    <main class="card broken">
      <h1>This page has met a bug</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>Nothing that was confirmed is lost. Load the page again; it may be older than the game.</p>
      <button type="button" class="main" onClick={() => location.reload()}>
        Load again
      </button>
    </main>
  );
}
