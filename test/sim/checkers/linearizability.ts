/**
 * Linearizability: some order of what the clients asked, in which each operation takes effect
 * between its sending and its answer, explains every answer by the rules of a room. A search over
 * the clients' own records: it knows no log, so an error in what the other checkers hear or in the
 * game's own reducer cannot hide anything from it (zab.md 6.4).
 *
 * Whoever else sent commands (the writes that prove liveness) has no record: those may take effect
 * at any time. A room that the steps do not decide is let pass.
 */
import type { Command } from "../../../game/command.js";
import { checkHistory } from "../../history/check.js";
import { sentCommand } from "../client-operations.js";
import type { History } from "../history.js";
import { Violation } from "../violation.js";
import type { Checker } from "./checker.js";

/** Of each room. What was really run needs hardly more than one for each answered operation. */
const STEPS_MAX = 20_000;

export function linearizability(history: History): Checker {
  const commands = new Map<string, Command>();
  return {
    onAsked(_node, command) {
      commands.set(command.requestId, command);
    },
    atEnd() {
      for (const { requestId } of history.clientOperations) commands.delete(requestId);
      const foreign = Array.from(commands.values(), (command) => sentCommand(command, 0));
      const verdict = checkHistory([...history.clientOperations, ...foreign], STEPS_MAX);
      if (verdict.kind === "violation") throw new Violation("Linearizability", verdict.words);
    },
  };
}
