/**
 * Peer messages as bytes and back. Encoding is done once for all receivers of the same message
 * object. Decoding trusts nothing: what is malformed, or whose chain values do not fit its texts,
 * is undefined, never an exception further in.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { refusalToInfo } from "../../api/errors.js";
import { refusalFromInfo } from "../../api/refusal.js";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import {
  ExchangeRequestSchema,
  type Fetch,
  type Fetched,
  FetchedSchema,
  FetchSchema,
  ForwardReplySchema,
  type Hello,
  HelloSchema,
  PeerMessageSchema,
  type Propose,
  Lack as WireLack,
  type PeerMessage as WireMessage,
  SyncMode as WireSyncMode,
} from "../../gen/zabble/v1/peer_pb.js";
import { chainCrc } from "../store/chain.js";
import type { Lack, Want } from "../store/storage.js";
import type { Entry } from "../zab/entry.js";
import { follows } from "../zab/log.js";
import type { Role as CoreRole, MessageOf, SyncMode } from "../zab/message.js";
import { COUNTER_MAX, counterOf } from "../zab/zxid.js";
import type { PeerMessage } from "./peer-message.js";

const encoded = new WeakMap<PeerMessage, Uint8Array>();

/** Field 1 of ExchangeRequest and ExchangeResponse, length-delimited. */
const MESSAGES_TAG = 0x0a;

/** One frame, as the parts of an ExchangeRequest (or Response: they are the same on the wire). */
export function encodeFrame(messages: readonly PeerMessage[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (const message of messages) {
    let bytes = encoded.get(message);
    if (bytes === undefined) {
      bytes = toBinary(PeerMessageSchema, create(PeerMessageSchema, { message: toWire(message) }));
      encoded.set(message, bytes);
    }
    parts.push(fieldHead(bytes.length), bytes);
  }
  return parts;
}

export function encodeHello(hello: Omit<Hello, "$typeName" | "$unknown">): Uint8Array[] {
  const message = { case: "hello", value: create(HelloSchema, hello) } as const;
  const bytes = toBinary(PeerMessageSchema, create(PeerMessageSchema, { message }));
  return [fieldHead(bytes.length), bytes];
}

function fieldHead(length: number): Uint8Array {
  const head = [MESSAGES_TAG];
  let rest = length;
  while (rest > 0x7f) {
    head.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  head.push(rest);
  return Uint8Array.from(head);
}

export type DecodedFrame =
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "messages"; readonly messages: PeerMessage[] }
  | { readonly kind: "malformed"; readonly why: string };

export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  let wire: WireMessage[];
  try {
    wire = fromBinary(ExchangeRequestSchema, bytes).messages;
  } catch (error) {
    return { kind: "malformed", why: error instanceof Error ? error.message : String(error) };
  }
  const messages: PeerMessage[] = [];
  for (const { message } of wire) {
    if (message.case === "hello") {
      if (wire.length === 1) return { kind: "hello", hello: message.value };
      return { kind: "malformed", why: "hello among other messages" };
    }
    const decoded = isCountable(message.value) ? fromWire(message) : undefined;
    if (decoded === undefined) return { kind: "malformed", why: `${message.case ?? "no message"}` };
    messages.push(decoded);
  }
  return { kind: "messages", messages };
}

/** Numbers that the core counts with, and says again: beyond 2^53 they would not be the same. */
const COUNTS = ["round", "attempt", "n", "id"];

function isCountable(value: object = {}): boolean {
  return COUNTS.every((name) => {
    const count: unknown = Reflect.get(value, name);
    return typeof count !== "bigint" || count <= Number.MAX_SAFE_INTEGER;
  });
}

const ROLES: Readonly<Record<CoreRole, Role>> = {
  LOOKING: Role.LOOKING,
  FOLLOWING: Role.FOLLOWING,
  LEADING: Role.LEADING,
};

const MODES: Readonly<Record<SyncMode, WireSyncMode>> = {
  DIFF: WireSyncMode.DIFF,
  TRUNC: WireSyncMode.TRUNC,
  SNAP: WireSyncMode.SNAP,
};

const LACKS: Readonly<Record<Lack, WireLack>> = {
  gone: WireLack.GONE,
  never: WireLack.NEVER,
  unreadable: WireLack.UNREADABLE,
};

type WireInit = Exclude<
  NonNullable<Parameters<typeof create<typeof PeerMessageSchema>>[1]>["message"],
  undefined
>;

