/** Looks whether every port of a cluster is free, so that nothing is started in vain. */
import { createServer } from "node:net";
import { livePid } from "./launch-pid-file.js";
import type { LaunchPlan } from "./launch-plan.js";

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
      const { id, pidFile } = nodePlan;
      const what = `Port ${port} of ${host}, the ${use} port of ${id},`;
      if (code !== undefined) problems.push(describe(code, what, port, id, pidFile));
    }
  }
  const { gateway } = plan;
  const at = plan.config.gateway;
  if (gateway !== undefined && at !== undefined) {
    const code = await tryListen(at.host, at.port);
    const what = `Port ${at.port} of ${at.host}, the gateway's,`;
    if (code !== undefined)
      problems.push(describe(code, what, at.port, "gateway", gateway.pidFile));
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

function describe(code: string, what: string, port: number, id: string, pidFile: string): string {
  switch (code) {
    case "EADDRINUSE": {
      const pid = livePid(pidFile);
      const cause =
        pid === undefined
          ? `Another program has it, perhaps another cluster; "lsof -i :${port}" names it.`
          : `${id} seems to run already, as process ${pid}; stop that cluster first.`;
      return `${what} is in use. ${cause}`;
    }
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return (
        `${what} is not an address of this machine. Only a local cluster can be started as a ` +
        `whole; start this node over there, with "zabble node --id ${id}".`
      );
    case "EACCES":
      return `${what} may not be used by this user. Choose a port above 1023.`;
    default:
      return `${what} cannot be used: ${code}.`;
  }
}
