/**
 * The real links: one Exchange stream to each other node. The node of lower rank dials, so that a
 * pair never has two. Whoever is not of this cluster, this membership or this address is dropped,
 * counted, and mentioned once a minute.
 *
 * A cut (AdminService.SetLink) drops frames silently, as a lost network does; since a link is in
 * order or broken, a healed link that lost something begins anew.
 */
import type { Duplex } from "node:stream";
import type { LinkFault } from "../../api/replica.js";
import type { ClusterConfig, NodeConfig } from "../../config/cluster-config.js";
import { membershipHash } from "../../config/membership-hash.js";
import type { Hello } from "../../gen/zabble/v1/peer_pb.js";
import type { NodeId } from "../zab/entry.js";
import type { LinkListener, Links } from "./links.js";
import type { PeerMessage } from "./peer-message.js";
import { dialPeer, listenForPeers } from "./peer-port.js";
import { createPeerStream, type HelloFields, type PeerStream } from "./peer-stream.js";

const PROTOCOL_VERSION = 1;
const REDIAL_MS = 100;
const COMPLAIN_EVERY_MS = 60_000;
const NO_FAULT: LinkFault = { cutIn: false, cutOut: false, delayMs: 0 };

export interface PeerLinksOptions {
  readonly nodeId: NodeId;
  readonly config: ClusterConfig;
  /** Names this process's life. */
  readonly incarnation: string;
  readonly warn: (message: string, fields: Record<string, unknown>) => void;
  readonly nowMs: () => number;
}

interface Peer {
  readonly node: NodeConfig;
  readonly dials: boolean;
  /** The stream whose hello was accepted. */
  stream: PeerStream | undefined;
  dialing: { close(): void } | undefined;
  fault: LinkFault;
  /** Something was dropped on the present stream. */
  lossy: boolean;
  /** Frames that a delay holds back, oldest first, each due no sooner than the one before. */
  readonly delayed: { readonly atMs: number; readonly messages: readonly PeerMessage[] }[];
}

export interface PeerLinks extends Links {
  /** Streams and frames that were dropped because they were not ours. */
  readonly strangers: number;
  readonly port: number;
}

