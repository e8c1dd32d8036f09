/**
 * Test support: what peers may say to a core that is in the state it is in. Honest words carry it
 * on; plausible ones have its own numbers and those beside them, from the wrong peer, in the wrong
 * role, epoch or attempt; wild ones have numbers from anywhere. All are well typed, and entries are
 * contiguous and chained, for that much the decoder has checked.
 */
import type { Core, Following, Leading } from "./core.js";
import { chained } from "./core-trial.testing.js";
import type { Entry, NodeId } from "./entry.js";
import { crcAt, lastCrc, lastZxid } from "./log.js";
import type { Message, Role, SyncMode } from "./message.js";
import { COUNTER_MAX, counterOf, epochOf, type Zxid, zxidOf } from "./zxid.js";

/** A number from 0 to one less than `below`. */
export type Dice = (below: number) => number;

export interface Word {
  readonly from: NodeId;
  readonly msg: Message;
}

const UINT32_MAX = 0xffff_ffff;
const ZXID_MAX: Zxid = zxidOf(UINT32_MAX, COUNTER_MAX);

/** Farther than anybody counts, with room to count on. */
const COUNT_FAR = 2 ** 52;

const ROLES: readonly [Role, ...Role[]] = ["LOOKING", "FOLLOWING", "LEADING"];
const MODES: readonly [SyncMode, ...SyncMode[]] = ["DIFF", "TRUNC", "SNAP"];

function oneOf<const T>(dice: Dice, values: readonly [T, ...T[]]): T {
  return values[dice(values.length)] ?? values[0];
}

function epochBeside(epoch: number, by: number): number {
  return Math.min(Math.max(0, epoch + by), UINT32_MAX);
}

function zxidBeside(zxid: Zxid, by: number): Zxid {
  const beside = zxid + BigInt(by);
  return beside < ZXID_MAX ? beside : ZXID_MAX;
}

/** An entry in memory or the place before all of them; now and then the last. */
function zxidInLog({ log }: Core, dice: Dice): Zxid {
  return log.entries[dice(log.entries.length + 1)]?.zxid ?? log.base;
}

/** What follows `prev`, in its own epoch or as the beginning of another; none if nothing can. */
function entriesAfter(prev: Zxid, prevCrc: number, epoch: number, dice: Dice): Entry[] {
  const first = epoch === epochOf(prev) ? prev + 1n : zxidOf(epoch, 0);
  if (epoch > UINT32_MAX || first > ZXID_MAX) return [];
  const room = Math.min(3, COUNTER_MAX - counterOf(first) + 1);
  return chained(first, 1 + dice(room), prevCrc, `text ${dice(5)}`);
}

function anyPeer({ config }: Core, dice: Dice): NodeId {
  const others = config.voters.filter((voter) => voter !== config.self);
  return others[dice(others.length)] ?? "node9";
}

/** What would bring the core on in its present role, but for a later epoch now and then. */
export function honestWord(core: Core, dice: Dice): Word {
  const { role } = core;
  const from = role.kind === "FOLLOWING" ? role.leader : anyPeer(core, dice);
  switch (role.kind) {
    case "LOOKING":
      return { from, msg: vote(core, from, dice) };
    case "FOLLOWING":
      return { from, msg: (role.streaming ? streamed : begun)(core, role, dice) };
    case "LEADING":
      return { from, msg: ofLearner(core, role, from, dice) };
  }
}

function vote({ role, round, acceptedEpoch }: Core, from: NodeId, dice: Dice): Message {
  const said = { t: "notify", round, blank: false, empty: false, acceptedEpoch } as const;
  switch (dice(4)) {
    case 0:
      return { ...said, role: "LOOKING", vote: role.vote };
    case 1:
      return { ...said, role: "LOOKING", vote: { ...role.vote, leader: from } };
    case 2: {
      const established = { leader: from, epoch: epochBeside(acceptedEpoch, 1) };
      return { ...said, role: "LEADING", vote: { ...role.vote, ...established } };
    }
    default:
      return { ...said, role: "LOOKING", blank: dice(2) === 0, empty: true, vote: role.vote };
  }
}

/** Of a leader, up to where its stream begins. */
function begun(core: Core, { phase, attempt, epoch, snap }: Following, dice: Dice): Message {
  if (phase === "DISCOVERY") {
    return { t: "newEpoch", attempt, epoch: epochBeside(core.acceptedEpoch, dice(4) - 1) };
  }
  if (snap !== undefined) {
    return { t: "snapChunk", attempt, index: snap.chunks.length, text: "state" };
  }
  const { log } = core;
  const last = lastZxid(log);
  const sync = { t: "sync", attempt, epoch, chunks: 0, epochEnds: [] } as const;
  switch (dice(4)) {
    case 0: {
      const zxid = zxidBeside(zxidInLog(core, dice), dice(6) === 0 ? 1 : 0);
      return { ...sync, mode: "TRUNC", zxid, crc: crcAt(log, zxid) ?? 0 };
    }
    case 1: {
      const isLater = dice(4) === 0;
      const zxid = isLater ? zxidOf(epochBeside(epoch, 1), 0) : zxidBeside(last, dice(4));
      return { ...sync, mode: "SNAP", zxid, crc: 1, chunks: 1 + dice(3), epochEnds: [zxid] };
    }
    default:
      return { ...sync, mode: "DIFF", zxid: last, crc: lastCrc(log) };
  }
}

