/**
 * Connect's framing of streams: a flag byte, a length in four bytes (big endian), then the message.
 * Used where a stream is driven by hand; no meaning of the messages here.
 */

const HEAD_BYTES = 5;

/** Set on the last envelope of a stream, which holds JSON instead of a message. */
export const END_STREAM_FLAG = 2;

export function encodeEnvelope(parts: readonly Uint8Array[], flags = 0): Buffer {
  let bytes = 0;
  for (const part of parts) bytes += part.length;
  const out = Buffer.allocUnsafe(HEAD_BYTES + bytes);
  out.writeUInt8(flags, 0);
  out.writeUInt32BE(bytes, 1);
  let at = HEAD_BYTES;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/**
 * Cuts a byte stream into envelopes. Returns false, once and for ever, when one is longer than
 * `bytesMax`: the stream cannot be read on. What comes in small pieces is gathered in a store that
 * doubles, so that it is not copied anew for every piece.
 */
export function createEnvelopeReader(
  bytesMax: number,
  onEnvelope: (flags: number, message: Buffer) => void,
): (chunk: Buffer) => boolean {
  /** The beginning of an envelope that is not whole yet, and how much of the store it fills. */
  let store: Buffer = Buffer.alloc(0);
  let held = 0;
  let wanted = HEAD_BYTES;
  let broken = false;

  /** All that is there; undefined as long as it cannot be enough. */
  function gathered(chunk: Buffer): Buffer | undefined {
    if (held === 0 && chunk.length >= wanted) return chunk;
    if (held + chunk.length > store.length) {
      const grown = Buffer.allocUnsafe(Math.max(held + chunk.length, 2 * store.length));
      store.copy(grown, 0, 0, held);
      store = grown;
    }
    chunk.copy(store, held);
    held += chunk.length;
    return held < wanted ? undefined : store.subarray(0, held);
  }

  return (chunk) => {
    if (broken) return false;
    const bytes = gathered(chunk);
    if (bytes === undefined) return true;
    // Whoever is handed a message may keep it: what follows gets a store of its own.
    store = Buffer.alloc(0);
    held = 0;
    let at = 0;
    wanted = HEAD_BYTES;
    while (bytes.length - at >= HEAD_BYTES) {
      const length = bytes.readUInt32BE(at + 1);
      if (length > bytesMax) {
        broken = true;
        return false;
      }
      wanted = HEAD_BYTES + length;
      if (bytes.length - at < wanted) break;
      onEnvelope(bytes.readUInt8(at), bytes.subarray(at + HEAD_BYTES, at + wanted));
      at += wanted;
      wanted = HEAD_BYTES;
    }
    if (at < bytes.length) gathered(bytes.subarray(at));
    return true;
  };
}
