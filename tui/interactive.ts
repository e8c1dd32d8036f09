/**
 * `zabble client` itself: a line in, one command done, the next line. It parses and remembers whom
 * it talks to; the commands are those of the one-shot programs.
 */
import { createInterface } from "node:readline";
import { InvalidArgumentError } from "commander";
import { clientUrl } from "../config/client-url.js";
import type { CommandContext } from "./command-context.js";
import type { PlayerOptions } from "./command-options.js";
import { ExitCode } from "./exit-code.js";
import { createLinePrinter, type LinePrinter } from "./line-printer.js";
import { askNode, NODE_ANSWER_MS } from "./node-answers.js";
import { parseServer, parseValue } from "./option-values.js";
import { readRoom } from "./read-room.js";
import { sendCommand } from "./send-command.js";
import { clusterOf, serversOf } from "./servers.js";
import { showStatus } from "./show-status.js";
import { UsageError } from "./usage-error.js";
import { watchRoom } from "./watch-room.js";

export type InteractiveOptions = PlayerOptions;

const HELP = `connect [node]   talk to this node or server only; without one, to all
write <n>        set the target to n and open the next round
guess <n>        guess n in the open round
close            close the open round; the closest guess wins
read             show the room
watch            show every committed transaction from now on; again: stop
status           show every node
help             show this
quit             end`;

/** Resolves with the exit code when the input ends or says quit. */
export async function runInteractive(
  context: CommandContext,
  options: InteractiveOptions,
): Promise<number> {
  const onTerminal = context.stdin.isTTY === true;
  const lines = createInterface({
    input: context.stdin,
    ...(onTerminal ? { output: context.stdout } : {}),
    terminal: onTerminal,
  });
  lines.on("SIGINT", () => lines.close());
  const printer = createLinePrinter(context, onTerminal ? lines : undefined, options.json === true);
  const talk = createTalk(context, options, printer);
  let highest: number = ExitCode.done;
  printer.prompt(talk.label());
  for await (const line of lines) {
    printer.busy();
    const exitCode = await talk.run(line);
    if (exitCode === "quit") break;
    highest = Math.max(highest, exitCode);
    printer.prompt(talk.label());
  }
  lines.close();
  await talk.close();
  return onTerminal ? ExitCode.done : highest;
}

interface Talk {
  /** Who plays and whom it talks to, for the prompt. */
  label(): string;
  run(line: string): Promise<number | "quit">;
  close(): Promise<void>;
}

interface RunningWatch {
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
}

function createTalk(
  context: CommandContext,
  initial: InteractiveOptions,
  printer: LinePrinter,
): Talk {
  let options = initial;
  let watching: RunningWatch | undefined;

  async function connect(target: string | undefined): Promise<number> {
    const { node: _node, server: _server, ...rest } = options;
    if (target === undefined) {
      options = rest;
      printer.notice(`talking to all of ${serversOf(options).length} nodes`);
    } else {
      const known = clusterOf(options.config).nodes.find(({ id }) => id === target);
      const server = known === undefined ? parseServer(target) : clientUrl(known);
      options = known === undefined ? { ...rest, server: [server] } : { ...rest, node: known.id };
      const answer = await askNode(context, server, NODE_ANSWER_MS);
      if (!answer.up) {
        printer.notice(`${target} does not answer: ${answer.reason}`);
        return ExitCode.unavailable;
      }
      const { leaderId, nodeId } = answer.status;
      const leader = leaderId === "" ? "it has no leader" : `${leaderId} leads`;
      printer.notice(`talking to ${nodeId}; ${leader}`);
    }
    if (watching !== undefined) {
      await stopWatch();
      startWatch();
    }
    return ExitCode.done;
  }

  function startWatch(): void {
    const stop = new AbortController();
    const { room, json = false } = options;
    const print = printer.line;
    const { signal } = stop;
    const ended = watchRoom(context, serversOf(options), { room, from: 0n, json, print, signal });
    watching = { stop, ended };
  }

  async function stopWatch(): Promise<void> {
    const running = watching;
    watching = undefined;
    running?.stop.abort();
    await running?.ended;
  }

  async function toggleWatch(): Promise<number> {
    if (watching === undefined) startWatch();
    else {
      await stopWatch();
      printer.notice("no longer watching");
    }
    return ExitCode.done;
  }

  async function run(name: string, argument: string | undefined): Promise<number | "quit"> {
    switch (name) {
      case "connect":
        return connect(argument);
      case "write":
      case "guess": {
        const value = parseValue(argument ?? "");
        return sendCommand(context, serversOf(options), { name, value }, options);
      }
      case "close":
        return sendCommand(context, serversOf(options), { name }, options);
      case "read":
        return readRoom(context, serversOf(options), { ...options, consistency: "linearizable" });
      case "watch":
        return toggleWatch();
      case "status":
        return showStatus(context, options);
      case "help":
        printer.notice(HELP);
        return ExitCode.done;
      case "quit":
        return "quit";
      default:
        throw new UsageError(`There is no command "${name}"; help shows those there are.`);
    }
  }

  return {
    label: () => `${options.player}@${options.node ?? options.server?.join(",") ?? "cluster"}`,
    async run(line) {
      const [name, argument, ...more] = line.trim().split(/\s+/);
      if (name === undefined || name === "") return ExitCode.done;
      try {
        if (more.length > 0 || (argument !== undefined && !takesArgument(name))) {
          throw new UsageError(`"${line.trim()}" has more words than ${name} takes.`);
        }
        return await run(name, argument);
      } catch (error) {
        const mistake = error instanceof UsageError || error instanceof InvalidArgumentError;
        if (!mistake) throw error;
        printer.mistake(error.message);
        return ExitCode.usage;
      }
    },
    close: stopWatch,
  };
}

function takesArgument(name: string): boolean {
  return name === "connect" || name === "write" || name === "guess";
}
