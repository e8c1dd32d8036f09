/**
 * How many transactions were proposed, acked, committed and drawn lately. Pure, but for the time
 * that is handed in. Events are a sample, yet their zxids mean "up to", so that the numbers between
 * two of them are known all the same. Kept: one zxid for each kind and node, and a few seconds.
 */
import { counterOf, epochOf } from "../../game/zxid.js";

/** What is told is about so much time. */
export const LATELY_S = 5;

export type CountedKind = "PROPOSE" | "ACK" | "COMMIT";

export interface Counts {
  readonly proposals: number;
  /** Of all followers together. */
  readonly acks: number;
  readonly commits: number;
  /** Of the commits. */
  readonly drawn: number;
  /** Events that servers left out. */
  readonly leftOut: number;
}

export interface TraceCounts {
  saw(kind: CountedKind, nodeId: string, zxid: bigint, nowMs: number): void;
  drew(nowMs: number): void;
  leftOut(events: bigint, nowMs: number): void;
  /** The newest that was seen of that kind from that node. */
  newest(kind: CountedKind, nodeId: string): bigint | undefined;
  lately(nowMs: number): Counts;
}

const NONE: Counts = { proposals: 0, acks: 0, commits: 0, drawn: 0, leftOut: 0 };

/** `nodeId` must be one of a bounded number of names. */
export function createTraceCounts(): TraceCounts {
  const seen = new Map<string, { readonly zxid: bigint; readonly atMs: number }>();
  let seconds: { readonly second: number; counts: Counts }[] = [];

  function add(field: keyof Counts, count: number, nowMs: number): void {
    if (count === 0) return;
    const second = Math.floor(nowMs / 1000);
    let last = seconds.at(-1);
    if (last === undefined || last.second !== second) {
      last = { second, counts: NONE };
      seconds = [...seconds.filter((one) => isLate(one.second, second)), last];
    }
    last.counts = { ...last.counts, [field]: last.counts[field] + count };
  }

  return {
    saw(kind, nodeId, zxid, nowMs) {
      const key = `${kind} ${nodeId}`;
      const before = seen.get(key);
      seen.set(key, { zxid, atMs: nowMs });
      const isFresh = before !== undefined && nowMs - before.atMs < LATELY_S * 1000;
      add(FIELD[kind], isFresh ? passed(before.zxid, zxid) : 1, nowMs);
    },
    drew: (nowMs) => add("drawn", 1, nowMs),
    leftOut: (events, nowMs) => add("leftOut", Number(events), nowMs),
    newest: (kind, nodeId) => seen.get(`${kind} ${nodeId}`)?.zxid,
    lately(nowMs) {
      const second = Math.floor(nowMs / 1000);
      return seconds
        .filter((one) => isLate(one.second, second))
        .reduce((sum, { counts }) => sumOf(sum, counts), NONE);
    },
  };
}

/** "every commit is drawn", "1 of 12 commits is drawn"; true of the last seconds. */
export function toldOf({ commits, drawn, leftOut }: Counts): string {
  if (commits === 0) return `no commit in the last ${LATELY_S} s`;
  if (drawn >= commits) {
    return leftOut === 0
      ? "every commit is drawn"
      : `every commit is drawn, ${leftOut} other events are not`;
  }
  if (drawn === 0) return `none of ${commits} ${commits === 1 ? "commit" : "commits"} is drawn`;
  const share = Math.round(commits / drawn);
  if (share >= 2) return `1 of ${share} commits is drawn`;
  return `${drawn} of ${commits} commits are drawn`;
}

/** For whoever wants no motion. */
export function countsInWords({ proposals, acks, commits }: Counts): string {
  return `proposals ${proposals}, acks ${acks}, commits ${commits} in the last ${LATELY_S} s`;
}

const FIELD = { PROPOSE: "proposals", ACK: "acks", COMMIT: "commits" } as const;

/** Transactions after `before` up to `zxid`; those of an epoch between are unknown. */
function passed(before: bigint, zxid: bigint): number {
  if (epochOf(zxid) !== epochOf(before)) return counterOf(zxid);
  return Math.max(0, counterOf(zxid) - counterOf(before));
}

function isLate(second: number, now: number): boolean {
  return second > now - LATELY_S && second <= now;
}

function sumOf(one: Counts, other: Counts): Counts {
  return {
    proposals: one.proposals + other.proposals,
    acks: one.acks + other.acks,
    commits: one.commits + other.commits,
    drawn: one.drawn + other.drawn,
    leftOut: one.leftOut + other.leftOut,
  };
}
