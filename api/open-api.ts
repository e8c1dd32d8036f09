/**
 * The OpenAPI 3.1 document of a port, made from the descriptors of its services: every unary method
 * as a POST of JSON (as a GET too where it changes nothing) and every plain path. Streams are not
 * in it, for OpenAPI has no words for them; server reflection tells of all.
 */
import type { DescMethod, DescMethodUnary, DescService, JsonObject } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { ERROR_SCHEMA, jsonAnswers } from "./open-api-answers.js";
import { plainPaths } from "./open-api-plain.js";
import { messageSchemas, schemaRef } from "./open-api-schema.js";
import { READ_ROUTES } from "./read-table.js";

export interface OpenApiOptions {
  readonly services: readonly DescService[];
  /** Those that are served for each node under /nodes/{node}. */
  readonly nodeServices: readonly DescService[];
}

const DESCRIPTION =
  "A number-guessing game on a replicated log. Numbers of 64 bits, zxids among them, are strings " +
  "of digits; what has its default value is left out.";

/** The document as JSON text, made at the first call. */
export function openApiText(options: OpenApiOptions): () => string {
  let text: string | undefined;
  return () => {
    text ??= `${JSON.stringify(openApiDocument(options))}\n`;
    return text;
  };
}

export function openApiDocument({ services, nodeServices }: OpenApiOptions): JsonObject {
  const own = services.flatMap(unaryMethods);
  const ofNodes = nodeServices.flatMap(unaryMethods);
  const messages = [...own, ...ofNodes].flatMap(({ input, output }) => [input, output]);
  const plain = READ_ROUTES.map(({ method }) => method.output);
  return {
    openapi: "3.1.0",
    info: { title: "Zabble", version: "1", description: DESCRIPTION },
    servers: [{ url: "/" }],
    paths: {
      ...plainPaths(),
      ...Object.fromEntries(own.map((method) => [pathOf(method), methodPath(method)])),
      ...Object.fromEntries(
        ofNodes.map((method) => [`/nodes/{node}${pathOf(method)}`, nodePath(method)]),
      ),
    },
    components: {
      schemas: { ...messageSchemas([...messages, ...plain, ErrorInfoSchema]), Error: ERROR_SCHEMA },
    },
  };
}

function unaryMethods({ methods }: DescService): DescMethodUnary[] {
  return methods.filter((method): method is DescMethodUnary => method.methodKind === "unary");
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

function methodPath(method: DescMethodUnary, idSuffix = ""): JsonObject {
  const { parent, name, input, output } = method;
  const operationId = `${parent.name}_${name}${idSuffix}`;
  const responses = jsonAnswers(output);
  const content = { "application/json": { schema: schemaRef(input) } };
  const post = {
    tags: [parent.typeName],
    operationId,
    summary: inWords(name),
    requestBody: { required: true, content },
    responses,
  };
  if (method.idempotency !== Idempotency.NO_SIDE_EFFECTS) return { post };
  const get = {
    tags: [parent.typeName],
    operationId: `${operationId}_get`,
    summary: inWords(name),
    parameters: [
      { name: "connect", in: "query", schema: { const: "v1" } },
      { name: "encoding", in: "query", required: true, schema: { const: "json" } },
      { name: "message", in: "query", required: true, content },
    ],
    responses,
  };
  return { get, post };
}

/** The same method of one node. */
function nodePath(method: DescMethodUnary): JsonObject {
  const node = { name: "node", in: "path", required: true, schema: { type: "string" } };
  return { ...methodPath(method, "_of_node"), parameters: [node] };
}

/** "ListRooms" as "List rooms". */
function inWords(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}
