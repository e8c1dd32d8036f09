/**
 * The simulated network, and the simulated implementation of nodes/rpc/links.ts. Links behave like
 * TCP connections: in order or broken, noticed late and by each end on its own. In a seed with
 * `unordered` the promise of order is broken too (loss, repeats, overtaking without notice): the
 * core must stay safe even then.
 */
import type { LinkListener, Links } from "../../nodes/rpc/links.js";
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import { createPipe, type NetworkProfile, type Pipe, piecesOf } from "./pipe.js";
import type { Prng } from "./prng.js";
import type { SimProcess } from "./sim-process.js";
import type { World } from "./world.js";

interface Endpoint {
  readonly process: SimProcess;
  readonly listener: LinkListener;
  /** Live connections by peer: the number tells one connection from the next. */
  readonly up: Map<string, number>;
  /** Connections on which a frame was lost: the next one would leave a gap, so it breaks them. */
  readonly gaps: Set<number>;
  readonly dial: () => void;
}

export interface NetworkCounts {
  lost: number;
  repeated: number;
  resets: number;
}

export interface SimNetwork {
  linksFor(id: string, process: SimProcess): Links;
  pipe(from: string, to: string): Pipe;
  /** Cuts one direction: nothing passes, and nobody is told until a time-out. */
  cut(from: string, to: string): void;
  /** Ends one cut of that direction; it passes again when no other cut of it is left. */
  heal(from: string, to: string): void;
  /** Takes every fault from every pipe, or from those between the named nodes. */
  healAll(ids?: readonly string[]): void;
  /** From now on nothing is lost, repeated or overtaken. Order takes new connections. */
  calm(): void;
  /** Whether both directions between them let frames through. */
  isPassable(a: string, b: string): boolean;
  /** One end loses its connection, and the other has not noticed. */
  lose(id: string, peer: string, delayMs: number): void;
  /** Both ends lose their connection, each at its own time. */
  reset(a: string, b: string): void;
  /** The process is gone: its kernel resets all its connections. */
  gone(id: string): void;
  readonly counts: NetworkCounts;
  /** What the receiver gets instead of what was sent, while some fault tampers with it. */
  tamper: ((from: string, to: string, msg: PeerMessage) => PeerMessage) | undefined;
  /** Sees every frame as it leaves; for checkers. */
  onSend: (from: string, to: string, messages: readonly PeerMessage[]) => void;
  /** Sees every frame just before the receiver does. */
  onDeliver: (from: string, to: string, messages: readonly PeerMessage[]) => void;
}

