/**
 * A command that a player gave and that the committed stream has not shown yet. A screen shows that
 * it waits, never its effect. Pure.
 */
import type { CommandOutcome, Refused } from "./zabble-client.js";

export type Wish =
  | { readonly kind: "guess"; readonly value: number }
  | { readonly kind: "write"; readonly value: number }
  | { readonly kind: "close" };

export interface PendingCommand {
  /** The same through all attempts, so that it happens at most once. */
  readonly requestId: string;
  readonly wish: Wish;
  readonly room: string;
  readonly player: string;
  /** When the player gave it, by the client's clock. */
  readonly givenAtMs: number;
  /** How often it was handed to the client; each time tries every server. */
  readonly sends: number;
  /** Where an answer said that it is committed; the stream has yet to show it. */
  readonly zxid: bigint | undefined;
  /** Some try ended without a word on what became of it: nothing later proves that it did not. */
  readonly inDoubt: boolean;
}

/**
 * A command of unknown outcome is sent again for this long. Nodes remember request ids for a
 * bounded number of commands, so a repeat must not come very late.
 */
const REPEAT_FOR_MS = 60_000;

export type Judgement =
  /** Committed; the stream will show it. */
  | { readonly kind: "wait"; readonly zxid: bigint }
  /** Send it again with the same id. */
  | { readonly kind: "repeat"; readonly words: string }
  /** It is over, and it did not happen or nobody knows. */
  | { readonly kind: "over"; readonly words: string };

/** What an answer means for the command that waits. */
export function judge(pending: PendingCommand, outcome: CommandOutcome, nowMs: number): Judgement {
  const words = wishInWords(pending.wish);
  switch (outcome.kind) {
    case "committed":
      return { kind: "wait", zxid: outcome.zxid };
    case "refused":
      return { kind: "over", words: refusedInWords(pending, outcome) };
    case "unavailable":
    case "unknown": {
      if (nowMs - pending.givenAtMs < REPEAT_FOR_MS) {
        const times = pending.sends === 1 ? "" : ` (${pending.sends} times so far)`;
        return {
          kind: "repeat",
          words: `${words} waits for a leader; it is sent again with the same id${times}`,
        };
      }
      const isSure = outcome.kind === "unavailable" && !pending.inDoubt;
      const sure = isSure ? "nothing happened" : "whether it happened is not known";
      return { kind: "over", words: `${words}: given up after a minute, ${sure}` };
    }
  }
}

/**
 * A malformed command is refused whenever it arrives; any other refusal speaks of that try alone.
 */
function refusedInWords({ wish, inDoubt }: PendingCommand, { code, message }: Refused): string {
  if (!inDoubt || code === "invalid_argument") return message;
  const what = wishInWords(wish);
  return `${what}: an earlier try may have happened; the last one was refused: ${message}`;
}

/** "your guess 52", for sentences that begin or go on. */
export function wishInWords(wish: Wish): string {
  switch (wish.kind) {
    case "guess":
      return `your guess ${wish.value}`;
    case "write":
      return `your target ${wish.value}`;
    case "close":
      return "closing the round";
  }
}