/** Binds the peer port; rejects if that fails. Nothing is dialed before start. */
export async function createPeerLinks(options: PeerLinksOptions): Promise<PeerLinks> {
  const { nodeId, config, incarnation, warn, nowMs } = options;
  const rank = config.nodes.findIndex((node) => node.id === nodeId);
  const self = config.nodes[rank];
  if (self === undefined) throw new Error(`${nodeId} is not a node of this cluster`);
  const hash = membershipHash(config);
  const peers = new Map<NodeId, Peer>();
  for (const [index, node] of config.nodes.entries()) {
    if (index === rank) continue;
    const empty = { stream: undefined, dialing: undefined, lossy: false, delayed: [] };
    peers.set(node.id, { node, dials: rank < index, fault: NO_FAULT, ...empty });
  }
  let listener: LinkListener | undefined;
  let closed = false;
  let paused = false;
  let strangers = 0;
  const complainedAtMs = new Map<string, number>();

  function complain(why: string, from: string): void {
    strangers++;
    const now = nowMs();
    // Strangers choose their words: the kind of complaint is enough to tell them apart.
    const kind = why.split(":")[0] ?? why;
    if (now - (complainedAtMs.get(kind) ?? -COMPLAIN_EVERY_MS) < COMPLAIN_EVERY_MS) return;
    if (complainedAtMs.size > 100) complainedAtMs.clear();
    complainedAtMs.set(kind, now);
    warn("dropped on the peer port", { why, from, dropped: strangers });
  }

  function helloTo(to: NodeId): HelloFields {
    return {
      clusterId: config.clusterId,
      membershipHash: hash,
      from: nodeId,
      to,
      protocolVersion: PROTOCOL_VERSION,
      incarnation,
    };
  }

  function objection(hello: Hello): string | undefined {
    if (hello.clusterId !== config.clusterId) return "another cluster";
    if (hello.membershipHash !== hash) return "another membership or quorum";
    if (hello.protocolVersion !== PROTOCOL_VERSION) return "another protocol version";
    if (!peers.has(hello.from)) return "an unknown node";
    // A dialer knows whom it calls; the one called learns from the hello who calls.
    if (hello.to !== "" && hello.to !== nodeId) return "meant for another node";
    return undefined;
  }

  function adopt(duplex: Duplex, expected: Peer | undefined, from: string): void {
    if (closed || listener === undefined) {
      // Not taking part yet: whoever called will call again.
      duplex.destroy();
      return;
    }
    let peer = expected;
    const stream = createPeerStream(duplex, helloTo(expected?.node.id ?? ""), {
      onHello(hello) {
        const why = objection(hello);
        const known = peers.get(hello.from);
        if (why !== undefined || known === undefined) {
          complain(`${why}: ${hello.from.slice(0, 40)} of ${hello.clusterId.slice(0, 40)}`, from);
          stream.close();
          return;
        }
        if (
          (expected !== undefined && known !== expected) ||
          known.dials !== (expected === known)
        ) {
          complain(`the wrong way round: ${hello.from}`, from);
          stream.close();
          return;
        }
        if (known.fault.cutIn || known.fault.cutOut) {
          stream.close();
          return;
        }
        peer = known;
        // An old stream of the same peer: its process died, or its end of it did.
        known.stream?.close();
        known.stream = stream;
        known.lossy = false;
        stream.pause(paused);
        listener?.onUp(known.node.id);
      },
      onMessages(messages) {
        if (peer?.stream !== stream) return;
        if (peer.fault.cutIn) peer.lossy = true;
        else listener?.onMessages(peer.node.id, messages);
      },
      onClose(why) {
        if (why !== undefined) complain(why, from);
        if (peer?.stream === stream) {
          peer.stream = undefined;
          peer.delayed.length = 0;
          if (!closed) listener?.onDown(peer.node.id);
        }
        if (expected !== undefined) redial(expected);
      },
    });
  }

  function dial(peer: Peer): void {
    if (closed || peer.stream !== undefined || peer.dialing !== undefined) return;
    const { host, peerPort } = peer.node;
    peer.dialing = dialPeer(
      host,
      peerPort,
      (duplex) => {
        peer.dialing = undefined;
        adopt(duplex, peer, `${host}:${peerPort}`);
      },
      () => {
        peer.dialing = undefined;
        redial(peer);
      },
    );
  }

  function redial(peer: Peer): void {
    if (closed) return;
    setTimeout(() => dial(peer), REDIAL_MS).unref();
  }

  function transmit(peer: Peer, messages: readonly PeerMessage[]): void {
    if (peer.fault.cutOut) peer.lossy = true;
    else peer.stream?.send(messages);
  }

  function transmitDue(peer: Peer): void {
    for (let first = peer.delayed[0]; first !== undefined; first = peer.delayed[0]) {
      const waitMs = first.atMs - nowMs();
      if (waitMs > 0) {
        setTimeout(() => transmitDue(peer), waitMs);
        return;
      }
      peer.delayed.shift();
      transmit(peer, first.messages);
    }
  }

  const port = await listenForPeers(
    self.host,
    self.peerPort,
    (duplex, from) => adopt(duplex, undefined, from),
    (what) => complain(what, ""),
  );

  return {
    get strangers() {
      return strangers;
    },
    port: port.port,
    start(given) {
      listener = given;
      for (const peer of peers.values()) if (peer.dials) dial(peer);
    },
    send(to, messages) {
      const peer = peers.get(to);
      if (peer?.stream === undefined) return;
      const last = peer.delayed.at(-1);
      if (peer.fault.delayMs === 0 && last === undefined) {
        transmit(peer, messages);
        return;
      }
      const atMs = Math.max(nowMs() + peer.fault.delayMs, last?.atMs ?? 0);
      peer.delayed.push({ atMs, messages });
      if (last === undefined) transmitDue(peer);
    },
    connected: () =>
      [...peers.values()].filter((p) => p.stream !== undefined).map((p) => p.node.id),
    setFault(id, fault) {
      const peer = peers.get(id);
      if (peer === undefined) return;
      peer.fault = fault;
      if (!fault.cutIn && !fault.cutOut && peer.lossy) peer.stream?.close();
    },
    setPaused(now) {
      paused = now;
      for (const peer of peers.values()) peer.stream?.pause(now);
    },
    close() {
      closed = true;
      port.close();
      for (const peer of peers.values()) {
        peer.dialing?.close();
        peer.stream?.close();
      }
    },
  };
}
