/**
 * A terminal in memory, for tests: streams as createTerminal wants them, with a real emulator
 * behind. What it shows is what a user would see. It waits for events, never for time.
 */
import { PassThrough } from "node:stream";
import type { TestContext } from "node:test";
import xterm from "@xterm/headless";
import { type Frame, frameText, type Point } from "./frame.js";
import type { MouseEvent } from "./key-press.js";
import { createTerminal, type Terminal, type TerminalOptions } from "./terminal.js";

export interface EmulatedStyle {
  /** Palette index; undefined is the terminal's own colour. */
  readonly fg: number | undefined;
  readonly bg: number | undefined;
  readonly bold: boolean;
  readonly underline: boolean;
  readonly inverse: boolean;
}

export interface Emulator {
  readonly input: PassThrough & {
    readonly isTTY: true;
    readonly isRaw: boolean;
    setRawMode(on: boolean): unknown;
  };
  readonly output: PassThrough & {
    readonly isTTY: true;
    readonly columns: number;
    readonly rows: number;
  };
  /** Raw bytes, as one chunk. */
  type(text: string): void;
  /** A printable character, a name of NAMED_KEYS, or "C-" and a letter. */
  press(name: string): void;
  /** Sends nothing unless the program has asked for the mouse, as a terminal does. */
  mouse(kind: MouseEvent["kind"], x: number, y: number): void;
  resize(columns: number, rows: number): void;
  /** The screen as lines, without trailing spaces. */
  text(): string;
  /**
   * Resolves with the screen when it fulfils the predicate, at once if it does already: it is asked
   * again after every write. Rejects after 5 s.
   */
  until(predicate: (text: string) => boolean, what: string): Promise<string>;
  styleAt(x: number, y: number): EmulatedStyle;
  /** Where the cursor is shown; undefined if it is hidden. */
  cursor(): Point | undefined;
  /** Alternate screen left, cursor shown, mouse, keypad and raw mode off. */
  isRestored(): boolean;
  /** Written so far. */
  bytes(): number;
  close(): void;
}

const UNTIL_MS = 5_000;

/** What a terminal sends; keys of the cursor pad have another form in application mode. */
const NAMED_KEYS: ReadonlyMap<string, string> = new Map([
  ["enter", "\r"],
  ["escape", "\x1b"],
  ["tab", "\t"],
  ["S-tab", "\x1b[Z"],
  ["backspace", "\x7f"],
  ["delete", "\x1b[3~"],
  ["pageup", "\x1b[5~"],
  ["pagedown", "\x1b[6~"],
]);

const PAD_KEYS: ReadonlyMap<string, string> = new Map([
  ["up", "A"],
  ["down", "B"],
  ["right", "C"],
  ["left", "D"],
  ["home", "H"],
  ["end", "F"],
]);

const MOUSE_BUTTON = { click: 0, wheelup: 64, wheeldown: 65 } as const;

interface Waiter {
  check(): void;
  reject(error: Error): void;
}

