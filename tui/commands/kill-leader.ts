/** `zabble kill-leader`: kills the leader's process with SIGKILL and says who leads next. */
import { Command } from "commander";
import { askEveryNode, leaderOf } from "../cluster-view.js";
import { type CommandContext, printJson, printLine } from "../command-context.js";
import { addJsonOption, configOption } from "../command-options.js";
import { ExitCode } from "../exit-code.js";
import { awaitNextLeader } from "../next-leader.js";
import { findNodeProcess } from "../node-process.js";
import { clusterOf } from "../servers.js";

/** Many times what an election takes. */
const NEXT_LEADER_MS = 10_000;

const EXAMPLES = `
The nodes must run on this machine. Nothing that was confirmed is lost; the round goes on.

Examples:
  $ zabble kill-leader
  $ zabble kill-leader --config config/three.yaml --data-dir /var/lib/zabble
  $ zabble kill-leader --json | jq .tookMs
`;

interface Options {
  readonly config: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

export function killLeaderCommand(
  context: CommandContext,
  done: (exitCode: number) => void,
): Command {
  const command = new Command("kill-leader")
    .description("kill the leader's process; show who leads next")
    .addOption(configOption(context))
    .option("--data-dir <dir>", "where the nodes keep their files")
    .addHelpText("after", EXAMPLES);
  return addJsonOption(command).action(async (options: Options) => {
    done(await killLeader(context, options));
  });
}

async function killLeader(context: CommandContext, options: Options): Promise<number> {
  const { clock, stdout } = context;
  const { nodes, quorum, dataDir } = clusterOf(options.config, options.dataDir);
  const json = options.json === true;
  const { rows } = await askEveryNode(context, nodes, quorum);
  const leader = leaderOf(rows);
  if (leader === undefined) return fail(context, json, {}, "No node says that it leads.");
  const { nodeId, epoch } = leader;
  const found = findNodeProcess(dataDir, nodeId);
  if (!found.ok) {
    return fail(context, json, {}, `${nodeId} leads, and was not killed. ${found.reason}`);
  }
  const { pid } = found;
  const killed = { node: nodeId, pid, epoch };
  const killedAt = clock.now();
  process.kill(pid, "SIGKILL");
  if (!json) printLine(stdout, `killed ${nodeId} (pid ${pid}), leader of epoch ${epoch}`);
  const next = await awaitNextLeader(context, nodes, epoch, NEXT_LEADER_MS);
  const tookMs = Math.round(clock.now() - killedAt);
  if (next === undefined) {
    return fail(context, json, { killed }, `Nobody leads after ${tookMs} ms.`);
  }
  const now = { node: next.nodeId, epoch: next.epoch };
  if (json) printJson(stdout, { outcome: "ok", killed, leader: now, tookMs });
  else printLine(stdout, `${now.node} leads epoch ${now.epoch}, ${tookMs} ms later`);
  return ExitCode.done;
}

function fail(context: CommandContext, json: boolean, known: object, message: string): number {
  if (json) printJson(context.stdout, { outcome: "unavailable", ...known, leader: null, message });
  else printLine(context.stderr, message);
  return ExitCode.unavailable;
}
