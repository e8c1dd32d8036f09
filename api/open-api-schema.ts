/**
 * JSON schemas of messages, as protobuf's JSON mapping writes them: 64-bit numbers are strings,
 * enums are names, and a field with its default value is left out.
 */
import { type DescField, type DescMessage, type JsonObject, ScalarType } from "@bufbuild/protobuf";

/** Where the schemas stand in the document. */
const SCHEMAS = "#/components/schemas/";

/** A place that holds such a message. */
export function schemaRef(message: DescMessage): JsonObject {
  return { $ref: SCHEMAS + message.typeName };
}

/** The schemas of the messages and of all that they contain, by name. */
export function messageSchemas(messages: Iterable<DescMessage>): Record<string, JsonObject> {
  const schemas: Record<string, JsonObject> = {};
  const open = [...messages];
  for (let message = open.pop(); message !== undefined; message = open.pop()) {
    if (Object.hasOwn(schemas, message.typeName)) continue;
    schemas[message.typeName] = schemaOf(message);
    for (const field of message.fields) if (field.message !== undefined) open.push(field.message);
  }
  return schemas;
}

function schemaOf(message: DescMessage): JsonObject {
  const properties: JsonObject = {};
  for (const field of message.fields) properties[field.jsonName] = fieldSchema(field);
  const choices = message.oneofs.map(({ fields }) => {
    return `At most one of: ${fields.map(({ jsonName }) => jsonName).join(", ")}.`;
  });
  const description = choices.length === 0 ? {} : { description: choices.join(" ") };
  return { type: "object", ...description, properties };
}

function fieldSchema(field: DescField): JsonObject {
  switch (field.fieldKind) {
    case "list":
      return { type: "array", items: valueSchema(field) };
    case "map":
      return { type: "object", additionalProperties: valueSchema(field) };
    default:
      return valueSchema(field);
  }
}

/** Of one value: of the field itself, of its items, or of its map's values. */
function valueSchema(field: DescField): JsonObject {
  if (field.message !== undefined) return schemaRef(field.message);
  if (field.enum !== undefined) {
    return { type: "string", enum: field.enum.values.map(({ name }) => name) };
  }
  return scalarSchema(field.scalar);
}

function scalarSchema(scalar: ScalarType | undefined): JsonObject {
  switch (scalar) {
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return { type: "integer", format: "int32" };
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return { type: "integer", format: "uint32", minimum: 0 };
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return { type: "string", format: "int64", pattern: "^-?[0-9]+$" };
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return { type: "string", format: "uint64", pattern: "^[0-9]+$" };
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return { type: "number" };
    case ScalarType.BYTES:
      return { type: "string", contentEncoding: "base64" };
    default:
      return { type: "string" };
  }
}
