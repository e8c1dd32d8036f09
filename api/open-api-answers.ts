/** The answers that operations of the OpenAPI document share. */
import type { DescMessage, JsonObject } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { schemaRef } from "./open-api-schema.js";

const CODES = Object.values(Code).filter((code) => typeof code === "number");

/** What every refusal looks like; named Error among the schemas. */
export const ERROR_SCHEMA: JsonObject = {
  type: "object",
  required: ["code"],
  properties: {
    code: { type: "string", enum: CODES.map(codeToString) },
    message: { type: "string", description: "A sentence for a person." },
    details: {
      type: "array",
      items: {
        type: "object",
        required: ["type", "value"],
        properties: {
          type: { type: "string", description: "The message's name." },
          value: { type: "string", contentEncoding: "base64" },
          debug: schemaRef(ErrorInfoSchema),
        },
      },
    },
  },
};

/** A message, or a refusal. */
export function jsonAnswers(message: DescMessage): JsonObject {
  const refusal = { $ref: "#/components/schemas/Error" };
  return {
    "200": { description: "OK", content: { "application/json": { schema: schemaRef(message) } } },
    default: { description: "Refused", content: { "application/json": { schema: refusal } } },
  };
}

export function textAnswer(description: string): JsonObject {
  return { description, content: { "text/plain": { schema: { type: "string" } } } };
}
