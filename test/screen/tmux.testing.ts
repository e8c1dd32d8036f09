/**
 * Terminals as people have them: tmux with a server of its own, real programs in it, real key
 * presses. What a test sees is what tmux would show.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { eventually } from "../cluster/eventually.testing.js";
import { goesWithUs } from "../cluster/leftovers.testing.js";

export interface TmuxPane {
  /** Keys by their names in the key table, one press each. */
  press(...names: readonly string[]): void;
  type(text: string): void;
  /** The screen as text, trailing spaces trimmed. */
  text(): string;
  /** Waits until the screen shows all of these; resolves with it. */
  shows(...patterns: readonly RegExp[]): Promise<string>;
  resize(columns: number, rows: number): void;
  /** Whether the alternate screen and the mouse are off and the cursor is shown. */
  isRestored(): boolean;
  /** The process of the program that runs in it. */
  pid(): number;
  /** Closes the terminal under its program, as a closed window or a lost connection does. */
  closeTerminal(): void;
}

export interface Tmux {
  /** Runs a shell command in a terminal of this size; the terminal stays when it ends. */
  open(command: string, columns: number, rows: number): TmuxPane;
  /** A home for the programs, of which nothing is left. */
  readonly home: string;
}

/** What tmux calls keys that are not characters. */
const TMUX_NAMES: ReadonlyMap<string, string> = new Map([
  ["enter", "Enter"],
  ["escape", "Escape"],
  ["tab", "Tab"],
  ["S-tab", "BTab"],
  ["up", "Up"],
  ["down", "Down"],
  ["left", "Left"],
  ["right", "Right"],
  ["home", "Home"],
  ["end", "End"],
  ["pageup", "PPage"],
  ["pagedown", "NPage"],
]);

/** Everything in it ends with the test. */
export function startTmux(t: TestContext): Tmux {
  const home = mkdtempSync(join(tmpdir(), "zabble-tmux-"));
  goesWithUs(home);
  const socket = join(home, "tmux");
  let opened = 0;
  /** The server ends with its last terminal. */
  const left = new Set<string>();

  function tmux(...args: readonly string[]): string {
    const env = { ...process.env, HOME: home, LANG: "C.UTF-8", TMUX: "" };
    return execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], {
      encoding: "utf8",
      env,
    });
  }

  function end(): void {
    if (left.size > 0) tmux("kill-server");
    left.clear();
  }

  process.once("exit", end);
  t.after(() => {
    process.off("exit", end);
    end();
    rmSync(home, { recursive: true, force: true });
  });
  return {
    home,
    open(command, columns, rows) {
      const name = `pane${++opened}`;
      left.add(name);
      const size = ["-x", String(columns), "-y", String(rows)];
      // The last command keeps the terminal open, to be looked at after the program has ended.
      tmux("new-session", "-d", "-s", name, ...size, `${command}; echo "exit $?"; exec sleep 300`);
      const text = (): string =>
        tmux("capture-pane", "-p", "-t", name)
          .split("\n")
          .map((line) => line.trimEnd())
          .join("\n")
          .trimEnd();
      return {
        press(...names) {
          for (const key of names) tmux("send-keys", "-t", name, TMUX_NAMES.get(key) ?? key);
        },
        type: (typed) => void tmux("send-keys", "-t", name, "-l", typed),
        text,
        shows(...patterns) {
          const look = () => {
            const screen = text();
            return patterns.every((pattern) => pattern.test(screen)) ? screen : undefined;
          };
          return eventually(`the screen to show ${patterns.join(" ")}`, look, { context: text });
        },
        resize: (wide, high) =>
          void tmux("resize-window", "-t", name, "-x", String(wide), "-y", String(high)),
        isRestored() {
          const flags = "#{alternate_on} #{cursor_flag} #{mouse_any_flag}";
          return tmux("display", "-p", "-t", name, flags).trim() === "0 1 0";
        },
        pid() {
          const shell = tmux("display", "-p", "-t", name, "#{pane_pid}").trim();
          return Number(readFileSync(`/proc/${shell}/task/${shell}/children`, "utf8").trim());
        },
        closeTerminal() {
          left.delete(name);
          tmux("kill-session", "-t", name);
        },
      };
    },
  };
}
