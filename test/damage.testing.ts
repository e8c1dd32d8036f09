/**
 * Test support: bytes and texts as a failing disk, a broken network or a stranger makes them, for
 * the fuzz tests of everything that reads what others wrote.
 */
import fc from "fast-check";

/** Lengths that promise far more than there is: four bytes, and as protobuf's varints. */
const HUGE_LENGTHS = [
  "ffffffff",
  "7fffffff",
  "00ffffff",
  "ffffffff07",
  "ffffffff0f",
  "ffffffffffffffffff01",
  "8080808080808080808001",
].map((hex) => Buffer.from(hex, "hex"));

/** What readers of text and of JSON trip over. */
const PIECES = [
  ..."{}[]\",:\\\n\r\t\0'-.0eE *&#%/",
  "null",
  "true",
  "-1",
  "-0",
  "1e999",
  "0x10",
  "99999999999999999999",
  "４２",
  '"__proto__":',
  '"constructor":{"prototype":1},',
  "\\ud800",
  "\\u0000",
  "\u2028",
  "\ufeff",
  "\u202e",
  "😀",
  "[".repeat(20_000),
  `${'{"a":'.repeat(5000)}1${"}".repeat(5000)}`,
].map((text) => Buffer.from(text));

const KINDS = ["flip", "flip", "cut", "gap", "repeat", "blank", "splice", "insert"] as const;

interface Damage {
  readonly kind: (typeof KINDS)[number];
  /** Where it begins, modulo the length there is. */
  readonly at: number;
  /** Bytes that it takes, or the bit that it flips. */
  readonly length: number;
  /** What an insert puts in, and where a splice goes on in the other bytes. */
  readonly piece: Uint8Array;
  readonly from: number;
}

const anyDamage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.nat(),
  length: fc.nat({ max: 64 }),
  piece: fc.oneof(
    fc.uint8Array({ maxLength: 16 }),
    fc.constantFrom<Uint8Array[]>(...HUGE_LENGTHS, ...PIECES),
  ),
  from: fc.nat(),
});

/** Anywhere in the bytes, or right behind them. */
function place(bytes: Buffer, at: number): number {
  return at % (bytes.length + 1);
}

function harmed(bytes: Buffer, other: Buffer, { kind, length, piece, ...damage }: Damage): Buffer {
  const at = place(bytes, damage.at);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (kind) {
    case "flip":
      return Buffer.concat([
        before,
        after.subarray(0, 1).map((byte) => byte ^ (1 << (length % 8))),
        after.subarray(1),
      ]);
    case "cut":
      return before;
    case "gap":
      return Buffer.concat([before, after.subarray(length)]);
    case "repeat":
      return Buffer.concat([before, after.subarray(0, length), after]);
    case "blank":
      return Buffer.concat([
        before,
        Buffer.alloc(Math.min(length, after.length)),
        after.subarray(length),
      ]);
    case "splice":
      return Buffer.concat([before, other.subarray(place(other, damage.from))]);
    case "insert":
      return Buffer.concat([before, piece, after]);
  }
}

/** Something sound, and what became of it. */
export interface Damaged<T> {
  readonly before: T;
  /** Sound too; a part of it may be in `after`. */
  readonly other: T;
  readonly after: T;
}

export function damaged(sound: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Damaged<Buffer>> {
  return fc
    .tuple(sound, sound, fc.array(anyDamage, { minLength: 1, maxLength: 4 }))
    .map(([one, another, damages]) => {
      const before: Buffer = Buffer.from(one);
      const other = Buffer.from(another);
      return {
        before,
        other,
        after: damages.reduce((bytes, damage) => harmed(bytes, other, damage), before),
      };
    });
}

/** The same of a text. */
export function damagedText(sound: fc.Arbitrary<string>): fc.Arbitrary<Damaged<string>> {
  return damaged(sound.map((text) => Buffer.from(text))).map(({ before, other, after }) => {
    return { before: before.toString(), other: other.toString(), after: after.toString() };
  });
}

/** The bytes in order, cut into pieces at these places. */
export function pieces(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = places.map((at) => place(bytes, at)).sort((a, b) => a - b);
  return [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index]));
}

/** Bytes of no meaning: short and long, of every value and of few. */
export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 40, max: 3 }),
  fc.uint8Array({ maxLength: 4000, size: "max" }),
  fc.array(fc.constantFrom(...HUGE_LENGTHS, ...PIECES), { maxLength: 6 }).map(Buffer.concat),
);

/** Texts of no meaning. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 400 }),
  anyBytes.map((bytes) => Buffer.from(bytes).toString()),
);
