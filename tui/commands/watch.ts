/** `zabble watch`: prints every committed transaction of a room, until Ctrl-C. */
import { Command } from "commander";
import { type CommandContext, printLine } from "../command-context.js";
import {
  addJsonOption,
  addRoomOption,
  addServerOptions,
  type ServerOptions,
} from "../command-options.js";
import { parseZxidOption } from "../option-values.js";
import { serversOf } from "../servers.js";
import { watchRoom } from "../watch-room.js";

const EXAMPLES = `
It reconnects to another server when its own goes silent, and resumes where it was. Ctrl-C ends it.

Examples:
  $ zabble watch
  $ zabble watch --room attic --json | jq -c .events
  $ zabble watch --from 3.1842
`;

interface Options extends ServerOptions {
  readonly room: string;
  readonly from?: bigint;
  readonly json?: boolean;
}

export function watchCommand(context: CommandContext, done: (exitCode: number) => void): Command {
  const command = new Command("watch")
    .description("print every committed transaction as it happens")
    .option("--from <zxid>", "only what comes after this transaction", parseZxidOption)
    .addHelpText("after", EXAMPLES);
  addServerOptions(addRoomOption(command), context);
  return addJsonOption(command).action(async (options: Options) => {
    const { room, from = 0n, json = false } = options;
    const servers = serversOf(options);
    const interrupted = new AbortController();
    const stop = (): void => interrupted.abort();
    const forget = [context.onSignal("SIGINT", stop), context.onSignal("SIGTERM", stop)];
    const print = (line: string): void => printLine(context.stdout, line);
    const { signal } = interrupted;
    done(await watchRoom(context, servers, { room, from, json, print, signal }));
    for (const off of forget) off();
  });
}
