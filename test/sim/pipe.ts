/**
 * One direction between two nodes: how long a frame takes, and what may stand in its way. A pipe
 * knows no connections; those are sim-network.ts.
 */
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import type { Prng } from "./prng.js";
import type { World } from "./world.js";

export interface NetworkProfile {
  readonly delayMeanMs: number;
  /** Pipes differ: each one's own mean is up to this many times longer. */
  readonly delaySpread: number;
  /** What a pipe takes; 0 is no bound. */
  readonly bytesPerMs: number;
  /** When an end hears on its own that a connection broke, if it is the later one. */
  readonly noticeMeanMs: number;
  /** The chance that a frame breaks its link. */
  readonly resetChance: number;
  /** Frames may be lost, repeated and overtaken without the link breaking. */
  readonly unordered: boolean;
  readonly dropChance: number;
  readonly repeatChance: number;
  /** How much later a repeated frame comes. */
  readonly repeatMeanMs: number;
  /** Frames are cut into pieces of about this size: a part of one may be all that arrives. */
  readonly pieceBytes: number;
}

export interface Pipe {
  /** How many faults cut it: nothing passes, and nobody is told. */
  cuts: number;
  /** How many faults clog it: what comes is kept, in order, until the last of them ends. */
  clogs: number;
  /** How many times as long everything takes. */
  slowness: number;
  /** The next frame with a message of this type is the last; from that message on it is lost. */
  resetOn: PeerMessage["t"] | undefined;
  /** Calls `arrive` when a frame of that size gets to the other end. */
  carry(messages: readonly PeerMessage[], arrive: () => void): void;
  /** One end of the clogs: what was kept goes on if it was the last. */
  unclog(): void;
  /** A new connection: what is under way belongs to the old one. */
  renew(): void;
}

/** What was sent before the faults ended must not hold up for long what comes after. */
const TRANSIT_MS_MAX = 1000;

export function createPipe(
  world: World,
  prng: Prng,
  profile: () => NetworkProfile,
  repeated: () => void,
): Pipe {
  const factor = 1 + (profile().delaySpread - 1) * prng.next() ** 3;
  let kept: (() => void)[] = [];
  /** Later frames arrive later, if order is promised. */
  let lastArrivalMs = 0;
  let freeAtMs = 0;

  function transitMs(meanMs: number): number {
    return Math.min(prng.exponential(meanMs * factor) * pipe.slowness, TRANSIT_MS_MAX);
  }

  function start(messages: readonly PeerMessage[], arrive: () => void): void {
    const { delayMeanMs, bytesPerMs, unordered, repeatChance, repeatMeanMs } = profile();
    if (bytesPerMs > 0) {
      freeAtMs = Math.max(freeAtMs, world.nowMs) + sizeOf(messages) / bytesPerMs;
    }
    let atMs = Math.max(world.nowMs, freeAtMs) + 0.05 + transitMs(delayMeanMs);
    if (!unordered) {
      atMs = Math.max(atMs, lastArrivalMs + 0.001);
      lastArrivalMs = atMs;
    }
    world.after(atMs - world.nowMs, arrive);
    if (unordered && prng.chance(repeatChance)) {
      repeated();
      world.after(atMs - world.nowMs + prng.exponential(repeatMeanMs), arrive);
    }
  }

  const pipe: Pipe = {
    cuts: 0,
    clogs: 0,
    slowness: 1,
    resetOn: undefined,
    carry(messages, arrive) {
      if (pipe.clogs > 0) kept.push(() => start(messages, arrive));
      else start(messages, arrive);
    },
    unclog() {
      pipe.clogs = Math.max(0, pipe.clogs - 1);
      if (pipe.clogs > 0) return;
      const waiting = kept;
      kept = [];
      for (const go of waiting) go();
    },
    renew() {
      lastArrivalMs = 0;
      freeAtMs = 0;
      kept = [];
    },
  };
  return pipe;
}

/** A frame leaves in pieces, each of which is handed on when it is there. */
export function piecesOf(
  messages: readonly PeerMessage[],
  pieceBytes: number,
): (readonly PeerMessage[])[] {
  if (messages.length < 2 || sizeOf(messages) < pieceBytes) return [messages];
  const pieces: (readonly PeerMessage[])[] = [];
  let piece: PeerMessage[] = [];
  for (const msg of messages) {
    piece.push(msg);
    if (sizeOf(piece) < pieceBytes) continue;
    pieces.push(piece);
    piece = [];
  }
  if (piece.length > 0) pieces.push(piece);
  return pieces;
}

/** About what the messages take on the wire. */
function sizeOf(messages: readonly PeerMessage[]): number {
  let bytes = 40;
  for (const msg of messages) {
    bytes += 30;
    if (msg.t === "propose") for (const { text } of msg.entries) bytes += text.length;
    else if (msg.t === "snapChunk") bytes += msg.text.length;
    else if (msg.t === "forward") for (const { text } of msg.commands) bytes += text.length;
  }
  return bytes;
}