/** Of a leader, from there on. */
function streamed({ log }: Core, { phase, epoch, reads }: Following, dice: Dice): Message {
  const last = lastZxid(log);
  switch (dice(phase === "SYNCHRONIZATION" ? 3 : 6)) {
    case 0:
      return { t: "upToDate", epoch, commit: last };
    case 1:
    case 2: {
      const prevCrc = lastCrc(log);
      const later = dice(8) === 0 ? 1 : 0;
      const entries = entriesAfter(last, prevCrc, Math.max(epoch, epochOf(last)) + later, dice);
      const commit = entries[dice(entries.length + 1)]?.zxid ?? last;
      return { t: "propose", epoch, prev: last, prevCrc, entries, commit };
    }
    case 3:
      return { t: "commit", epoch, zxid: last };
    case 4:
      return { t: "ping", epoch, n: dice(100), commit: last };
    default: {
      const id = [...reads][dice(reads.size + 1)] ?? 0;
      return { t: "readIndexReply", id, ok: dice(2) === 0, zxid: last };
    }
  }
}

function ofLearner(core: Core, role: Leading, from: NodeId, dice: Dice): Message {
  const { acceptedEpoch, log } = core;
  const { epoch, pingN } = role;
  const learner = role.learners.get(from);
  if (learner === undefined) {
    return { t: "cepoch", attempt: dice(50), acceptedEpoch, counts: dice(4) > 0 };
  }
  if (learner.stage === "NEWEPOCH") {
    const epochEnds = log.epochEnds.slice(0, dice(log.epochEnds.length + 1));
    const report = { last: epochEnds.at(-1) ?? 0n, epochEnds, base: 0n, counts: true };
    return { t: "ackEpoch", attempt: learner.attempt, epoch, ...report };
  }
  switch (dice(4)) {
    case 0:
      return { t: "pong", epoch, n: pingN };
    case 1:
      return { t: "readIndex", id: dice(20) };
    default:
      return { t: "ack", epoch, zxid: learner.sent };
  }
}

/** Any message, with numbers of the core's own and those beside them; `wild`: from anywhere. */
export function anyWord(core: Core, dice: Dice, wild: boolean): Word {
  const { log, role } = core;
  const number = (values: readonly [number, ...number[]]): number => {
    if (!wild) return epochBeside(oneOf(dice, values), dice(3) - 1);
    return oneOf(dice, [0, 1, dice(10), UINT32_MAX, UINT32_MAX - 1, 2 ** 31, dice(2 ** 31)]);
  };
  const anyEpoch = () => number([core.acceptedEpoch, role.kind === "LOOKING" ? 0 : role.epoch]);
  const anyCount = () => {
    if (wild && dice(4) === 0) return COUNT_FAR - dice(2);
    return number([core.attempt, core.round, role.kind === "LEADING" ? role.pingN : 0]);
  };
  const anyZxid = (): Zxid => {
    if (wild) return zxidOf(anyEpoch(), oneOf(dice, [0, 1, dice(20), COUNTER_MAX]));
    const { commit, delivered } = core;
    const known = oneOf(dice, [lastZxid(log), commit, delivered, zxidInLog(core, dice), 0n]);
    return zxidBeside(known, dice(2));
  };
  const flag = (): boolean => dice(2) === 0;
  const from = anyPeer(core, dice);
  // A vote for nobody is an abstention.
  const leader = oneOf(dice, [from, anyPeer(core, dice), core.config.self, "node9", ""]);
  const [epoch, attempt, zxid, id] = [anyEpoch(), anyCount(), anyZxid(), dice(20)];
  const crc = crcAt(log, zxid) ?? dice(3);
  const epochEnds = [...log.epochEnds.slice(0, dice(4)), anyZxid()];
  const messages: readonly [() => Message, ...(() => Message)[]] = [
    () => {
      const said = { role: oneOf(dice, ROLES), round: attempt, vote: { leader, epoch, zxid } };
      return { t: "notify", ...said, blank: flag(), empty: flag(), acceptedEpoch: anyEpoch() };
    },
    () => ({ t: "cepoch", attempt, acceptedEpoch: epoch, counts: flag() }),
    () => ({ t: "newEpoch", attempt, epoch }),
    () => {
      const report = { counts: flag(), last: zxid, epochEnds, base: anyZxid() };
      return { t: "ackEpoch", attempt, epoch, ...report };
    },
    () => ({ t: "refuse", attempt, reason: "no", acceptedEpoch: epoch }),
    () => {
      const sync = { mode: oneOf(dice, MODES), zxid, crc, chunks: 1 + dice(4), epochEnds };
      return { t: "sync", attempt, epoch, ...sync };
    },
    () => ({ t: "snapChunk", attempt, index: dice(3), text: "state" }),
    () => {
      const entries = entriesAfter(zxid, crc, epochOf(zxid) + dice(2), dice);
      return { t: "propose", epoch, prev: zxid, prevCrc: crc, entries, commit: anyZxid() };
    },
    () => ({ t: "ack", epoch, zxid }),
    () => ({ t: "upToDate", epoch, commit: zxid }),
    () => ({ t: "admit", epoch }),
    () => ({ t: "commit", epoch, zxid }),
    () => ({ t: "ping", epoch, n: attempt, commit: zxid }),
    () => ({ t: "pong", epoch, n: attempt }),
    () => ({ t: "readIndex", id }),
    () => ({ t: "readIndexReply", id, ok: flag(), zxid }),
  ];
  return { from, msg: oneOf(dice, messages)() };
}
