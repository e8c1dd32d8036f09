/** Prints the cluster's table. Used by `zabble status` and `zabble client`. */

import { clusterJson, clusterLines } from "./cluster-text.js";
import { askEveryNode, askOneServer, type ClusterView } from "./cluster-view.js";
import { type CommandContext, printJson, printLine } from "./command-context.js";
import type { CallOptions } from "./command-options.js";
import { ExitCode } from "./exit-code.js";
import { failureFields, reportFailure } from "./report-failure.js";
import { clusterOf, serversOf } from "./servers.js";

/**
 * Asks every node of the cluster file; one server or one node about all of them if it is named.
 * Resolves with the exit code.
 */
export async function showStatus(context: CommandContext, options: CallOptions): Promise<number> {
  const { json = false, timeout } = options;
  if (options.server === undefined && options.node === undefined) {
    const { nodes, quorum } = clusterOf(options.config);
    return print(context, await askEveryNode(context, nodes, quorum), json);
  }
  const answer = await askOneServer(context, serversOf(options), timeout);
  if (answer.kind === "ok") return print(context, answer.view, json);
  if (json) printJson(context.stdout, failureFields(answer));
  return reportFailure(context, answer, json);
}

/** Down is an answer too, but a cluster of which nothing is up is unavailable. */
function print(context: CommandContext, view: ClusterView, json: boolean): number {
  if (json) printJson(context.stdout, clusterJson(view));
  else for (const line of clusterLines(view)) printLine(context.stdout, line);
  return view.rows.some(({ status }) => status !== undefined)
    ? ExitCode.done
    : ExitCode.unavailable;
}
