/**
 * What the judges know of each node without asking it: kept from what it wrote, what it lost and
 * what it was seen to be. Checkers read it; only judges.ts tells it what happens.
 */
import type { Entry, NodeId, WriteOp } from "../../../nodes/zab/entry.js";
import type { Phase, Role } from "../../../nodes/zab/message.js";
import { epochOf, type Zxid } from "../../../nodes/zab/zxid.js";
import type { CommittedLog } from "../committed-log.js";
import { platterHolds } from "../platter.js";
import type { SimNode } from "../sim-cluster.js";
import { cut, extend, type LogShape, shapeOfPlatter } from "./log-shape.js";

/** What a node is to the others. */
export interface Standing {
  readonly role: Role;
  readonly phase: Phase;
  /** Of the relation that it is in; 0 in none. */
  readonly epoch: number;
  /** Whom it follows, itself if it leads, "" while it looks. */
  readonly leader: NodeId;
  /** How many times it has begun to follow in this life. */
  readonly attempt: number;
}

/** What a platter held when the simulator took something from it. */
export interface Lost {
  readonly acceptedEpoch: number;
  readonly promises: ReadonlyMap<number, NodeId>;
  readonly shape: LogShape;
}

export interface NodeRecord {
  now: Standing;
  /** All that it has been in this event, oldest first: what it was before, and what it is now. */
  recent: Standing[];
  /** How many times it has come to serve. */
  served: number;
  /** The newest commit that it was seen to know in this life. */
  commit: Zxid;
  /** Its log, with what is queued for the disk. */
  shape: Zxid[];
  /** Its newest promise, with what is queued for the disk. */
  promised: number;
  /** Every promise that was seen on its platter, by epoch, since something was taken from it. */
  promises: Map<number, NodeId>;
  /** Until it has all of the committed log again, and a vote. */
  lost: Lost | undefined;
}

export interface LeaderRecord {
  readonly id: NodeId;
  /** Its log as it was when a quorum had promised: the initial history. */
  readonly initial: LogShape;
  established: boolean;
}

export interface Ledger {
  of(node: SimNode): NodeRecord;
  /** Every entry as it was first written anywhere. */
  readonly minted: ReadonlyMap<Zxid, Entry>;
  /** Who first led each epoch beyond discovery. */
  readonly leaders: ReadonlyMap<number, LeaderRecord>;
  /** The newest epoch that has an established leader; 0 before the first. */
  readonly newestEstablished: number;
  onStart(node: SimNode): void;
  onLoss(node: SimNode): void;
  /** Whatever may have changed what is on the platter: a sync, a crash. */
  onPlatter(node: SimNode): void;
  onWrite(node: SimNode, ops: readonly WriteOp[]): void;
  onRole(node: SimNode, standing: Standing): void;
}

const LOOKING: Standing = { role: "LOOKING", phase: "ELECTION", epoch: 0, leader: "", attempt: 0 };

export function createLedger(committed: CommittedLog): Ledger {
  const records = new Map<NodeId, NodeRecord>();
  const minted = new Map<Zxid, Entry>();
  const leaders = new Map<number, LeaderRecord>();
  let newestEstablished = 0;

  function of(node: SimNode): NodeRecord {
    const known = records.get(node.id);
    if (known !== undefined) return known;
    const record: NodeRecord = {
      now: LOOKING,
      recent: [LOOKING],
      served: 0,
      commit: 0n,
      shape: shapeOfPlatter(node.platter),
      promised: node.platter.acceptedEpoch,
      promises: new Map(),
      lost: undefined,
    };
    records.set(node.id, record);
    return record;
  }

  function onPlatter(node: SimNode): void {
    const { platter } = node;
    const record = of(node);
    const { acceptedEpoch, promisedTo } = platter;
    if (acceptedEpoch > 0 && !record.promises.has(acceptedEpoch)) {
      record.promises.set(acceptedEpoch, promisedTo);
    }
    if (record.lost === undefined || !platter.initialized) return;
    const last = committed.entries.at(-1);
    const whole = last === undefined || platterHolds(platter, last.zxid, last.crc);
    if (whole) record.lost = undefined;
  }

  return {
    of,
    minted,
    leaders,
    get newestEstablished() {
      return newestEstablished;
    },
    onStart(node) {
      onPlatter(node);
      Object.assign(of(node), {
        now: LOOKING,
        recent: [LOOKING],
        commit: 0n,
        shape: shapeOfPlatter(node.platter),
        promised: node.platter.acceptedEpoch,
      });
    },
    onLoss(node) {
      const record = of(node);
      const { acceptedEpoch } = node.platter;
      // What it lost before and has not got back is lost still.
      const promises = new Map([...(record.lost?.promises ?? []), ...record.promises]);
      record.lost ??= { acceptedEpoch, promises, shape: shapeOfPlatter(node.platter) };
      record.promises = new Map();
    },
    onPlatter,
    onWrite(node, ops) {
      const record = of(node);
      for (const op of ops) {
        if (op.kind === "append") {
          for (const entry of op.entries) {
            if (!minted.has(entry.zxid)) minted.set(entry.zxid, entry);
            extend(record.shape, entry.zxid);
          }
        } else if (op.kind === "truncate") cut(record.shape, op.to);
        else if (op.kind === "reset") record.shape = [...op.snapshot.epochEnds];
        else if (op.kind === "promise") record.promised = op.epoch;
      }
    },
    onRole(node, standing) {
      const record = of(node);
      record.now = standing;
      record.recent.push(standing);
      const { role, phase, epoch } = standing;
      if (phase === "BROADCAST") record.served++;
      if (role !== "LEADING" || phase === "DISCOVERY") return;
      let leader = leaders.get(epoch);
      if (leader === undefined) {
        // The marker may be in the log already: it is not of the history.
        const initial = record.shape.filter((end) => epochOf(end) < epoch);
        leader = { id: node.id, initial, established: false };
        leaders.set(epoch, leader);
      }
      if (phase !== "BROADCAST" || leader.id !== node.id) return;
      leader.established = true;
      newestEstablished = Math.max(newestEstablished, epoch);
    },
  };
}
