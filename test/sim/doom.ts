/**
 * A crash that waits for its moment: not a time but the k-th next effect of one kind, so that a
 * process can die between any two things that it does to its disk or to the others.
 */
import type { PeerMessage } from "../../nodes/rpc/peer-message.js";
import type { WriteOp } from "../../nodes/zab/entry.js";
import type { Prng } from "./prng.js";

export interface Moment {
  /** "durable": a write is on the platter and the node is about to hear of it. */
  readonly on: "write" | "send" | "durable" | "snapshot";
  /** Only effects with such an op or message; undefined: any. */
  readonly what: WriteOp["kind"] | PeerMessage["t"] | undefined;
  readonly when: "before" | "after";
}

export interface Doom extends Moment {
  /** How many effects are left, this one included. */
  left: number;
}

/** The steps at which something is half done; most are rare, so each is asked for by name. */
const MOMENTS: readonly (readonly [Moment["on"], Moment["what"]])[] = [
  ["write", undefined],
  ["write", "append"],
  ["write", "promise"],
  ["write", "truncate"],
  ["write", "reset"],
  ["write", "initialize"],
  ["durable", undefined],
  ["snapshot", undefined],
  ["send", undefined],
  ["send", "newEpoch"],
  ["send", "ackEpoch"],
  ["send", "sync"],
  ["send", "propose"],
  ["send", "ack"],
  ["send", "commit"],
  ["send", "upToDate"],
  ["send", "admit"],
  ["send", "refuse"],
  ["send", "forward"],
  ["send", "forwardReply"],
  ["send", "readIndexReply"],
];

export function drawDoom(dice: Prng): Doom {
  const [on, what] = dice.pick(MOMENTS);
  const left = dice.pick([1, 1, 1, 2, 3, dice.int(1, 10)]);
  return { on, what, left, when: dice.pick(["before", "after"]) };
}

export function wordsOf({ on, what, when }: Moment): string {
  return what === undefined ? `${when} ${on}` : `${when} ${on} ${what}`;
}

/** Counts an effect; true once it is the one that was waited for. */
export function strikes(doom: Doom, on: Moment["on"], names: readonly string[]): boolean {
  if (doom.on !== on) return false;
  if (doom.what !== undefined && !names.includes(doom.what)) return false;
  doom.left--;
  return doom.left === 0;
}
