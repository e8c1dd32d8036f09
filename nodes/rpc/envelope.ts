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
 * `bytesMax`: the stream cannot be read on.
 */
export function createEnvelopeReader(
  bytesMax: number,
  onEnvelope: (flags: number, message: Buffer) => void,
): (chunk: Buffer) => boolean {
  let rest: Buffer = Buffer.alloc(0);
  let broken = false;
  return (chunk) => {
    if (broken) return false;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= HEAD_BYTES) {
      const bytes = rest.readUInt32BE(at + 1);
      if (bytes > bytesMax) {
        broken = true;
        rest = Buffer.alloc(0);
        return false;
      }
      const end = at + HEAD_BYTES + bytes;
      if (rest.length < end) break;
      onEnvelope(rest.readUInt8(at), rest.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    rest = rest.subarray(at);
    return true;
  };
}