export function createEmulator(columns: number, rows: number): Emulator {
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  const waiters = new Set<Waiter>();
  let cursorShown = true;
  let written = 0;
  const input = Object.assign(new PassThrough(), {
    isTTY: true as const,
    isRaw: false,
    setRawMode(on: boolean) {
      input.isRaw = on;
    },
  });
  const output = Object.assign(new PassThrough(), { isTTY: true as const, columns, rows });
  output.on("data", (chunk: Buffer) => {
    written += chunk.length;
    screen.write(chunk, () => {
      for (const waiter of waiters) waiter.check();
    });
  });
  for (const final of ["h", "l"]) {
    screen.parser.registerCsiHandler({ prefix: "?", final }, (params) => {
      if (params.includes(25)) cursorShown = final === "h";
      // Not ours alone: the emulator goes on with it.
      return false;
    });
  }

  function text(): string {
    const lines: string[] = [];
    const { active } = screen.buffer;
    for (let y = 0; y < screen.rows; y++) {
      const line = active.getLine(active.baseY + y);
      lines.push((line?.translateToString(true) ?? "").trimEnd());
    }
    return lines.join("\n");
  }

  function type(bytes: string): void {
    input.write(bytes);
  }

  return {
    input,
    output,
    type,
    press(name) {
      const pad = PAD_KEYS.get(name);
      const control = /^C-([a-z])$/.exec(name)?.[1];
      if (pad !== undefined) {
        type(`${screen.modes.applicationCursorKeysMode ? "\x1bO" : "\x1b["}${pad}`);
      } else if (control !== undefined) {
        type(String.fromCharCode(control.charCodeAt(0) & 0x1f));
      } else {
        const bytes = NAMED_KEYS.get(name) ?? name;
        if (bytes === name && [...name].length !== 1) throw new Error(`no key "${name}"`);
        type(bytes);
      }
    },
    mouse(kind, x, y) {
      if (screen.modes.mouseTrackingMode === "none") return;
      const at = `\x1b[<${MOUSE_BUTTON[kind]};${x + 1};${y + 1}`;
      type(kind === "click" ? `${at}M${at}m` : `${at}M`);
    },
    resize(newColumns, newRows) {
      screen.resize(newColumns, newRows);
      Object.assign(output, { columns: newColumns, rows: newRows });
      output.emit("resize");
    },
    text,
    until(predicate, what) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiters.delete(waiter);
          reject(new Error(`not within ${UNTIL_MS} ms: ${what}; the screen is\n${text()}`));
        }, UNTIL_MS);
        const waiter: Waiter = {
          check() {
            const now = text();
            if (!predicate(now)) return;
            clearTimeout(timer);
            waiters.delete(waiter);
            resolve(now);
          },
          reject(error) {
            clearTimeout(timer);
            reject(error);
          },
        };
        waiters.add(waiter);
        waiter.check();
      });
    },
    styleAt(x, y) {
      const cell = screen.buffer.active.getLine(screen.buffer.active.baseY + y)?.getCell(x);
      if (cell === undefined) throw new Error(`no cell at ${x}, ${y}`);
      return {
        fg: cell.isFgDefault() ? undefined : cell.getFgColor(),
        bg: cell.isBgDefault() ? undefined : cell.getBgColor(),
        bold: cell.isBold() !== 0,
        underline: cell.isUnderline() !== 0,
        inverse: cell.isInverse() !== 0,
      };
    },
    cursor() {
      const { cursorX, cursorY } = screen.buffer.active;
      return cursorShown ? { x: cursorX, y: cursorY } : undefined;
    },
    isRestored() {
      const { mouseTrackingMode, applicationCursorKeysMode } = screen.modes;
      return (
        screen.buffer.active.type === "normal" &&
        cursorShown &&
        mouseTrackingMode === "none" &&
        !applicationCursorKeysMode &&
        !input.isRaw
      );
    },
    bytes: () => written,
    close() {
      for (const waiter of waiters) waiter.reject(new Error("the emulator was closed"));
      waiters.clear();
      input.destroy();
      output.destroy();
      screen.dispose();
    },
  };
}

/** Size of a stage, in cells. */
export const COLUMNS = 40;
export const ROWS = 8;

export interface Stage {
  readonly emulator: Emulator;
  readonly terminal: Terminal;
  /** "name" of keys without text, "name=text" of the others. */
  readonly keys: string[];
  readonly mouse: MouseEvent[];
  /** Everything written so far. */
  readonly written: () => Buffer;
  readonly counts: { resized: number; lost: number };
  /** Resolves with all keys, joined, when the last one is this. */
  keysThrough(last: string): Promise<string>;
  /** Paints, and resolves when the screen holds just this. */
  shows(frame: Frame): Promise<void>;
}

/** A terminal on an emulator, until the test is over, and what it has told so far. */
export function stage(t: TestContext, setting: Partial<TerminalOptions> = {}): Stage {
  const emulator = createEmulator(COLUMNS, ROWS);
  const { input, output } = emulator;
  const keys: string[] = [];
  const mouse: MouseEvent[] = [];
  const chunks: Buffer[] = [];
  const counts = { resized: 0, lost: 0 };
  let wake: () => void = () => {};
  output.on("data", (chunk: Buffer) => chunks.push(chunk));
  const terminal = createTerminal({
    input,
    output,
    env: { TERM: "xterm-256color", LANG: "C.UTF-8" },
    theme: "dark",
    onKey({ name, text }) {
      keys.push(text === "" ? name : `${name}=${text}`);
      wake();
    },
    onMouse: (event) => mouse.push(event),
    onResize: () => counts.resized++,
    onLost: () => counts.lost++,
    ...setting,
  });
  t.after(() => {
    terminal.close();
    emulator.close();
  });
  return {
    emulator,
    terminal,
    keys,
    mouse,
    counts,
    written: () => Buffer.concat(chunks),
    async keysThrough(last) {
      while (keys.at(-1) !== last) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return keys.join(" ");
    },
    async shows(frame) {
      terminal.paint(frame);
      await emulator.until((text) => text === frameText(frame), `the frame\n${frameText(frame)}`);
    },
  };
}
