/**
 * Judges a history from a file: `npm run check-history -- FILE`. Exits 0 if it is linearizable, 1
 * if it is not, 2 if the file is none, 3 if the steps were used up before anything was decided.
 */
import { Command } from "commander";
import { numberFrom } from "../program-values.js";
import { checkHistory } from "./check.js";
import { loadHistory } from "./json-lines.js";
import { isAnswered, type Operation } from "./operation.js";
import { sessionStepBack } from "./session-order.js";

const EXIT_CODES = { ok: 0, violation: 1, unknown: 3 } as const;
const WRONG_USAGE = 2;

const program = new Command("check-history")
  .description("judges a history of client operations, one JSON object a line")
  .argument("<file>", "what a client asked and was told: see test/history/README.md")
  .option("--steps <n>", "give up a room after so many steps", numberFrom(1))
  .option("--json", "one JSON object instead of text", false)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_USAGE))
  .parse();

const options = program.opts<{ steps?: number; json: boolean }>();

/** Throws if there is no such history. */
function judge(operations: readonly Operation[]): {
  readonly verdict: keyof typeof EXIT_CODES;
  readonly words: string;
} {
  const stepBack = sessionStepBack(operations);
  if (stepBack !== undefined) return { verdict: "violation", words: stepBack };
  const verdict = checkHistory(operations, options.steps);
  switch (verdict.kind) {
    case "ok":
      return { verdict: "ok", words: `linearizable, ${verdict.steps} steps` };
    case "violation":
      return { verdict: "violation", words: verdict.words };
    case "unknown":
      return { verdict: "unknown", words: verdict.why };
  }
}

function read(): Operation[] {
  const [file = ""] = program.args;
  try {
    const found = loadHistory(file);
    if (found.length > 0) return found;
    console.error(`${file}: no operations: a history without any proves nothing`);
  } catch (error) {
    console.error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  process.exit(WRONG_USAGE);
}

const operations = read();
const { verdict, words } = judge(operations);
const counts = {
  operations: operations.length,
  unknown: operations.filter((operation) => !isAnswered(operation)).length,
  rooms: new Set(operations.map(({ room }) => room)).size,
};
if (options.json) {
  console.log(JSON.stringify({ verdict, ...counts, words }));
} else {
  const { unknown, rooms } = counts;
  const where = rooms === 1 ? "1 room" : `${rooms} rooms`;
  console.log(`${counts.operations} operations, ${unknown} unknown, ${where}: ${verdict}`);
  console.log(words);
}
process.exitCode = EXIT_CODES[verdict];
