/**
 * The simulated network, and the simulated implementation of nodes/rpc/links.ts. Links behave like
 * TCP connections: in order or broken, noticed late and by each end on its own. In a seed with
 * `unordered` the promise of order is broken too (loss, repeats, overtaking without notice): the
 * core must stay safe even then.
 */
import type { LinkListener, Links } from "../../nodes/rpc/links.js";
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import type { Prng } from "./prng.js";
import type { SimProcess } from "./sim-process.js";
import type { World } from "./world.js";

export interface NetworkProfile {
  readonly delayMeanMs: number;
  /** The chance that a frame breaks its link. */
  readonly resetChance: number;
  /** Frames may be lost, repeated and overtaken without the link breaking. */
  readonly unordered: boolean;
  readonly dropChance: number;
  readonly repeatChance: number;
}

interface Endpoint {
  readonly process: SimProcess;
  readonly listener: LinkListener;
  /** Live connections by peer: the number tells one connection from the next. */
  readonly up: Map<string, number>;
  /** Connections on which a frame was lost: the next one would leave a gap, so it breaks them. */
  readonly gaps: Set<number>;
  /** When the newest frame to each peer arrives; later frames arrive later. */
  readonly arrivalMs: Map<string, number>;
}

export interface SimNetwork {
  linksFor(id: string, process: SimProcess): Links;
  /** Cuts one direction: nothing passes, and nobody is told until a time-out. */
  cut(from: string, to: string): void;
  /** Ends one cut of that direction; it passes again when no other cut of it is left. */
  heal(from: string, to: string): void;
  healAll(): void;
  /** From now on nothing is lost, repeated or overtaken. */
  calm(): void;
  /** The process is gone: its kernel resets all its connections. */
  gone(id: string): void;
  readonly counts: { frames: number; lost: number; repeated: number; resets: number };
  /** Sees every frame as it leaves; for checkers. */
  onSend: (from: string, to: string, messages: readonly PeerMessage[]) => void;
}

export function createSimNetwork(
  world: World,
  prng: Prng,
  initialProfile: NetworkProfile,
): SimNetwork {
  let profile = initialProfile;
  const endpoints = new Map<string, Endpoint>();
  /** How many cuts are on each direction. */
  const cuts = new Map<string, number>();
  let lastConnection = 0;
  const counts = { frames: 0, lost: 0, repeated: 0, resets: 0 };

  const network: SimNetwork = {
    linksFor,
    cut: (from, to) => {
      cuts.set(`${from}>${to}`, (cuts.get(`${from}>${to}`) ?? 0) + 1);
      // Whoever waits for an echo gives the connection up after a while.
      world.after(200 + prng.exponential(500), () => {
        if (cuts.has(`${from}>${to}`)) reset(from, to);
      });
    },
    heal: (from, to) => {
      const left = (cuts.get(`${from}>${to}`) ?? 0) - 1;
      if (left > 0) cuts.set(`${from}>${to}`, left);
      else cuts.delete(`${from}>${to}`);
    },
    healAll: () => cuts.clear(),
    calm() {
      profile = { ...profile, resetChance: 0, unordered: false };
      // Frames of before may still overtake those of after: begin again with new connections.
      for (const [id, endpoint] of endpoints) {
        for (const peer of endpoint.up.keys()) reset(id, peer);
      }
    },
    gone(id) {
      const endpoint = endpoints.get(id);
      endpoints.delete(id);
      for (const peer of endpoint?.up.keys() ?? []) dropEnd(peer, id, 0.1 + prng.exponential(1));
    },
    counts,
    onSend: () => {},
  };

  function isCut(a: string, b: string): boolean {
    return cuts.has(`${a}>${b}`) || cuts.has(`${b}>${a}`);
  }

  /** Both ends lose the connection, each at its own time. */
  function reset(a: string, b: string): void {
    counts.resets++;
    dropEnd(a, b, prng.exponential(2));
    dropEnd(b, a, prng.exponential(2));
  }

  function dropEnd(id: string, peer: string, delayMs: number): void {
    const endpoint = endpoints.get(id);
    const connection = endpoint?.up.get(peer);
    if (endpoint === undefined || connection === undefined) return;
    world.after(delayMs, () => {
      if (endpoint.up.get(peer) !== connection) return;
      endpoint.up.delete(peer);
      endpoint.process.run(() => endpoint.listener.onDown(peer));
    });
  }

  function connect(id: string, peer: string): void {
    const a = endpoints.get(id);
    const b = endpoints.get(peer);
    if (a === undefined || b === undefined || isCut(id, peer)) return;
    if (a.up.has(peer) || b.up.has(id)) return;
    lastConnection++;
    for (const [end, other] of [
      [a, peer],
      [b, id],
    ] as const) {
      end.up.set(other, lastConnection);
      end.arrivalMs.set(other, 0);
      end.process.run(() => end.listener.onUp(other));
    }
  }

  function linksFor(id: string, process: SimProcess): Links {
    const up = new Map<string, number>();
    return {
      start(listener) {
        endpoints.set(id, { process, listener, up, gaps: new Set(), arrivalMs: new Map() });
        const dial = (): void => {
          for (const peer of endpoints.keys()) {
            if (peer !== id) world.after(prng.exponential(2), () => connect(id, peer));
          }
          process.after(20 + prng.exponential(20), dial);
        };
        dial();
      },
      send: (peer, messages) => send(id, peer, messages),
      connected: () => [...up.keys()],
      setFault: () => {},
      setPaused: () => {},
      close: () => network.gone(id),
    };
  }

  function send(from: string, to: string, messages: readonly PeerMessage[]): void {
    const sender = endpoints.get(from);
    const connection = sender?.up.get(to);
    if (sender === undefined || connection === undefined) return;
    counts.frames++;
    network.onSend(from, to, messages);
    if (cuts.has(`${from}>${to}`)) {
      counts.lost++;
      sender.gaps.add(connection);
      return;
    }
    if (!profile.unordered && sender.gaps.has(connection)) {
      counts.lost++;
      reset(from, to);
      return;
    }
    if (prng.chance(profile.resetChance)) {
      counts.lost++;
      sender.gaps.add(connection);
      reset(from, to);
      return;
    }
    if (profile.unordered && prng.chance(profile.dropChance)) {
      counts.lost++;
      return;
    }
    let atMs = world.nowMs + 0.05 + prng.exponential(profile.delayMeanMs);
    if (!profile.unordered) {
      atMs = Math.max(atMs, (sender.arrivalMs.get(to) ?? 0) + 0.001);
      sender.arrivalMs.set(to, atMs);
    }
    deliverAt(atMs);
    if (profile.unordered && prng.chance(profile.repeatChance)) {
      counts.repeated++;
      deliverAt(atMs + prng.exponential(profile.delayMeanMs * 5));
    }

    function deliverAt(whenMs: number): void {
      world.after(whenMs - world.nowMs, () => {
        const receiver = endpoints.get(to);
        if (receiver === undefined || receiver.up.get(from) !== connection) return;
        receiver.process.run(() => {
          // Frozen meanwhile: what the kernel kept is read unless the connection went since.
          if (receiver.up.get(from) === connection) receiver.listener.onMessages(from, messages);
        });
      });
    }
  }

  return network;
}
