/**
 * One direction of a connection: bytes from one socket to another, in order and none of them lost,
 * but late, slowly, or not at all for a while, as its traffic says at each moment. What is held
 * back fills the sender's buffers, as on a real wire.
 */
import type { Socket } from "node:net";

export interface Traffic {
  readonly delayMs: number;
  /** Infinity: as fast as it goes. */
  readonly bytesPerSecond: number;
  /** Nothing arrives, and nobody is told so. */
  readonly silent: boolean;
}

export const FREE_TRAFFIC: Traffic = {
  delayMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  silent: false,
};

export interface ShapedPipe {
  /** To be called after a change of the traffic. */
  changed(): void;
  /** So many bytes more, then `broken` is called once, wherever that is in a frame. */
  breakAfter(bytes: number, broken: () => void): void;
  /** Tells the receiver that nothing more comes, and drops what does. */
  shut(): void;
}

/** Bytes held back before the sender is made to wait. */
const HELD_BYTES_MAX = 256 * 1024;
const PIECES_PER_SECOND = 50;

interface Held {
  readonly dueAtMs: number;
  /** Or how the sender has ended. */
  what: Buffer | "end" | "reset";
}

export function createShapedPipe(from: Socket, to: Socket, traffic: () => Traffic): ShapedPipe {
  const held: Held[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  let isShut = false;
  let breaking: { left: number; readonly broken: () => void } | undefined;

  function take(what: Held["what"]): void {
    held.push({ dueAtMs: performance.now() + traffic().delayMs, what });
    if (typeof what !== "string") heldBytes += what.length;
    if (heldBytes > HELD_BYTES_MAX) from.pause();
    if (timer === undefined && !to.writableNeedDrain) pass();
  }

  function later(delayMs: number): void {
    timer = setTimeout(pass, delayMs);
  }

  function pass(): void {
    clearTimeout(timer);
    timer = undefined;
    for (let first = held[0]; first !== undefined; first = held[0]) {
      const { delayMs, bytesPerSecond, silent } = traffic();
      if (silent) return;
      const waitMs = Math.min(delayMs, first.dueAtMs - performance.now());
      if (waitMs > 0) {
        later(waitMs);
        return;
      }
      if (typeof first.what === "string") {
        held.shift();
        if (first.what === "end") to.end();
        else to.resetAndDestroy();
        continue;
      }
      const pieceBytes = Math.max(1, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
      const piece = first.what.subarray(0, pieceBytes);
      if (piece.length === first.what.length) held.shift();
      else first.what = first.what.subarray(piece.length);
      heldBytes -= piece.length;
      if (heldBytes <= HELD_BYTES_MAX / 2) from.resume();
      send(piece);
      if (Number.isFinite(bytesPerSecond)) {
        later(1000 / PIECES_PER_SECOND);
        return;
      }
      if (to.writableNeedDrain) return;
    }
  }

  function send(piece: Buffer): void {
    if (isShut || to.destroyed) return;
    const part = piece.subarray(0, breaking?.left);
    to.write(part);
    if (breaking === undefined) return;
    breaking.left -= part.length;
    if (breaking.left === 0) breaking.broken();
  }

  from.on("data", take);
  from.once("end", () => take("end"));
  from.once("close", () => {
    if (!from.readableEnded) take("reset");
  });
  to.on("drain", pass);
  to.once("close", () => clearTimeout(timer));

  return {
    changed: pass,
    breakAfter(bytes, broken) {
      breaking = { left: Math.max(1, bytes), broken };
    },
    shut() {
      isShut = true;
      to.end();
    },
  };
}
