/**
 * Broken bytes are their sender's fault, and the library calls some of them the server's: what
 * cannot be decompressed, what is compressed without a word how, what is no base64 or no protobuf
 * message. Here that becomes invalid_argument, in every protocol.
 */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError } from "@connectrpc/connect";
import type {
  Compression,
  UniversalServerRequest,
  UniversalServerResponse,
} from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { badRequest, toConnectError } from "./errors.js";

/** The library's words for them, as they stand in a body or, percent-encoded, in a trailer. */
const FAULT =
  /parse(?: |%20)binary|do(?: |%20)not(?: |%20)know(?: |%20)how(?: |%20)to(?: |%20)decompress/;

const HEAD_BYTES = 5;

/** The same compression, whose refusal of bytes that it did not make is a refusal. */
export function forgiving(compression: Compression): Compression {
  return {
    ...compression,
    async decompress(bytes, readMaxBytes) {
      try {
        return await compression.decompress(bytes, readMaxBytes);
      } catch (error) {
        if (!(error instanceof ConnectError) || error.code !== Code.Internal) throw error;
        const words = `The message is not what ${compression.name} makes, or not all of it.`;
        throw new ConnectError(words, Code.InvalidArgument);
      }
    },
  };
}

/** The refusal of a read by GET whose message should be base64 and is not; else undefined. */
export function refusalOfQuery({
  method,
  url,
}: UniversalServerRequest): UniversalServerResponse | undefined {
  if (method !== "GET") return undefined;
  const query = new URL(url).searchParams;
  if (query.get("base64") !== "1") return undefined;
  try {
    base64Decode(query.get("message") ?? "");
    return undefined;
  } catch {
    const error = toConnectError(badRequest("message", "base64, as the query says"));
    const header = new Headers({ "content-type": "application/json" });
    const body = once(errorToJsonBytes(error, undefined));
    return { status: codeToHttpStatus(error.code), header, body };
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** The answer with the code that such a fault deserves, wherever its protocol has the code. */
export function withClientFault(answer: UniversalServerResponse): UniversalServerResponse {
  const { body, trailer } = answer;
  const type = answer.header?.get("content-type") ?? "";
  const isFramed = /^application\/(connect\+|grpc-web)/.test(type);
  const civil = isFramed && body !== undefined ? { ...answer, body: corrected(body) } : answer;
  if (trailer === undefined) return civil;
  return {
    ...civil,
    // Asked for when the body is out; only then the status is there.
    get trailer() {
      const isFault = FAULT.test(trailer.get("grpc-message") ?? "");
      if (isFault && trailer.get("grpc-status") === String(Code.Internal)) {
        trailer.set("grpc-status", String(Code.InvalidArgument));
      }
      return trailer;
    },
  };
}

/** Each chunk is one envelope; the last one of a failed stream says why it failed. */
async function* corrected(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of chunks) yield isLast(chunk) ? correctedEnd(chunk) : chunk;
}

function isLast(envelope: Uint8Array): boolean {
  return envelope.length >= HEAD_BYTES && ((envelope[0] ?? 0) & 0b1000_0010) !== 0;
}

function correctedEnd(envelope: Uint8Array): Uint8Array {
  const text = Buffer.from(envelope.subarray(HEAD_BYTES)).toString();
  if (!FAULT.test(text)) return envelope;
  const words = Buffer.from(
    text
      .replace('"code":"internal"', '"code":"invalid_argument"')
      .replace(/grpc-status: *13\b/, `grpc-status: ${Code.InvalidArgument}`),
  );
  const whole = Buffer.alloc(HEAD_BYTES + words.length);
  whole.writeUInt8(envelope[0] ?? 0, 0);
  whole.writeUInt32BE(words.length, 1);
  words.copy(whole, HEAD_BYTES);
  return whole;
}
