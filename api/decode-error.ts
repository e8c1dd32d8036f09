/**
 * Says in the game's words what is wrong with a unary request that the library could not decode:
 * the field, the rule, what came instead. Without it a guess of 2.5 would be refused as
 * "expected number (int32)", and broken bytes would look like the server's own fault.
 */
import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { codeToHttpStatus, errorToJsonBytes } from "@connectrpc/connect/protocol-connect";
import { VALUE_MAX, VALUE_MIN } from "../game/limits.js";
import { toConnectError } from "./errors.js";
import type { Refusal } from "./refusal.js";

/** The library's words for a JSON field, a JSON text and protobuf bytes that it cannot decode. */
const BAD_FIELD = /^cannot decode field [\w.]+\.(\w+) from JSON: (.*)$/s;
const BAD_JSON = /^cannot decode message [\w.]+ from JSON: (.*)$/s;
const BAD_BINARY = /^parse binary: (.*)$/s;

/** The response itself, or a better one if it is the Connect error of a failed decoding. */
export async function explainDecodeError(
  response: UniversalServerResponse,
  input: DescMessage,
): Promise<UniversalServerResponse> {
  const isJson = response.header?.get("content-type") === "application/json";
  const isRefused = response.status === 400 || response.status === 500;
  if (!isRefused || !isJson || response.body === undefined) return response;
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const refusal = decodeRefusal(Buffer.concat(chunks).toString(), input);
  if (refusal === undefined) return { ...response, body: iterate(chunks) };
  const error = toConnectError(refusal);
  const body = errorToJsonBytes(error, undefined);
  const header = new Headers(response.header);
  header.set("content-length", String(body.byteLength));
  return { ...response, status: codeToHttpStatus(error.code), header, body: iterate([body]) };
}

/** What a Connect error's JSON text says about decoding; undefined if it is another error. */
export function decodeRefusal(errorJson: string, input: DescMessage): Refusal | undefined {
  const error: { message?: unknown; details?: unknown } = JSON.parse(errorJson);
  if (typeof error.message !== "string" || error.details !== undefined) return undefined;
  const badField = BAD_FIELD.exec(error.message);
  if (badField !== null) return fieldRefusal(badField[1] ?? "", badField[2] ?? "", input);
  const badJson = BAD_JSON.exec(error.message);
  if (badJson !== null) return bodyRefusal("a JSON object", badJson[1] ?? "", input);
  const badBinary = BAD_BINARY.exec(error.message);
  if (badBinary !== null) return bodyRefusal("a protobuf message", badBinary[1] ?? "", input);
  return undefined;
}

function fieldRefusal(name: string, fault: string, input: DescMessage): Refusal {
  const rule = ruleOf(name, input);
  const got = /got (.*)$/s.exec(fault)?.[1] ?? /: (.*) out of range$/s.exec(fault)?.[1];
  const fact = got === undefined ? fault : `got ${got}`;
  return {
    reason: name === "value" ? "VALUE_OUT_OF_RANGE" : "BAD_REQUEST",
    message: `The field ${name} must be ${rule}: ${fact}.`,
    field: name,
    rule,
  };
}

function bodyRefusal(rule: string, fault: string, input: DescMessage): Refusal {
  const message = `The request must be ${rule}, a ${input.typeName}: ${fault}.`;
  return { reason: "BAD_REQUEST", message, rule };
}

function ruleOf(name: string, input: DescMessage): string {
  if (name === "value") return `a whole number from ${VALUE_MIN} to ${VALUE_MAX}`;
  const field = input.fields.find((candidate) => candidate.name === name);
  return field === undefined ? "of the type that its definition names" : kindOf(field);
}

function kindOf(field: DescField): string {
  if (field.fieldKind === "enum") return `one of the names of ${field.enum.typeName}`;
  if (field.fieldKind !== "scalar") return `a ${field.fieldKind}`;
  switch (field.scalar) {
    case ScalarType.STRING:
      return "a text";
    case ScalarType.BOOL:
      return "true or false";
    case ScalarType.UINT64:
    case ScalarType.UINT32:
      return "a whole number, 0 or more";
    default:
      return "a whole number";
  }
}

async function* iterate(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}
