/** What a command prints, and which exit code it ends with, when it did not get what it wanted. */
import type { Refused, Unavailable, Unknown } from "../client/zabble-client.js";
import { type CommandContext, printLine } from "./command-context.js";
import { ExitCode } from "./exit-code.js";

export type CallFailure = Refused | Unavailable | Unknown;

/**
 * For people: a sentence on stderr, unless JSON on stdout said it already. Returns the exit code.
 */
export function reportFailure(
  context: CommandContext,
  failure: CallFailure,
  saidInJson: boolean,
): number {
  if (!saidInJson) {
    printLine(context.stderr, failureInWords(failure));
    if (failure.kind === "unknown") {
      printLine(context.stderr, `Repeat it with --request-id ${failure.requestId}`);
    }
  }
  // Without Zabble's own explanation it was not the rules that refused, but some other server.
  const byRules = failure.kind === "refused" && failure.info !== undefined;
  return byRules ? ExitCode.refused : ExitCode.unavailable;
}

/** The stable keys of a failure in JSON. */
export function failureFields(failure: CallFailure): object {
  const { kind, message } = failure;
  if (kind !== "refused") return { outcome: kind, message };
  const { code, info } = failure;
  const { reason = "", field = "", rule = "" } = info ?? {};
  return { outcome: kind, code, reason, field, rule, message };
}

function failureInWords(failure: CallFailure): string {
  switch (failure.kind) {
    case "refused":
      return `refused: ${failure.message}`;
    case "unknown":
      return failure.message;
    case "unavailable":
      return `unavailable: ${failure.message}`;
  }
}
