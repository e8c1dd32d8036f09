/** Looks whether every port of a cluster is free, so that nothing is started in vain. */
import { createServer } from "node:net";
import { livePid } from "./launch-pid-file.js";
import type { LaunchPlan, NodePlan } from "./launch-plan.js";

/** A sentence for every address that cannot be had, each with its probable cause. */
export async function portProblems(plan: LaunchPlan): Promise<string[]> {
  const problems: string[] = [];
  for (const nodePlan of plan.nodes) {
    const { host, clientPort, peerPort } = nodePlan.node;
    for (const [use, port] of [
      ["client", clientPort],
      ["peer", peerPort],
    ] as const) {
      const code = await tryListen(host, port);
      if (code !== undefined) problems.push(describe(code, use, port, nodePlan));
    }
  }
  return problems;
}

/** The system's word for why it is refused; undefined if the port is free. */
function tryListen(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

function describe(code: string, use: string, port: number, { node, pidFile }: NodePlan): string {
  const what = `Port ${port} of ${node.host}, the ${use} port of ${node.id},`;
  switch (code) {
    case "EADDRINUSE": {
      const pid = livePid(pidFile);
      const cause =
        pid === undefined
          ? `Another program has it, perhaps another cluster; "lsof -i :${port}" names it.`
          : `${node.id} seems to run already, as process ${pid}; stop that cluster first.`;
      return `${what} is in use. ${cause}`;
    }
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return (
        `${what} is not an address of this machine. Only a local cluster can be started as a ` +
        `whole; start this node over there, with "zabble node --id ${node.id}".`
      );
    case "EACCES":
      return `${what} may not be used by this user. Choose a port above 1023.`;
    default:
      return `${what} cannot be used: ${code}.`;
  }
}
