/**
 * What comes after the last fault: everything is healed, all nodes must come back, agree and have
 * answered everybody; then they are stopped, and their files are compared with what anybody was
 * told.
 */
import { Phase } from "../../gen/zabble/v1/cluster_pb.js";
import { eventually } from "../cluster/eventually.testing.js";
import type { ChaosCluster } from "./chaos-cluster.js";
import type { Clients } from "./clients.js";
import type { LinkFaults } from "./link-faults.js";
import type { Nemesis } from "./nemesis.js";
import { archiveSegments } from "./segment-files.js";
import { type Violation, verifyFiles } from "./verify.js";
import type { Watcher } from "./watchers.js";

/** Ten times what it takes. */
const LIMIT_MS = 60_000;

/**
 * Waits until every node serves (L1, L4), every command under way is answered and all have applied
 * the same (L2); resolves with what that is. Throws if it takes too long.
 */
export async function converge(
  { cluster, nodes }: ChaosCluster,
  nemesis: Nemesis,
  clients: Clients,
  links: LinkFaults,
): Promise<bigint> {
  if (!(await nemesis.heal(LIMIT_MS))) throw new Error("a fault is not over yet");
  const allServe = async (): Promise<true | undefined> => {
    const statuses = await Promise.all(nodes.map(({ id }) => cluster.status(id)));
    const serve = statuses.every((status) => status?.phase === Phase.BROADCAST);
    return (serve && links.isTold()) || undefined;
  };
  await eventually("every node to serve", allServe, { limitMs: LIMIT_MS });
  const givenUp = clients.givenUp();
  await clients.stop();
  if (clients.givenUp() > givenUp) throw new Error("a command never got an answer");
  return await cluster.settled();
}

export async function stopAndVerify(
  chaos: ChaosCluster,
  settledAt: bigint,
  { operations }: Clients,
  watchers: readonly Watcher[],
): Promise<{ readonly violations: readonly Violation[]; readonly transactions: number }> {
  const violations: Violation[] = [];
  for (const node of chaos.nodes) {
    const end = node.process.pid() === undefined ? undefined : await node.stop();
    if (end !== undefined && end.code !== 0) {
      const what = `${node.id} did not stop cleanly: code ${end.code}, signal ${end.signal}`;
      violations.push({ name: "CleanStop", what });
    }
    archiveSegments(chaos.notes(node.id), chaos.archive);
  }
  const told = { operations, watched: watchers.map(({ seen }) => seen) };
  const verified = await verifyFiles(chaos, settledAt, told);
  return { ...verified, violations: [...violations, ...verified.violations] };
}
