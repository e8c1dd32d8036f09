/**
 * The name under which somebody last played, in a small file of their own. A convenience: whatever
 * goes wrong with it, the game goes on.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { playerName } from "../game/names.js";

type Env = Readonly<Record<string, string | undefined>>;

/** Undefined if there is none, or none that is allowed. */
export function rememberedPlayer(env: Env): string | undefined {
  const folder = folderOf(env);
  if (folder === undefined) return undefined;
  try {
    return playerName(readFileSync(join(folder, "player"), "utf8").trim());
  } catch {
    // Not written yet, or not readable: the player is asked.
    return undefined;
  }
}

export function rememberPlayer(env: Env, player: string): void {
  const folder = folderOf(env);
  if (folder === undefined) return;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "player"), `${player}\n`);
  } catch {
    // A home that cannot be written to costs a question at the next start and nothing else.
  }
}

function folderOf({ XDG_CONFIG_HOME: config, HOME: home }: Env): string | undefined {
  if (config !== undefined && config !== "") return join(config, "zabble");
  return home === undefined || home === "" ? undefined : join(home, ".config", "zabble");
}
