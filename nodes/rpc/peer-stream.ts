/**
 * One PeerService.Exchange stream, from either end: frames out, frames in, and the first word both
 * ways (Hello). It is the Connect protocol on an HTTP/2 stream, driven by hand: no promise and no
 * generator a message, one encoding for all followers (the library costs 0.25 ms a round trip
 * here).
 */
import type { Duplex } from "node:stream";
import type { Hello } from "../../gen/zabble/v1/peer_pb.js";
import { createEnvelopeReader, END_STREAM_FLAG, encodeEnvelope } from "./envelope.js";
import { decodeFrame, encodeFrame, encodeHello } from "./peer-codec.js";
import type { PeerMessage } from "./peer-message.js";

/**
 * A frame is cut into pieces of about this size. A receiver hears nothing before the end of a
 * piece: on a slow link a long one looks like silence, and its sender like one that is gone.
 */
export const PIECE_BYTES = 64 * 1024;

/** The longest piece accepted: one message may be longer than a piece, but never this long. */
const PIECE_BYTES_MAX = 8 * 1024 * 1024;

/** What a stranger may say before it has introduced itself; a hello is far shorter. */
const STRANGER_BYTES_MAX = 4096;

/** Unsent bytes at which a peer counts as one that does not read. */
const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

/** A peer that does not introduce itself in this time is none. */
const HELLO_TIMEOUT_MS = 3000;

export type HelloFields = Omit<Hello, "$typeName" | "$unknown">;

export interface PeerStreamEvents {
  onHello(hello: Hello): void;
  onMessages(messages: readonly PeerMessage[]): void;
  /** Once; `why` is set if this end is to blame the other. */
  onClose(why: string | undefined): void;
}

export interface PeerStream {
  /** False if the peer does not read and the stream was ended for it. */
  send(messages: readonly PeerMessage[]): boolean;
  pause(paused: boolean): void;
  close(why?: string): void;
}

export function createPeerStream(
  duplex: Duplex,
  hello: HelloFields,
  events: PeerStreamEvents,
): PeerStream {
  let closed = false;
  let greeted = false;
  const timer = setTimeout(() => close("it did not introduce itself"), HELLO_TIMEOUT_MS);

  const read = createEnvelopeReader(PIECE_BYTES_MAX, (flags, bytes) => {
    if (closed) return;
    if (flags === END_STREAM_FLAG) close();
    else if (flags !== 0) close(`unknown flags ${flags}`);
    else onFrame(bytes);
  });

  function onFrame(bytes: Buffer): void {
    const frame = decodeFrame(bytes);
    if (frame.kind === "malformed") {
      close(`malformed frame: ${frame.why}`);
    } else if (frame.kind === "hello") {
      if (greeted) {
        close("a second hello");
        return;
      }
      greeted = true;
      clearTimeout(timer);
      events.onHello(frame.hello);
    } else if (!greeted) {
      close("a message before the hello");
    } else {
      events.onMessages(frame.messages);
    }
  }

  function close(why?: string): void {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    duplex.destroy();
    events.onClose(why);
  }

  let bytesFromStranger = 0;
  duplex.on("data", (chunk: Buffer) => {
    if (!read(chunk)) close("a frame that is too long");
    if (greeted) return;
    bytesFromStranger += chunk.length;
    if (bytesFromStranger > STRANGER_BYTES_MAX) close("too many words before the hello");
  });
  duplex.on("end", () => close());
  duplex.on("close", () => close());
  duplex.on("error", () => close());
  duplex.write(encodeEnvelope(encodeHello(hello)));

  return {
    send(messages) {
      if (closed) return false;
      // Before, not after: one frame, a snapshot, may itself be longer than the bound.
      if (duplex.writableLength > UNSENT_BYTES_MAX) {
        close("it does not read");
        return false;
      }
      let piece: Uint8Array[] = [];
      let bytes = 0;
      for (const part of encodeFrame(messages)) {
        piece.push(part);
        bytes += part.length;
        // Parts come in pairs (head, message): cut only behind a message.
        if (bytes >= PIECE_BYTES && piece.length % 2 === 0) {
          duplex.write(encodeEnvelope(piece));
          piece = [];
          bytes = 0;
        }
      }
      if (piece.length > 0) duplex.write(encodeEnvelope(piece));
      return true;
    },
    pause(paused) {
      if (paused) duplex.pause();
      else duplex.resume();
    },
    close,
  };
}
