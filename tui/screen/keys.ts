/**
 * Every key of the screen, in one table: what it is called, when it works, what it does. Footer,
 * help and the README are made from it, and tests press keys by the names given here.
 */

/** Where the keys go to. */
export type KeyContext =
  /** The game as it is now; digits go into the guess. */
  | "play"
  /** The past. */
  | "past"
  /** A line is being typed: every printable key goes into it. */
  | "line"
  | "rooms"
  | "breaking"
  | "confirm"
  | "help";

export type Action =
  | "submit"
  | "cancel"
  | "complete"
  | "write"
  | "closeRound"
  | "rooms"
  | "travel"
  | "command"
  | "search"
  | "player"
  | "breakThings"
  | "nextPane"
  | "previousPane"
  | "up"
  | "down"
  | "pageUp"
  | "pageDown"
  | "top"
  | "bottom"
  | "older"
  | "newer"
  | "roundBack"
  | "roundOn"
  | "leaderBack"
  | "leaderOn"
  | "oldest"
  | "newest"
  | "goTo"
  | "live"
  | "kill"
  | "pause"
  | "resume"
  | "cutLink"
  | "isolate"
  | "heal"
  | "stepDown"
  | "yes"
  | "mouse"
  | "theme"
  | "redraw"
  | "suspend"
  | "help"
  | "quit"
  | "interrupt";

export interface KeyBinding {
  readonly action: Action;
  /** Names as the terminal reports them (key-press.ts); the first is the one that is shown. */
  readonly keys: readonly string[];
  /** How people write it. */
  readonly shown: string;
  /** A word or two for the footer; "" leaves it out there. */
  readonly short: string;
  /** What the footer shows instead of `shown`, where two keys share an entry. */
  readonly pair?: string;
  /** A sentence for help and README. */
  readonly does: string;
}

function key(
  action: Action,
  keys: readonly string[],
  shown: string,
  short: string,
  does: string,
  pair?: string,
): KeyBinding {
  return { action, keys, shown, short, does, ...(pair === undefined ? {} : { pair }) };
}

const EVERYWHERE: readonly KeyBinding[] = [
  key("redraw", ["C-l"], "Ctrl-L", "", "draws the screen anew"),
  key("suspend", ["C-z"], "Ctrl-Z", "", "back to the shell; fg returns"),
];

const LISTS: readonly KeyBinding[] = [
  key("up", ["up", "k"], "↑ k", "", "one line up in the chosen pane"),
  key("down", ["down", "j"], "↓ j", "", "one line down"),
  key("pageUp", ["pageup"], "PgUp", "", "one page up"),
  key("pageDown", ["pagedown"], "PgDn", "", "one page down"),
];

const PANES: readonly KeyBinding[] = [
  key("nextPane", ["tab"], "Tab", "panes", "the next pane gets the keys"),
  key("previousPane", ["S-tab"], "Shift-Tab", "", "the pane before gets the keys"),
];

const SWITCHES: readonly KeyBinding[] = [
  key("mouse", ["m"], "m", "", "mouse on or off: click a pane or a key, turn the wheel"),
  key("theme", ["T"], "T", "", "the next theme: dark, light, plain"),
  key("help", ["?", "f1"], "?", "help", "these pages"),
  key("quit", ["q"], "q", "quit", "ends the screen; the game goes on"),
  key("interrupt", ["C-c"], "Ctrl-C", "", "the same, with exit code 130"),
];

