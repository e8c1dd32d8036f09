/**
 * What nodes are told about their links through AdminService.SetLink. A node forgets it with its
 * process and does not hear it while it is frozen, so what it should hold is told again until it
 * has said yes.
 */
import type { LinkFault } from "../../api/replica.js";
import { post } from "../cluster/post.testing.js";
import type { ChaosNode, Undo } from "./chaos-node.js";

export interface LinkFaults {
  /** Of `node`'s end of its link to `peer`. Faults of one link overlap: the worst holds. */
  disturb(node: ChaosNode, peer: ChaosNode, fault: Partial<LinkFault>): Undo;
  /** Tells whoever does not hold yet what it should; resolves when all have answered or failed. */
  tell(): Promise<void>;
  /** Whether every running node holds what it should. */
  isTold(): boolean;
}

interface Link {
  readonly node: ChaosNode;
  readonly peer: ChaosNode;
  readonly faults: Set<Partial<LinkFault>>;
  /** What the process of that life has accepted. */
  held: { readonly life: number; readonly words: string } | undefined;
}

const ANSWER_LIMIT_MS = 500;

export function createLinkFaults(): LinkFaults {
  const links = new Map<string, Link>();

  function isHeld({ node, held, ...link }: Link): boolean {
    const words = JSON.stringify(requestOf(link));
    return held?.life === node.life() ? held.words === words : link.faults.size === 0;
  }

  async function tellOne(link: Link): Promise<void> {
    const { node } = link;
    const life = node.life();
    const request = requestOf(link);
    try {
      const answer = await post(node.process, "AdminService/SetLink", request, ANSWER_LIMIT_MS);
      if (answer.status !== 200) return;
      link.held = { life, words: JSON.stringify(request) };
    } catch {
      // It is starting, ending or frozen; it is told again.
    }
  }

  const untold = (): Link[] =>
    [...links.values()].filter((link) => {
      const { node } = link;
      return node.process.pid() !== undefined && !node.process.isFrozen() && !isHeld(link);
    });

  return {
    disturb(node, peer, fault) {
      const key = `${node.id} ${peer.id}`;
      const link = links.get(key) ?? { node, peer, faults: new Set(), held: undefined };
      links.set(key, link);
      const own = { ...fault };
      link.faults.add(own);
      return () => void link.faults.delete(own);
    },
    async tell() {
      await Promise.all(untold().map(tellOne));
    },
    isTold: () => untold().length === 0,
  };
}

function requestOf({ peer, faults }: Pick<Link, "peer" | "faults">): object {
  const all = [...faults];
  const out = all.some(({ cutOut }) => cutOut === true);
  const into = all.some(({ cutIn }) => cutIn === true);
  const direction = out === into ? "BOTH" : out ? "OUT" : "IN";
  return {
    peerId: peer.id,
    direction: `LINK_DIRECTION_${direction}`,
    cut: out || into,
    delayMs: Math.max(0, ...all.map(({ delayMs = 0 }) => delayMs)),
  };
}
