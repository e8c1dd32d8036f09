/** The options that several commands share, and what each of them means. */
import { type Command, Option } from "commander";
import { ROOM_DEFAULT } from "../game/limits.js";
import { playerName } from "../game/names.js";
import type { CommandContext } from "./command-context.js";
import {
  parsePlayer,
  parseRequestId,
  parseRoom,
  parseServer,
  parseTimeout,
} from "./option-values.js";

/** For one call, all its attempts together. */
const TIMEOUT_DEFAULT_MS = 5000;

export interface ServerOptions {
  readonly server?: readonly string[];
  /** A node id of the cluster file. */
  readonly node?: string;
  /** The cluster file. */
  readonly config: string;
}

export interface CallOptions extends ServerOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly json?: boolean;
}

export interface PlayerOptions extends CallOptions {
  readonly player: string;
  readonly room: string;
}

export interface CommandOptions extends PlayerOptions {
  readonly requestId?: string;
}

export function addServerOptions(command: Command, context: CommandContext): Command {
  const server = new Option("--server <url>", "ask this server; may be given more than once")
    .argParser((text: string, before: readonly string[] = []) => [...before, parseServer(text)])
    .conflicts("node");
  return command
    .addOption(server)
    .option("--node <id>", "ask this node of the cluster file, and no other")
    .addOption(configOption(context));
}

/** Its default is a path of the installation, too long for the help. */
export function configOption(context: CommandContext): Option {
  const option = new Option("--config <file>", "the cluster file");
  return option.default(context.configFile, "config/cluster.yaml");
}

export function addJsonOption(command: Command): Command {
  return command.option("--json", "print JSON for programs");
}

export function addCallOptions(command: Command, context: CommandContext): Command {
  addServerOptions(command, context);
  command.option(
    "--timeout <ms>",
    "milliseconds to keep trying, on other servers too",
    parseTimeout,
    TIMEOUT_DEFAULT_MS,
  );
  return addJsonOption(command);
}

export function addRoomOption(command: Command): Command {
  return command.option("--room <name>", "the room", parseRoom, ROOM_DEFAULT);
}

export function addPlayerOptions(command: Command, context: CommandContext): Command {
  const { USER: user = "" } = context.env;
  command.option("--player <name>", "who plays", parsePlayer, playerName(user) ?? "player");
  return addRoomOption(command);
}

/** For commands that change the game. */
export function addCommandOptions(command: Command, context: CommandContext): Command {
  addPlayerOptions(command, context);
  command.option("--request-id <id>", "repeat the command that had this id", parseRequestId);
  return addCallOptions(command, context);
}
