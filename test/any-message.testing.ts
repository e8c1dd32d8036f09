/**
 * Test support: arbitrary messages of any protobuf type, told by its description alone. They are
 * well typed and nothing more: numbers at the edges of their types, names of no enum, fields that
 * do not agree with each other.
 */
import {
  create,
  type DescField,
  type DescMessage,
  type DescOneof,
  type MessageShape,
  ScalarType,
} from "@bufbuild/protobuf";
import fc from "fast-check";

function edges(min: bigint, max: bigint): fc.Arbitrary<bigint> {
  const known = [0n, 1n, 7n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, min, max, max - 1n];
  const inside = known.filter((value) => value >= min && value <= max);
  return fc.oneof(fc.constantFrom(...inside), fc.bigInt({ min, max }));
}

const UINT32 = edges(0n, 2n ** 32n - 1n).map(Number);
const INT32 = edges(-(2n ** 31n), 2n ** 31n - 1n).map(Number);
const UINT64 = edges(0n, 2n ** 64n - 1n);
const INT64 = edges(-(2n ** 63n), 2n ** 63n - 1n);

const TEXT = fc.oneof(
  fc.constantFrom("", "node1", "lobby", "ann", "r1", "{}", "__proto__", "a\nb", "x".repeat(300)),
  fc.string({ unit: "binary", maxLength: 30 }),
);

function anyScalar(scalar: ScalarType): fc.Arbitrary<unknown> {
  switch (scalar) {
    case ScalarType.UINT32:
      return UINT32;
    case ScalarType.INT32:
      return INT32;
    case ScalarType.UINT64:
      return UINT64;
    case ScalarType.INT64:
      return INT64;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.STRING:
      return TEXT;
    default:
      throw new Error(`no messages of ours have a ${ScalarType[scalar]}`);
  }
}

function anyValue(field: DescField): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "scalar":
      return anyScalar(field.scalar);
    case "enum":
      return fc.constantFrom(...field.enum.values.map(({ number }) => number), 99, -1);
    case "message":
      return anyMessageOf(field.message);
    case "list":
      return fc.array(anyItem(field), { maxLength: 3 });
    default:
      throw new Error(`no messages of ours have a ${field.fieldKind}`);
  }
}

function anyItem(field: DescField & { readonly fieldKind: "list" }): fc.Arbitrary<unknown> {
  if (field.listKind === "scalar") return anyScalar(field.scalar);
  if (field.listKind === "message") return anyMessageOf(field.message);
  throw new Error(`no messages of ours have a list of ${field.listKind}`);
}

function anyOfOneof({ fields }: DescOneof): fc.Arbitrary<unknown> {
  const cases = fields.map((field) =>
    anyValue(field).map((value) => ({ case: field.localName, value })),
  );
  return fc.oneof(fc.constant({ case: undefined }), ...cases);
}

/** Every field is given or left out by chance. */
export function anyMessageOf<Desc extends DescMessage>(
  desc: Desc,
): fc.Arbitrary<MessageShape<Desc>> {
  const members = desc.members.map((member): [string, fc.Arbitrary<unknown>] => [
    member.localName,
    member.kind === "oneof" ? anyOfOneof(member) : anyValue(member),
  ]);
  return fc
    .record(Object.fromEntries(members), { requiredKeys: [] })
    .map((fields) => create(desc, { ...fields } as never));
}
