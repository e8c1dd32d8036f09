/**
 * Test support: real links on free loopback ports, what they were told, and a stranger that speaks
 * to a peer port in whatever way a test wants. Waiting is for events, with a limit.
 */
import { once } from "node:events";
import net from "node:net";
import type { Duplex } from "node:stream";
import type { ClusterConfig } from "../../config/cluster-config.js";
import { membershipHash } from "../../config/membership-hash.js";
import { patternConfig } from "../../config/pattern-config.js";
import { createPeerLinks, type PeerLinks } from "./peer-links.js";
import type { PeerMessage } from "./peer-message.js";
import { dialPeer } from "./peer-port.js";
import type { HelloFields } from "./peer-stream.js";

const WAIT_LIMIT_MS = 10_000;

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port was given");
    ports.push(address.port);
  }
  for (const server of servers) {
    server.close();
    await once(server, "close");
  }
  return ports;
}

export async function peerConfig(nodeCount: number): Promise<ClusterConfig> {
  const ports = await freePorts(nodeCount);
  const config = patternConfig(nodeCount);
  const nodes = config.nodes.map((node, index) => ({ ...node, peerPort: ports[index] ?? 0 }));
  return { ...config, nodes };
}

export interface LinkedNode {
  readonly links: PeerLinks;
  /** "up node2", "down node2" and "node2 pong 7" or the like, in order. */
  readonly events: string[];
  readonly warnings: { readonly why: unknown; readonly dropped: unknown }[];
  /** For complaints; delays use it too. */
  nowMs: () => number;
  /** Resolves once it is true; looked at after each event. */
  until(what: string, done: () => boolean): Promise<void>;
}

/** Started at once; the caller closes its links. */
export async function createLinkedNode(config: ClusterConfig, id: string): Promise<LinkedNode> {
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  const links = await createPeerLinks({
    nodeId: id,
    config,
    incarnation: id,
    warn: (_message, { why, dropped }) => {
      node.warnings.push({ why, dropped });
      wake();
    },
    nowMs: () => node.nowMs(),
  });
  const node: LinkedNode = {
    links,
    events: [],
    warnings: [],
    nowMs: () => performance.now(),
    until(what, done) {
      return new Promise((resolve, reject) => {
        const limit = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`${id}: no ${what}; so far ${node.events.slice(-8).join(", ")}`));
        }, WAIT_LIMIT_MS);
        const look = (): void => {
          if (!done()) return;
          waiting.delete(look);
          clearTimeout(limit);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
  };
  const note = (event: string): void => {
    node.events.push(event);
    wake();
  };
  links.start({
    onUp: (peer) => note(`up ${peer}`),
    onDown: (peer) => note(`down ${peer}`),
    onMessages: (peer, messages) => {
      for (const msg of messages) note(`${peer} ${msg.t} ${msg.t === "pong" ? msg.n : ""}`.trim());
    },
  });
  return node;
}

export function pong(n: number): PeerMessage {
  return { t: "pong", epoch: 1, n };
}

/** What node `from` says first to node `to`. */
export function helloOf(config: ClusterConfig, from: string, to: string): HelloFields {
  const { clusterId } = config;
  const hash = membershipHash(config);
  return { clusterId, membershipHash: hash, from, to, protocolVersion: 1, incarnation: "test" };
}

/** An Exchange stream to that port, on which nothing was said yet; closing it ends the session. */
export function openExchange(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    dialPeer("127.0.0.1", port, resolve, () => reject(new Error("the port refused the stream")));
  });
}

/** Resolves when the far end has ended the stream. */
export async function ended(duplex: Duplex): Promise<void> {
  duplex.resume();
  if (!duplex.closed) await once(duplex, "close");
}
