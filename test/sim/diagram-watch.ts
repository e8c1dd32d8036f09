/** Collects a run's messages and facts for its sequence diagram. */
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import { messageWords, opWords, span } from "../../nodes/zab/scenario-words.testing.js";
import { type DiagramLine, drawDiagram } from "./diagram.js";
import type { Watch } from "./run-case.js";
import type { SimNode } from "./sim-cluster.js";

export interface DiagramWatch {
  readonly watch: Watch;
  /** So many lines of the end, and what else mentions what `about` names. */
  text(last: number, about: string): string;
}

/** Nobody needs to see these: they say nothing that was not said before. */
const SMALL_TALK: ReadonlySet<string> = new Set(["ping", "pong", "gossip"]);
/** Facts of the protocol that no message or write shows. */
const FACTS: ReadonlySet<string> = new Set(["ROLE", "ESTABLISHED"]);

export function createDiagramWatch(): DiagramWatch {
  const lines: DiagramLine[] = [];
  let names: readonly string[] = [];

  const watch: Watch = (world, cluster) => {
    names = cluster.nodes.map(({ id }) => id);
    const { onStart, onWrite, crash, network } = cluster;
    const { onSend } = network;
    const note = (node: SimNode, mark: string, text: string): void => {
      const at = names.indexOf(node.id);
      lines.push({ atMs: world.nowMs, node: at, to: undefined, mark, text });
    };
    cluster.onStart = (node) => {
      note(node, "S", node.life === 1 ? "starts" : "starts again");
      onStart(node);
      node.running?.node.trace(({ kind, peerId, detail }) => {
        if (FACTS.has(kind)) note(node, "*", [kind, peerId, detail].join(" "));
      });
      node.running?.node.subscribe({
        onApplied: (transactions) => {
          const zxids = transactions.map(({ zxid }) => zxid);
          note(node, "+", `applies ${span(zxids)}`);
        },
        onReset: () => note(node, "+", "takes a snapshot as its state"),
      });
    };
    cluster.onWrite = (node, ops, batch) => {
      note(node, "w", `writes ${ops.map(opWords).join(", ")}`);
      onWrite(node, ops, batch);
    };
    cluster.crash = (node) => {
      if (node.running !== undefined) note(node, "X", "crashes");
      crash(node);
    };
    network.onSend = (from, to, messages) => {
      for (const msg of messages) {
        if (SMALL_TALK.has(msg.t)) continue;
        const [node, target] = [names.indexOf(from), names.indexOf(to)];
        const text = wordsOf(msg);
        lines.push({ atMs: world.nowMs, node, to: target, mark: "o", text });
      }
      onSend(from, to, messages);
    };
  };

  return {
    watch,
    text: (last, about) => drawDiagram(lines, { names, last, about }),
  };
}

/** The driver's own messages have no scenario words; their kind is enough here. */
function wordsOf(msg: PeerMessage): string {
  switch (msg.t) {
    case "forward":
    case "forwardReply":
    case "gossip":
    case "fetch":
    case "fetched":
      return msg.t;
    default:
      return messageWords(msg);
  }
}
