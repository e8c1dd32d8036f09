/**
 * The terminal itself: shows frames, tells keys, mouse and resizes. Only this file knows blessed.
 * Frames go straight into blessed's cell buffer; blessed finds what changed and writes it. It
 * decides nothing: what to show, what a key means and when to end is its owner's business.
 */
import { EventEmitter } from "node:events";
import { StringDecoder } from "node:string_decoder";
import blessed from "blessed";
import { widthOf } from "./cells.js";
import type { Frame, Point, Style } from "./frame.js";
import { asciiCell, wantsAscii } from "./glyphs.js";
import type { KeyPress, MouseEvent } from "./key-press.js";
import { lookOf, type ThemeName } from "./theme.js";

/** Like process.stdin. */
export interface TerminalInput extends NodeJS.ReadableStream {
  setRawMode?(on: boolean): unknown;
}

/** Like process.stdout; it emits "resize" after columns and rows have changed. */
export interface TerminalOutput extends NodeJS.WritableStream {
  readonly columns?: number;
  readonly rows?: number;
}

export interface TerminalOptions {
  readonly input: TerminalInput;
  readonly output: TerminalOutput;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly theme: ThemeName;
  /**
   * Names are blessed's full ones ("enter", "S-tab", "C-c", "M-a"), but printable characters are
   * named by themselves, the space too. Ctrl-M and Ctrl-J are "enter", Ctrl-H is "backspace".
   */
  onKey(key: KeyPress): void;
  /** A click is the press of the left button. */
  onMouse(event: MouseEvent): void;
  /** After the last frame was shown in the new size, cut or with blanks beside it. */
  onResize(): void;
  /** Called once: the input ended, or either stream broke. Nobody is there any more. */
  onLost(): void;
}

export interface Terminal {
  size(): { readonly columns: number; readonly rows: number };
  /** Writes what differs from the frame before, once for all frames of one turn of the loop. */
  paint(frame: Frame): void;
  /** Writes everything again, after others have scribbled on the screen. */
  redraw(): void;
  /** While it is on, most terminals select no text. Off at first. */
  setMouse(on: boolean): void;
  setTheme(theme: ThemeName): void;
  /** Ctrl-Z: hands the terminal back, stops the process group, goes on when it is continued. */
  suspend(): void;
  /** Restores everything; no callback comes after it. The end of the process calls it, too. */
  close(): void;
}

/** One cell of blessed's buffer. */
type Drawn = [attr: number, written: string];
type DrawnLine = Drawn[] & { dirty: boolean };

/** What @types/blessed lacks or says wrong. */
interface Program extends EventEmitter {
  readonly cols: number;
  readonly rows: number;
  readonly tput: { brokenACS: boolean };
  cup(row: number, column: number): void;
  showCursor(): void;
  hideCursor(): void;
  setMouse(modes: { vt200Mouse: boolean; sgrMouse: boolean }, on: boolean): void;
  disableMouse(): void;
}

interface Screen {
  readonly program: Program;
  readonly lines: DrawnLine[];
  enter(): void;
  leave(): void;
  realloc(): void;
  render(): void;
  destroy(): void;
}

interface Blessed {
  /** Folders where terminal descriptions are looked for. */
  readonly tput: { readonly ipaths: unknown[] };
  screen(options: object): Screen;
  box(options: object): { render: () => void };
}

const { tput, screen: createScreen, box: createBox } = blessed as unknown as Blessed;

/** Events of the process that blessed listens to, to end it in its own way. */
const PROCESS_EVENTS = ["exit", "uncaughtException", "SIGTERM", "SIGINT", "SIGQUIT"] as const;

const ESC = "\x1b";

/**
 * One key or mouse event of what was read. blessed looks at a whole chunk at once, and loses keys
 * beside mouse events, wheel steps beside each other and characters beyond 16 bits.
 */
const TOKEN = new RegExp(
  [
    // Mouse.
    `${ESC}\\[<\\d+;\\d+;\\d+[mM]|${ESC}\\[M[\\s\\S]{3}`,
    // Named keys, of xterm, rxvt and the Linux console.
    `${ESC}(?:\\[\\[?|O)(?:\\d+(?:;\\d+)?[~^$]|(?:1;)?\\d*[A-Za-z])`,
    // Answers and keys that blessed does not know, and would take for typed text.
    `(?<unknown>${ESC}\\[[0-?]*[ -/]*[@-~])`,
    // With Alt.
    `${ESC}[A-Za-z0-9 \\x7f\\b]`,
    "[\\s\\S]",
  ].join("|"),
  "gu",
);