function toWire(m: PeerMessage): WireInit {
  switch (m.t) {
    case "notify": {
      const { round, blank, empty, acceptedEpoch } = m;
      const { leader, epoch, zxid } = m.vote;
      const value = { role: ROLES[m.role], round: BigInt(round), leader, epoch, zxid };
      return { case: "notify", value: { ...value, blank, empty, acceptedEpoch } };
    }
    case "cepoch": {
      const { acceptedEpoch, counts } = m;
      return { case: "cepoch", value: { attempt: BigInt(m.attempt), acceptedEpoch, counts } };
    }
    case "newEpoch":
      return { case: "newEpoch", value: { attempt: BigInt(m.attempt), epoch: m.epoch } };
    case "ackEpoch": {
      const { epoch, counts, last, base } = m;
      const value = { attempt: BigInt(m.attempt), epoch, counts, last, base };
      return { case: "ackEpoch", value: { ...value, epochEnds: [...m.epochEnds] } };
    }
    case "refuse": {
      const { reason, acceptedEpoch } = m;
      return { case: "refuse", value: { attempt: BigInt(m.attempt), reason, acceptedEpoch } };
    }
    case "sync": {
      const { epoch, zxid, crc, chunks } = m;
      const value = { attempt: BigInt(m.attempt), epoch, mode: MODES[m.mode], zxid, crc, chunks };
      return { case: "sync", value: { ...value, epochEnds: [...m.epochEnds] } };
    }
    case "snapChunk": {
      const { index, text } = m;
      return { case: "snapChunk", value: { attempt: BigInt(m.attempt), index, text } };
    }
    case "propose": {
      const { epoch, prev, prevCrc, entries, commit } = m;
      const first = entries[0]?.zxid ?? 0n;
      const texts = entries.map((entry) => entry.text);
      const crc = entries.at(-1)?.crc ?? prevCrc;
      return { case: "propose", value: { epoch, prev, prevCrc, first, texts, crc, commit } };
    }
    case "ack":
      return { case: "ack", value: { epoch: m.epoch, zxid: m.zxid } };
    case "upToDate":
      return { case: "upToDate", value: { epoch: m.epoch, commit: m.commit } };
    case "admit":
      return { case: "admit", value: { epoch: m.epoch } };
    case "commit":
      return { case: "commit", value: { epoch: m.epoch, zxid: m.zxid } };
    case "ping":
      return { case: "ping", value: { epoch: m.epoch, n: BigInt(m.n), commit: m.commit } };
    case "pong":
      return { case: "pong", value: { epoch: m.epoch, n: BigInt(m.n) } };
    case "readIndex":
      return { case: "readIndex", value: { id: BigInt(m.id) } };
    case "readIndexReply":
      return { case: "readIndexReply", value: { id: BigInt(m.id), ok: m.ok, zxid: m.zxid } };
    case "forward": {
      const commands = m.commands.map(({ requestId, text }) => ({ requestId, text }));
      return { case: "forward", value: { epoch: m.epoch, commands } };
    }
    case "forwardReply":
      return { case: "forwardReply", value: replyToWire(m) };
    case "gossip":
      return { case: "gossip", value: m.status };
    case "fetch":
      return { case: "fetch", value: wantToWire(m.want) };
    case "fetched": {
      const { entries, lack } = m.held;
      const value = create(FetchedSchema, {
        fetch: wantToWire(m.want),
        entries: entries.map(({ zxid, text }) => ({ zxid, text })),
        crc: entries.at(-1)?.crc ?? m.want.after.crc,
        lack: lack === undefined ? WireLack.UNSPECIFIED : LACKS[lack],
      });
      return { case: "fetched", value };
    }
    default:
      throw new Error(`unknown message ${JSON.stringify(m satisfies never)}`);
  }
}

function wantToWire({ after, below }: Want): Fetch {
  return create(FetchSchema, { after: after.zxid, afterCrc: after.crc, below });
}

function replyToWire({ epoch, requestId, outcome }: Extract<PeerMessage, { t: "forwardReply" }>) {
  if (outcome.kind === "done") {
    const { zxid, round } = outcome;
    return create(ForwardReplySchema, {
      epoch,
      requestId,
      outcome: { case: "done", value: { zxid, round } },
    });
  }
  const value = { message: outcome.refusal.message, info: refusalToInfo(outcome.refusal) };
  return create(ForwardReplySchema, { epoch, requestId, outcome: { case: "refused", value } });
}

