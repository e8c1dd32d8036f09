/**
 * Lines that appear while somebody may be typing: each goes above the prompt, and what was typed so
 * far stays. Without a terminal it only prints.
 */
import { clearLine, cursorTo, type Interface } from "node:readline";
import { type CommandContext, printLine } from "./command-context.js";

export interface LinePrinter {
  /** Shows the prompt and waits for typing. */
  prompt(label: string): void;
  /** A line was taken: what is printed next needs no prompt around it. */
  busy(): void;
  /** May be called at any time. */
  line(text: string): void;
  /** An answer to the person who types. */
  notice(text: string): void;
  /** What was wrong with what was typed. */
  mistake(text: string): void;
}

/** `terminal` is undefined for input from a pipe; with `json`, stdout is for JSON alone. */
export function createLinePrinter(
  context: CommandContext,
  terminal: Interface | undefined,
  json: boolean,
): LinePrinter {
  const { stdout, stderr } = context;
  let prompting = false;
  return {
    prompt(label) {
      prompting = true;
      terminal?.setPrompt(`${label}> `);
      terminal?.prompt();
    },
    busy() {
      prompting = false;
    },
    line(text) {
      if (terminal === undefined || !prompting) {
        printLine(stdout, text);
        return;
      }
      cursorTo(stdout, 0);
      clearLine(stdout, 0);
      printLine(stdout, text);
      terminal.prompt(true);
    },
    notice: (text) => printLine(json ? stderr : stdout, text),
    mistake: (text) => printLine(stderr, text),
  };
}