/** The beginning of a token whose rest is still to be read; no key ends like this. */
const CUT_OFF = new RegExp(`${ESC}\\[(?:<[\\d;]*|\\d[\\d;]*|M[\\s\\S]{0,2})$`, "u");

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]$/u;

/** Of single UTF-16 units, which bounds it. Asked for anew, they cost 40 times a whole paint. */
const widths = new Map<string, number>();

export function createTerminal(options: TerminalOptions): Terminal {
  const { input, output, env } = options;
  const ascii = wantsAscii(env);
  const decoder = new StringDecoder("utf8");
  const attrs = new Map<Style, number>();
  let theme = options.theme;
  let frame: Frame | undefined;
  /** Where the terminal shows its cursor. */
  let cursorAt: Point | undefined;
  let mouseOn = false;
  let unread = "";
  let lost = false;
  let closed = false;

  /** blessed reads from here, one token at a time. */
  const tokens = new EventEmitter();
  const screen = withoutProcessListeners(() => {
    // The system's descriptions are newer than blessed's reader: it prints what it cannot compile,
    // and goes on with eight colours. Its own ones do for every terminal of today.
    tput.ipaths.length = 0;
    const terminal = terminalName(env);
    return createScreen({ input: tokens, output, terminal, forceUnicode: true });
  });
  const { program } = screen;
  // Line drawing goes out as it is; in ASCII there is none.
  program.tput.brokenACS = true;
  createBox({ parent: screen, width: "100%", height: "100%" }).render = fillBuffer;

  function attrOf(style: Style): number {
    let attr = attrs.get(style);
    if (attr === undefined) {
      const { fg = 0x1ff, bg = 0x1ff, bold, underline, inverse } = lookOf(theme, style);
      const flags = (bold ? 1 : 0) | (underline ? 2 : 0) | (inverse ? 8 : 0);
      attr = (flags << 18) | (fg << 9) | bg;
      attrs.set(style, attr);
    }
    return attr;
  }

  function fillBuffer(): void {
    for (const [y, line] of screen.lines.entries()) fillLine(line, y);
  }

  function fillLine(line: DrawnLine, y: number): void {
    const width = frame === undefined || y >= frame.height ? 0 : frame.width;
    const start = y * width;
    for (let x = 0; x < line.length; x++) {
      const cell = x < width ? (frame?.cells[start + x] ?? " ") : " ";
      const style = x < width ? (frame?.styles[start + x] ?? "plain") : "plain";
      const attr = attrOf(style);
      if (cell.length === 1 && cell < "\x7f") {
        put(line, x, attr, cell);
        continue;
      }
      const hasTail = x + 1 < Math.min(width, line.length) && frame?.cells[start + x + 1] === "";
      const [head, tail] = writtenFor(cell, x, hasTail);
      put(line, x, attr, head);
      if (tail !== undefined) put(line, ++x, attr, tail);
    }
  }

  /** What is written for a cell and, if it is a wide one, for its second cell. */
  function writtenFor(cell: string, x: number, hasTail: boolean): [string, string?] {
    const isWide = columnsOf(cell) > 1;
    // Half of a wide character cannot be shown, whichever half is covered.
    if (cell === "" || (isWide && !hasTail)) return [" "];
    if (ascii) return [asciiCell(cell)];
    if (!isWide && cell.length === 1) return [cell];
    // The cursor is put where blessed believes it to be, whatever width the terminal gave to it.
    const blank = isWide ? "  " : " ";
    const head = `${blank}${toColumn(x)}${cell}${toColumn(x + 1)}`;
    return isWide ? [head, toColumn(x + 2)] : [head];
  }

  function show(): void {
    if (closed) return;
    screen.render();
    showCursor(false);
  }

  function showCursor(anew: boolean): void {
    const wanted = isInside(frame?.cursor, program) ? frame?.cursor : undefined;
    const moved = anew || wanted?.x !== cursorAt?.x || wanted?.y !== cursorAt?.y;
    if (wanted !== undefined && moved) program.cup(wanted.y, wanted.x);
    if (wanted !== undefined && cursorAt === undefined) program.showCursor();
    if (wanted === undefined && cursorAt !== undefined) program.hideCursor();
    cursorAt = wanted;
  }

  function enter(): void {
    input.setRawMode?.(true);
    screen.enter();
    if (mouseOn) askForMouse();
  }

  function askForMouse(): void {
    program.setMouse({ vt200Mouse: true, sgrMouse: true }, true);
  }

  function leave(): void {
    program.disableMouse();
    screen.leave();
    cursorAt = undefined;
    input.setRawMode?.(false);
  }

  function redraw(): void {
    if (closed) return;
    screen.realloc();
    screen.render();
    showCursor(true);
  }

  /** After a stop that we did not ask for, the terminal is in the mode that the shell set. */
  function onContinued(): void {
    input.setRawMode?.(false);
    input.setRawMode?.(true);
    redraw();
    // A resize meanwhile was told to the shell alone; this makes Node look at the size again.
    process.kill(process.pid, "SIGWINCH");
  }

  function onData(chunk: Buffer | string): void {
    const read = unread + (typeof chunk === "string" ? chunk : decoder.write(chunk));
    unread = CUT_OFF.exec(read)?.[0] ?? "";
    const whole = read.slice(0, read.length - unread.length);
    for (const { 0: token, groups } of whole.matchAll(TOKEN)) {
      if (closed) return;
      if (groups?.unknown !== undefined) continue;
      if (PRINTABLE.test(token)) options.onKey({ name: token, text: token });
      else tokens.emit("data", Buffer.from(token));
    }
  }

  function onLost(): void {
    if (closed || lost) return;
    lost = true;
    options.onLost();
  }

  function close(): void {
    if (closed) return;
    closed = true;
    process.off("exit", close);
    process.off("SIGCONT", onContinued);
    input.off("data", onData);
    input.pause();
    leave();
    screen.destroy();
  }

  program.on("keypress", (_character: unknown, key: { name?: string; full: string }) => {
    // Enter comes as "return", too.
    if (key.name === undefined || key.name === "return") return;
    options.onKey({ name: key.name === "linefeed" ? "enter" : key.full, text: "" });
  });
  program.on("mouse", (event: { action: string; button?: string; x: number; y: number }) => {
    if (!mouseOn) return;
    const { action, button, x, y } = event;
    if (action === "wheelup" || action === "wheeldown") options.onMouse({ kind: action, x, y });
    if (action === "mousedown" && button === "left") options.onMouse({ kind: "click", x, y });
  });
  // blessed has cleared the screen and rendered by then; its clearing has moved the cursor.
  program.on("resize", () => {
    showCursor(true);
    options.onResize();
  });
  input.on("data", onData);
  input.on("end", onLost);
  // These two stay: what close() has written may fail after it.
  input.on("error", onLost);
  output.on("error", onLost);
  process.on("exit", close);
  process.on("SIGCONT", onContinued);
  enter();
  input.resume();

  return {
    size: () => ({ columns: program.cols, rows: program.rows }),
    paint(next) {
      frame = next;
      show();
    },
    redraw,
    setMouse(on) {
      if (closed || on === mouseOn) return;
      mouseOn = on;
      if (on) askForMouse();
      else program.disableMouse();
    },
    setTheme(next) {
      theme = next;
      attrs.clear();
      show();
    },
    suspend() {
      if (closed || process.platform === "win32") return;
      leave();
      // The group, as the terminal's own Ctrl-Z does: npx and npm must stop with us, or the shell
      // goes on waiting for them. We are here again when somebody continues us, and at once if no
      // shell is there to do so, for then the signal does nothing.
      process.kill(0, "SIGTSTP");
      enter();
      redraw();
    },
    close,
  };
}

