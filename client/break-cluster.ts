/** Carries out what a player wants to have broken or healed, and says in words what came of it. */
import type { Admin, AdminOutcome } from "./admin.js";
import type { ClusterModel, NodeView } from "./cluster-model.js";

export type BreakAction = "kill" | "pause" | "resume" | "cut" | "isolate" | "heal" | "stepDown";

/** Something that will be done to the cluster. */
export interface BreakWish {
  readonly action: BreakAction;
  readonly nodeId: string;
  /** The other end, for "cut". */
  readonly peerId?: string;
}

/** Long enough to see the others go on without the node, short enough to wait for its return. */
export const PAUSE_MS = 10_000;

/** `serverOf`: the base address at which a node takes such calls. Never rejects. */
export async function carryOut(
  { action, nodeId, peerId }: BreakWish,
  cluster: ClusterModel | undefined,
  admin: Admin,
  serverOf: (node: NodeView) => string,
): Promise<{ readonly ok: boolean; readonly words: string }> {
  const nodes = cluster?.nodes ?? [];
  const node = nodes.find((one) => one.nodeId === nodeId);
  if (action === "heal") return said(await healAll(nodes, admin, serverOf), "all links are healed");
  if (node === undefined) return { ok: false, words: `there is no node ${nodeId}` };
  const server = serverOf(node);
  switch (action) {
    case "kill":
      return said(await admin.stop(server), `${nodeId} was killed`);
    case "pause":
      return said(await admin.pause(server, PAUSE_MS), `${nodeId} pauses for ${PAUSE_MS / 1000} s`);
    case "resume":
      return said(await admin.pause(server, 0), `${nodeId} goes on`);
    case "stepDown":
      return said(await admin.stepDown(server), `${nodeId} gave up its leadership`);
    case "cut": {
      const outcome = await admin.setLink(server, peerId ?? "", { cut: true });
      return said(outcome, `the link between ${nodeId} and ${peerId} is cut`);
    }
    case "isolate": {
      const peers = nodes.filter((one) => one !== node);
      const outcomes = peers.map((peer) => admin.setLink(server, peer.nodeId, { cut: true }));
      return said(worst(await Promise.all(outcomes)), `${nodeId} is cut off from all others`);
    }
  }
}

/** A node that is down has no cut links: it comes back with all of them whole. */
async function healAll(
  nodes: readonly NodeView[],
  admin: Admin,
  serverOf: (node: NodeView) => string,
): Promise<AdminOutcome> {
  const calls = nodes
    .filter(({ state }) => state !== "down")
    .flatMap((node) =>
      nodes
        .filter((peer) => peer !== node)
        .map((peer) => admin.setLink(serverOf(node), peer.nodeId, { cut: false })),
    );
  return worst(await Promise.all(calls));
}

function worst(outcomes: readonly AdminOutcome[]): AdminOutcome {
  return outcomes.find(({ ok }) => !ok) ?? { ok: true };
}

function said(
  outcome: AdminOutcome,
  done: string,
): { readonly ok: boolean; readonly words: string } {
  return outcome.ok ? { ok: true, words: done } : { ok: false, words: outcome.message };
}