function fromWire(m: WireMessage["message"]): PeerMessage | undefined {
  switch (m.case) {
    case "notify": {
      const { round, leader, epoch, zxid, blank, empty, acceptedEpoch } = m.value;
      const role = roleFromWire(m.value.role);
      if (role === undefined) return undefined;
      const vote = { leader, epoch, zxid };
      return { t: "notify", role, round: Number(round), vote, blank, empty, acceptedEpoch };
    }
    case "cepoch": {
      const { attempt, acceptedEpoch, counts } = m.value;
      return { t: "cepoch", attempt: Number(attempt), acceptedEpoch, counts };
    }
    case "newEpoch":
      return { t: "newEpoch", attempt: Number(m.value.attempt), epoch: m.value.epoch };
    case "ackEpoch": {
      const { attempt, epoch, counts, last, epochEnds, base } = m.value;
      return { t: "ackEpoch", attempt: Number(attempt), epoch, counts, last, epochEnds, base };
    }
    case "refuse": {
      const { attempt, reason, acceptedEpoch } = m.value;
      return { t: "refuse", attempt: Number(attempt), reason, acceptedEpoch };
    }
    case "sync": {
      const { attempt, epoch, zxid, crc, chunks, epochEnds } = m.value;
      const mode = modeFromWire(m.value.mode);
      if (mode === undefined || (mode === "SNAP" && chunks === 0)) return undefined;
      return { t: "sync", attempt: Number(attempt), epoch, mode, zxid, crc, chunks, epochEnds };
    }
    case "snapChunk": {
      const { attempt, index, text } = m.value;
      return { t: "snapChunk", attempt: Number(attempt), index, text };
    }
    case "propose":
      return proposeFromWire(m.value);
    case "ack":
      return { t: "ack", epoch: m.value.epoch, zxid: m.value.zxid };
    case "upToDate":
      return { t: "upToDate", epoch: m.value.epoch, commit: m.value.commit };
    case "admit":
      return { t: "admit", epoch: m.value.epoch };
    case "commit":
      return { t: "commit", epoch: m.value.epoch, zxid: m.value.zxid };
    case "ping":
      return { t: "ping", epoch: m.value.epoch, n: Number(m.value.n), commit: m.value.commit };
    case "pong":
      return { t: "pong", epoch: m.value.epoch, n: Number(m.value.n) };
    case "readIndex":
      return { t: "readIndex", id: Number(m.value.id) };
    case "readIndexReply":
      return { t: "readIndexReply", id: Number(m.value.id), ok: m.value.ok, zxid: m.value.zxid };
    case "forward":
      return { t: "forward", epoch: m.value.epoch, commands: m.value.commands };
    case "forwardReply":
      return replyFromWire(m.value);
    case "gossip":
      return m.value.phase === Phase.UNSPECIFIED ? undefined : { t: "gossip", status: m.value };
    case "fetch":
      return { t: "fetch", want: wantFromWire(m.value) };
    case "fetched":
      return fetchedFromWire(m.value);
    default:
      return undefined;
  }
}

/** Recomputes the chain over the texts: what was damaged on the way does not get further. */
function proposeFromWire(value: Propose): MessageOf<"propose"> | undefined {
  const { epoch, prev, prevCrc, first, texts, commit } = value;
  if (texts.length === 0 || !follows(prev, first)) return undefined;
  if (counterOf(first) + texts.length - 1 > COUNTER_MAX) return undefined;
  const entries: Entry[] = [];
  let crc = prevCrc;
  let zxid = first;
  for (const text of texts) {
    crc = chainCrc(text, crc);
    entries.push({ zxid, text, crc });
    zxid += 1n;
  }
  return crc === value.crc ? { t: "propose", epoch, prev, prevCrc, entries, commit } : undefined;
}

function wantFromWire({ after, afterCrc, below }: Fetch): Want {
  return { after: { zxid: after, crc: afterCrc }, below };
}

/** As with a proposal, the chain is recomputed; it begins where the sender was asked to begin. */
function fetchedFromWire({ fetch, entries, crc, lack }: Fetched): PeerMessage | undefined {
  if (fetch === undefined) return undefined;
  const want = wantFromWire(fetch);
  const held: Entry[] = [];
  let last = want.after;
  for (const { zxid, text } of entries) {
    if (!follows(last.zxid, zxid) || zxid >= want.below) return undefined;
    last = { zxid, crc: chainCrc(text, last.crc) };
    held.push({ ...last, text });
  }
  const why = lackFromWire(lack);
  if (last.crc !== crc || (why === undefined) === (held.length === 0)) return undefined;
  return { t: "fetched", want, held: { entries: held, lack: why } };
}

function lackFromWire(lack: WireLack): Lack | undefined {
  if (lack === WireLack.GONE) return "gone";
  if (lack === WireLack.NEVER) return "never";
  return lack === WireLack.UNREADABLE ? "unreadable" : undefined;
}

function replyFromWire(
  value: Extract<WireMessage["message"], { case: "forwardReply" }>["value"],
): PeerMessage | undefined {
  const { epoch, requestId, outcome } = value;
  if (outcome.case === "done") {
    const { zxid, round } = outcome.value;
    return { t: "forwardReply", epoch, requestId, outcome: { kind: "done", zxid, round } };
  }
  if (outcome.case !== "refused") return undefined;
  const refusal = refusalFromInfo(outcome.value.message, outcome.value.info);
  if (refusal === undefined) return undefined;
  return { t: "forwardReply", epoch, requestId, outcome: { kind: "refused", refusal } };
}

function roleFromWire(role: Role): CoreRole | undefined {
  if (role === Role.LOOKING) return "LOOKING";
  if (role === Role.FOLLOWING) return "FOLLOWING";
  return role === Role.LEADING ? "LEADING" : undefined;
}

function modeFromWire(mode: WireSyncMode): SyncMode | undefined {
  if (mode === WireSyncMode.DIFF) return "DIFF";
  if (mode === WireSyncMode.TRUNC) return "TRUNC";
  return mode === WireSyncMode.SNAP ? "SNAP" : undefined;
}
