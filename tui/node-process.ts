/**
 * A node's process on this machine, by the pid file that it keeps beside its data. A pid may have
 * gone to another program since, so nothing is killed before its command line was looked at.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type NodeProcess =
  | { readonly ok: true; readonly pid: number }
  /** Why there is none to be killed, as a sentence. */
  | { readonly ok: false; readonly reason: string };

/** Looks for the running process of this node. */
export function findNodeProcess(dataDir: string, nodeId: string): NodeProcess {
  const file = join(dataDir, `${nodeId}.pid`);
  if (!existsSync(file)) {
    const reason = `There is no ${file}: is the node on this machine, with this data directory?`;
    return { ok: false, reason };
  }
  const text = readFileSync(file, "utf8").trim();
  if (!/^[1-9][0-9]{0,9}$/.test(text)) return { ok: false, reason: `${file} holds no pid.` };
  const pid = Number(text);
  const commandLine = commandLineOf(pid);
  if (commandLine === undefined) {
    return { ok: false, reason: `${file} names process ${pid}, which does not run.` };
  }
  // Whole words: node1 is not node10.
  if (!commandLine.includes(nodeId) && !commandLine.includes(`--id=${nodeId}`)) {
    const reason = `${file} names process ${pid}, which is not ${nodeId}: ${commandLine.join(" ")}`;
    return { ok: false, reason };
  }
  return { ok: true, pid };
}

/** The words that the process was started with; undefined if there is no such process. */
function commandLineOf(pid: number): readonly string[] | undefined {
  try {
    if (process.platform === "linux") {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      // A process that has died and waits for its parent has no words left.
      return words[0] === "" ? undefined : words.slice(0, -1);
    }
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .split(/\s+/);
  } catch {
    // No such file and no such process: both mean that nothing runs under this pid.
    return undefined;
  }
}
