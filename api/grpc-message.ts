/**
 * The words of a gRPC status as clients can read them. The library percent-encodes more of
 * grpc-message than gRPC asks for, and grpc-js, for one, does not decode ":" or ",". What gRPC
 * allows as it is, printable ASCII but "%", is sent so.
 * Source: gRPC over HTTP2, "Percent-Encoded".
 */
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";

const NAME = "grpc-message";

/** Of the message as it is sent; headers that are longer than clients take would be lost whole. */
const CHARACTERS_MAX = 2000;

/** Escapes of printable ASCII, without that of "%". */
const ESCAPED = /%(?:2[0-46-9A-F]|[3-6][0-9A-F]|7[0-9A-E])/g;

export function withReadableMessage(answer: UniversalServerResponse): UniversalServerResponse {
  const { trailer: early } = answer;
  if (early === undefined) return answer;
  return {
    ...answer,
    // Asked for when the body is out; only then the status is there, and what others make of it.
    get trailer() {
      const { trailer = early } = answer;
      const message = trailer.get(NAME);
      if (message !== null) trailer.set(NAME, cut(message.replace(ESCAPED, unescaped)));
      return trailer;
    },
  };
}

/** Without a part of a character at its end. */
function cut(message: string): string {
  if (message.length <= CHARACTERS_MAX) return message;
  return `${message.slice(0, CHARACTERS_MAX).replace(/(?:%[0-9A-F]{0,2})+$/, "")}...`;
}

function unescaped(sequence: string): string {
  return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
}