/** In the order in which they are shown. */
export const KEYS: Readonly<Record<KeyContext, readonly KeyBinding[]>> = {
  play: [
    key("submit", ["enter"], "Enter", "guess", "digits make a guess, Enter sends it"),
    key("cancel", ["escape"], "Esc", "", "empties the guess, ends a search"),
    key("write", ["w"], "w", "write", "sets a target, 0 to 100; closes the round before it"),
    key("closeRound", ["c"], "c", "close", "closes the round: the closest guess wins"),
    key("rooms", ["r"], "r", "rooms", "lists the rooms, enters or opens one"),
    key("travel", ["t"], "t", "past", "steps back through the committed log"),
    key("breakThings", ["x"], "x", "break", "kills, pauses, cuts off and heals nodes"),
    ...PANES,
    key("search", ["/"], "/", "", "shows the guesses of one player"),
    key("command", [":"], ":", "", "a command by name; Tab completes it"),
    key("player", ["n"], "n", "name", "plays under another name"),
    ...LISTS,
    key("top", ["home"], "Home", "", "to the newest"),
    key("bottom", ["end"], "End", "", "to the oldest that is kept"),
    ...SWITCHES,
    ...EVERYWHERE,
  ],
  past: [
    key("older", ["left", "h"], "←", "older", "one event back"),
    key("newer", ["right", "l"], "→", "newer", "one event on"),
    key("live", ["escape", "t"], "Esc", "live", "back to what is now"),
    key("roundBack", ["["], "[", "", "to the target before"),
    key("roundOn", ["]"], "]", "round", "to the next target", "[ ]"),
    key("leaderBack", ["{"], "{", "", "to the change of leader before"),
    key("leaderOn", ["}"], "}", "leader", "to the next change of leader", "{ }"),
    key("goTo", ["g"], "g", "zxid", "to a zxid such as 3.1842"),
    key("oldest", ["home"], "Home", "", "to the oldest event that is kept"),
    key("newest", ["end"], "End", "", "to the newest event"),
    ...PANES,
    ...LISTS,
    ...SWITCHES,
    ...EVERYWHERE,
  ],
  line: [
    key("submit", ["enter"], "Enter", "done", "takes the line"),
    key("cancel", ["escape", "C-c"], "Esc", "cancel", "leaves the line"),
    key("complete", ["tab"], "Tab", "complete", "completes a command"),
    ...EVERYWHERE,
  ],
  rooms: [
    key("submit", ["enter"], "Enter", "go in", "enters the chosen room, or the one typed"),
    key("up", ["up"], "↑", "", "one room up"),
    key("down", ["down"], "↓", "", "one room down"),
    key("cancel", ["escape", "C-c"], "Esc", "back", "stays where you are"),
    ...EVERYWHERE,
  ],
  breaking: [
    key("up", ["up"], "↑", "", "the node before"),
    key("down", ["down"], "↓", "", "the next node"),
    key("kill", ["k"], "k", "kill", "ends its process without a goodbye"),
    key("pause", ["p"], "p", "pause", "deaf and mute to the others for 10 s"),
    key("resume", ["r"], "r", "resume", "ends the pause"),
    key("cutLink", ["c"], "c", "cut", "cuts its link to one other node"),
    key("isolate", ["i"], "i", "isolate", "cuts its links to all others"),
    key("heal", ["h"], "h", "heal", "heals all links of all nodes"),
    key("stepDown", ["s"], "s", "step down", "asks the leader to give up"),
    key("cancel", ["escape", "x", "q", "C-c"], "Esc", "back", "breaks nothing"),
    ...EVERYWHERE,
  ],
  confirm: [
    key("yes", ["y"], "y", "yes", "does it"),
    key("cancel", ["n", "escape", "q", "C-c"], "n", "no", "does not"),
    ...EVERYWHERE,
  ],
  help: [
    key("up", ["up", "k"], "↑", "", "one line up"),
    key("down", ["down", "j"], "↓", "", "one line down"),
    key("pageUp", ["pageup"], "PgUp", "", "one page up"),
    key("pageDown", ["pagedown", " "], "PgDn", "", "one page down"),
    key("cancel", ["escape", "?", "q", "f1", "enter", "C-c"], "Esc", "back", "back to the game"),
    ...EVERYWHERE,
  ],
};

/** What the key does there; undefined if nothing. */
export function actionOf(context: KeyContext, name: string): Action | undefined {
  return KEYS[context].find(({ keys }) => keys.includes(name))?.action;
}

/** The name of the first key that does this, for whoever presses keys by what they do. */
export function keyFor(context: KeyContext, action: Action): string {
  const name = KEYS[context].find((binding) => binding.action === action)?.keys[0];
  if (name === undefined) throw new Error(`no key does "${action}" in "${context}"`);
  return name;
}