/** One of blessed's own descriptions; they differ in the number of colours alone. */
function terminalName(env: TerminalOptions["env"]): string {
  const { TERM = "", COLORTERM = "" } = env;
  return /256|direct/.test(TERM) || COLORTERM !== "" ? "xterm-256color" : "xterm";
}

/** Makes something that listens to the process, and takes those listeners away again. */
function withoutProcessListeners<T>(make: () => T): T {
  const events: EventEmitter = process;
  const before = PROCESS_EVENTS.map((name) => events.listeners(name));
  const made = make();
  for (const [index, name] of PROCESS_EVENTS.entries()) {
    for (const listener of events.listeners(name)) {
      if (!before[index]?.includes(listener)) events.off(name, asListener(listener));
    }
  }
  return made;
}

function asListener(listener: unknown): () => void {
  return listener as () => void;
}

function isInside(point: Point | undefined, { cols, rows }: Program): boolean {
  return point !== undefined && point.x >= 0 && point.y >= 0 && point.x < cols && point.y < rows;
}

function columnsOf(cell: string): number {
  if (cell.length !== 1) return widthOf(cell);
  let width = widths.get(cell);
  if (width === undefined) {
    width = widthOf(cell);
    widths.set(cell, width);
  }
  return width;
}

function toColumn(x: number): string {
  return `${ESC}[${x + 1}G`;
}

/** Leaves equal cells alone, so that blessed need not look at their lines. */
function put(line: DrawnLine, x: number, attr: number, written: string): void {
  const drawn = line[x];
  if (drawn === undefined || (drawn[0] === attr && drawn[1] === written)) return;
  drawn[0] = attr;
  drawn[1] = written;
  line.dirty = true;
}
