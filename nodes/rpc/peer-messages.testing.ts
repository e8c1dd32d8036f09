/**
 * Test support: arbitrary messages of every kind that nodes say to each other. A kind that is added
 * to PeerMessage and not here does not compile.
 */
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { NodeStatusSchema, Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import { chainCrc } from "../store/chain.js";
import type { Entry } from "../zab/entry.js";
import type { PeerMessage } from "./peer-message.js";

const UINT32_MAX = 0xffff_ffff;

const epoch = fc.nat({ max: UINT32_MAX });
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const zxid = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const text = fc.string({ unit: "grapheme" });

const counted = { attempt: count, epoch, counts: fc.boolean() };

/** Contiguous entries after `prev`, with the chain values that their texts have. */
const proposal = fc
  .record({
    prevEpoch: fc.nat({ max: 1000 }),
    prevCounter: fc.nat({ max: 1000 }),
    later: fc.boolean(),
    prevCrc: epoch,
    texts: fc.array(text, { minLength: 1, maxLength: 5 }),
    epoch,
    commit: zxid,
  })
  .map(({ prevEpoch, prevCounter, later, prevCrc, texts, ...rest }) => {
    const prev = (BigInt(prevEpoch) << 32n) | BigInt(prevCounter);
    const first = later ? BigInt(prevEpoch + 1) << 32n : prev + 1n;
    let crc = prevCrc;
    const entries: Entry[] = texts.map((one, index) => {
      crc = chainCrc(one, crc);
      return { zxid: first + BigInt(index), text: one, crc };
    });
    return { prev, prevCrc, entries, ...rest };
  });

const refusal = fc.record({
  reason: fc.constantFrom("NO_LEADER" as const, "OVERLOADED" as const),
  message: text,
  retryAfterMs: fc.nat({ max: 10_000 }),
  outcomeUnknown: fc.boolean(),
});

const outcome = fc.oneof(
  fc.record({ kind: fc.constant("done" as const), zxid, round: epoch }),
  fc.record({ kind: fc.constant("refused" as const), refusal }),
);

const status = fc
  .record({ nodeId: text, epoch, commitZxid: zxid, connected: fc.array(text, { maxLength: 3 }) })
  .map((fields) => {
    const standing = { role: Role.LEADING, phase: Phase.BROADCAST };
    return create(NodeStatusSchema, { ...fields, ...standing });
  });

const want = fc.record({ after: fc.record({ zxid, crc: epoch }), below: zxid });

type Fields = { readonly [T in PeerMessage["t"]]: fc.Arbitrary<unknown> };

const FIELDS = {
  notify: fc.record({
    role: fc.constantFrom("LOOKING", "FOLLOWING", "LEADING"),
    round: count,
    vote: fc.record({ leader: text, epoch, zxid }),
    blank: fc.boolean(),
    empty: fc.boolean(),
    acceptedEpoch: epoch,
  }),
  cepoch: fc.record({ attempt: count, acceptedEpoch: epoch, counts: fc.boolean() }),
  newEpoch: fc.record({ attempt: count, epoch }),
  ackEpoch: fc.record({
    ...counted,
    last: zxid,
    epochEnds: fc.array(zxid, { maxLength: 4 }),
    base: zxid,
  }),
  refuse: fc.record({ attempt: count, reason: text, acceptedEpoch: epoch }),
  sync: fc.record({
    attempt: count,
    epoch,
    mode: fc.constantFrom("DIFF", "TRUNC", "SNAP"),
    zxid,
    crc: epoch,
    chunks: fc.integer({ min: 1, max: UINT32_MAX }),
    epochEnds: fc.array(zxid, { maxLength: 4 }),
  }),
  snapChunk: fc.record({ attempt: count, index: epoch, text }),
  propose: proposal,
  ack: fc.record({ epoch, zxid }),
  upToDate: fc.record({ epoch, commit: zxid }),
  admit: fc.record({ epoch }),
  commit: fc.record({ epoch, zxid }),
  ping: fc.record({ epoch, n: count, commit: zxid }),
  pong: fc.record({ epoch, n: count }),
  readIndex: fc.record({ id: count }),
  readIndexReply: fc.record({ id: count, ok: fc.boolean(), zxid }),
  forward: fc.record({
    epoch,
    commands: fc.array(fc.record({ requestId: text, text }), { maxLength: 3 }),
  }),
  forwardReply: fc.record({ epoch, requestId: text, outcome }),
  gossip: fc.record({ status }),
  fetch: fc.record({ want }),
  fetched: fc.oneof(
    proposal.map(({ prev, prevCrc, entries }) => ({
      want: { after: { zxid: prev, crc: prevCrc }, below: (entries.at(-1)?.zxid ?? prev) + 1n },
      held: { entries, lack: undefined },
    })),
    fc.record({
      want,
      held: fc.record({
        entries: fc.constant([]),
        lack: fc.constantFrom("gone", "never", "unreadable"),
      }),
    }),
  ),
} as const satisfies Fields;

export const MESSAGE_KINDS = Object.keys(FIELDS);

/** Any message of that kind, from MESSAGE_KINDS. */
export function anyMessageOf(kind: string): fc.Arbitrary<PeerMessage> {
  const fields = Object.entries(FIELDS).find(([name]) => name === kind)?.[1];
  if (fields === undefined) throw new Error(`no such kind of message: ${kind}`);
  return fields.map((value) => ({ t: kind, ...value }) as PeerMessage);
}

export const anyMessage: fc.Arbitrary<PeerMessage> = fc.oneof(...MESSAGE_KINDS.map(anyMessageOf));