export function createSimNetwork(
  world: World,
  prng: Prng,
  ids: readonly string[],
  initialProfile: NetworkProfile,
): SimNetwork {
  let profile = initialProfile;
  const endpoints = new Map<string, Endpoint>();
  const counts: NetworkCounts = { lost: 0, repeated: 0, resets: 0 };
  const pipes = new Map(
    ids.map((from) => [from, new Map(ids.map((to) => [to, newPipe(from, to)]))]),
  );
  let lastConnection = 0;

  const network: SimNetwork = {
    linksFor,
    pipe,
    isPassable,
    cut(from, to) {
      pipe(from, to).cuts++;
      // Whoever waits for an echo gives the connection up after a while.
      world.after(200 + prng.exponential(500), () => {
        if (pipe(from, to).cuts > 0) reset(from, to);
      });
    },
    heal(from, to) {
      const one = pipe(from, to);
      one.cuts = Math.max(0, one.cuts - 1);
    },
    healAll(among = ids) {
      for (const from of among) {
        for (const to of among) if (from !== to) mend(pipe(from, to));
      }
    },
    calm() {
      const { unordered } = profile;
      profile = { ...profile, resetChance: 0, unordered: false };
      if (!unordered) return;
      // Frames of before may still overtake those of after.
      for (const [id, endpoint] of endpoints) {
        for (const peer of endpoint.up.keys()) reset(id, peer);
      }
    },
    lose: dropEnd,
    reset,
    gone(id) {
      const endpoint = endpoints.get(id);
      endpoints.delete(id);
      for (const peer of endpoint?.up.keys() ?? []) dropEnd(peer, id, 0.1 + prng.exponential(1));
    },
    counts,
    tamper: undefined,
    onSend: () => {},
    onDeliver: () => {},
  };

  function newPipe(from: string, to: string): Pipe {
    const repeated = (): void => {
      counts.repeated++;
    };
    return createPipe(world, prng.fork(`${from}>${to}`), () => profile, repeated);
  }

  function pipe(from: string, to: string): Pipe {
    const one = pipes.get(from)?.get(to);
    if (one === undefined) throw new Error(`no pipe from ${from} to ${to}`);
    return one;
  }

  function mend(one: Pipe): void {
    one.cuts = 0;
    one.slowness = 1;
    one.resetOn = undefined;
    while (one.clogs > 0) one.unclog();
  }

  function isPassable(a: string, b: string): boolean {
    const [there, back] = [pipe(a, b), pipe(b, a)];
    return there.cuts + there.clogs + back.cuts + back.clogs === 0;
  }

  /** Until the later end notices, it speaks to nobody. */
  function reset(a: string, b: string): void {
    counts.resets++;
    const [sooner, later] = prng.chance(0.5) ? [a, b] : [b, a];
    dropEnd(sooner, later, prng.exponential(2));
    dropEnd(later, sooner, prng.exponential(2 + profile.noticeMeanMs));
  }

  function dropEnd(id: string, peer: string, delayMs: number): void {
    const endpoint = endpoints.get(id);
    const connection = endpoint?.up.get(peer);
    if (endpoint === undefined || connection === undefined) return;
    world.after(delayMs, () => {
      if (endpoint.up.get(peer) !== connection) return;
      drop(endpoint, peer);
      endpoint.dial();
    });
  }

  function drop(endpoint: Endpoint, peer: string): void {
    if (!endpoint.up.delete(peer)) return;
    endpoint.process.run(() => endpoint.listener.onDown(peer));
  }

  function connect(id: string, peer: string): void {
    const a = endpoints.get(id);
    const b = endpoints.get(peer);
    if (a === undefined || b === undefined || !isPassable(id, peer)) return;
    if (a.up.has(peer)) return;
    // The other end learns from the new connection that its old one is gone.
    drop(b, id);
    lastConnection++;
    for (const [end, from, to] of [
      [a, id, peer],
      [b, peer, id],
    ] as const) {
      end.up.set(to, lastConnection);
      pipe(from, to).renew();
      end.process.run(() => end.listener.onUp(to));
    }
  }

  function linksFor(id: string, process: SimProcess): Links {
    const up = new Map<string, number>();
    let dialing = false;
    /** Until every other node is linked, each is tried again and again. */
    const dial = (): void => {
      if (dialing || !process.alive || up.size === ids.length - 1) return;
      dialing = true;
      world.after(10 + prng.exponential(20), () => {
        process.run(() => {
          dialing = false;
          for (const peer of endpoints.keys()) if (peer !== id) connect(id, peer);
          dial();
        });
      });
    };
    return {
      start(listener) {
        endpoints.set(id, { process, listener, up, gaps: new Set(), dial });
        dial();
      },
      send(peer, messages) {
        for (const piece of piecesOf(messages, profile.pieceBytes)) send(id, peer, piece);
      },
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
    network.onSend(from, to, messages);
    const way = pipe(from, to);
    const breaksAt = messages.findIndex(({ t }) => t === way.resetOn);
    if (breaksAt >= 0) way.resetOn = undefined;
    if (way.cuts > 0) {
      counts.lost++;
      sender.gaps.add(connection);
    } else if (!profile.unordered && sender.gaps.has(connection)) {
      counts.lost++;
      reset(from, to);
    } else if (breaksAt >= 0 || prng.chance(profile.resetChance)) {
      counts.lost++;
      sender.gaps.add(connection);
      breakAfter(from, to, connection, messages.slice(0, Math.max(0, breaksAt)));
    } else if (profile.unordered && prng.chance(profile.dropChance)) {
      counts.lost++;
    } else {
      way.carry(messages, () => deliver(from, to, connection, messages));
    }
  }

  /** The link breaks when these, the beginning of a frame, have arrived. */
  function breakAfter(
    from: string,
    to: string,
    connection: number,
    messages: readonly PeerMessage[],
  ): void {
    if (messages.length === 0) {
      reset(from, to);
      return;
    }
    pipe(from, to).carry(messages, () => {
      deliver(from, to, connection, messages);
      reset(from, to);
    });
  }

  function deliver(
    from: string,
    to: string,
    connection: number,
    messages: readonly PeerMessage[],
  ): void {
    const receiver = endpoints.get(to);
    if (receiver?.up.get(from) !== connection) return;
    receiver.process.run(() => {
      // Frozen meanwhile: what the kernel kept is read unless the connection went since.
      if (receiver.up.get(from) !== connection) return;
      const { tamper } = network;
      const got = tamper === undefined ? messages : messages.map((msg) => tamper(from, to, msg));
      network.onDeliver(from, to, got);
      receiver.listener.onMessages(from, got);
    });
  }

  return network;
}
