/**
 * `zabble log`: prints the committed events of a node straight from its files, whether the node
 * runs or not. It takes no lock, changes nothing and asks no one. Exit codes: 0 fine, 1 damage
 * found, 2 wrong usage.
 */
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { decodeTransaction, type Transaction } from "../game/transaction.js";
import { eventInWords } from "../game/view.js";
import type { Finding, Remedy } from "./store/findings.js";
import { type Inspection, inspectDirectory } from "./store/inspect.js";
import { StorageRefused } from "./store/storage-damage.js";
import type { Entry } from "./zab/entry.js";
import { formatZxid, type Zxid } from "./zab/zxid.js";

interface LogOptions {
  readonly id: string;
  readonly dataDir: string;
  readonly verify: boolean;
  readonly json: boolean;
  readonly all: boolean;
}

const REMEDIES: Readonly<Record<Remedy, string>> = {
  repair: "A start fetches what is missing from the other nodes.",
  restore: "A start restores it from the files beside it.",
  aside: "A start sets it aside; nothing needs it.",
  anew:
    "A start sets all of the log aside and begins anew: the node does not vote until it has " +
    "caught up from the others. If there are none, it refuses to start and changes nothing.",
  none: "No start reads it.",
};

const FINE = 0;
const DAMAGED = 1;
const WRONG_USAGE = 2;

function parseOptions(argv: readonly string[]): LogOptions {
  const command = new Command("zabble log")
    .description("Prints the committed events of a node straight from its files.")
    .requiredOption("--id <node>", "whose log, e.g. node1")
    .option("--data-dir <dir>", "the directory that holds the nodes' directories", "data")
    .option("--verify", "check every line of every file and every snapshot", false)
    .option("--json", "one JSON object a transaction or damaged place", false)
    .option("--all", "also what is not known to be committed, marked so", false)
    .allowExcessArguments(false)
    .exitOverride();
  command.parse([...argv]);
  return command.opts<LogOptions>();
}

/** Transactions as lines, and what is wrong with those that the game cannot read. */
class Printer {
  readonly problems: string[] = [];
  printed = 0;
  uncommitted = 0;

  constructor(private readonly options: LogOptions) {}

  async print(entries: readonly Entry[], commitHint: Zxid): Promise<void> {
    const { all, verify } = this.options;
    let text = "";
    for (const entry of entries) {
      const isCommitted = entry.zxid <= commitHint;
      if (!isCommitted) this.uncommitted += 1;
      if (!isCommitted && !all && !verify) continue;
      const transaction = this.decode(entry);
      if (transaction === undefined || (!isCommitted && !all)) continue;
      this.printed += 1;
      text += this.options.json
        ? jsonLine(transaction, isCommitted)
        : eventLines(transaction, isCommitted);
    }
    if (text !== "" && !process.stdout.write(text)) {
      await new Promise((done) => process.stdout.once("drain", done));
    }
  }

  private decode(entry: Entry): Transaction | undefined {
    const at = formatZxid(entry.zxid);
    try {
      const transaction = decodeTransaction(entry.text);
      if (transaction.zxid === entry.zxid) return transaction;
      this.problems.push(`${at}: the transaction calls itself ${formatZxid(transaction.zxid)}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.problems.push(`${at}: this program cannot read the transaction (${why})`);
    }
    return undefined;
  }
}

function eventLines(transaction: Transaction, isCommitted: boolean): string {
  const zxid = formatZxid(transaction.zxid);
  const time = new Date(transaction.time).toISOString();
  const mark = isCommitted ? "" : "  (not known to be committed)";
  return transaction.events
    .map((event) => `${zxid}  ${time}  ${eventInWords(event)}${mark}\n`)
    .join("");
}

function jsonLine(transaction: Transaction, isCommitted: boolean): string {
  const { time, requestId, events } = transaction;
  const zxid = formatZxid(transaction.zxid);
  return `${JSON.stringify({ zxid, time, requestId, events, committed: isCommitted })}\n`;
}

/** Scripts tell it from a transaction by its only key. */
function damageLine({ damage, remedy }: Finding): string {
  const { file, line, what } = damage;
  return JSON.stringify({ damage: { file, line, zxid: formatZxid(damage.zxid), what, remedy } });
}

/** What the reading found, for the person; on standard error, so that events can be piped on. */
function report(options: LogOptions, printer: Printer, inspection: Inspection): void {
  const { notes, damage, commitHint, end } = inspection;
  for (const note of notes) console.error(`note: ${note}`);
  if (printer.uncommitted > 0 && !options.all) {
    const count = printer.uncommitted;
    console.error(
      `note: ${count} more after ${formatZxid(commitHint)} not known to be committed (--all)`,
    );
  }
  for (const finding of damage) {
    if (options.json) console.log(damageLine(finding));
    console.error(`damage: ${finding.damage.message} ${REMEDIES[finding.remedy]}`);
  }
  for (const problem of printer.problems) console.error(`damage: ${problem}`);
  if (!options.verify) return;
  const count = damage.length + printer.problems.length;
  const verdict = count === 0 ? "every line is sound" : `${count} places are damaged`;
  console.error(`verified up to ${formatZxid(end)}: ${verdict}`);
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(argv);
    const printer = new Printer(options);
    const inspection = await inspectDirectory(
      join(options.dataDir, options.id),
      options.verify,
      (entries, commitHint) => printer.print(entries, commitHint),
    );
    report(options, printer, inspection);
    return inspection.damage.length + printer.problems.length === 0 ? FINE : DAMAGED;
  } catch (error) {
    // Commander has printed what was wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? FINE : WRONG_USAGE;
    if (!(error instanceof StorageRefused)) throw error;
    console.error(`${error.message} See --id and --data-dir.`);
    return WRONG_USAGE;
  }
}

// Whoever reads our lines may have seen enough, as in `zabble log | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(FINE);
});

process.exitCode = await main(process.argv);
