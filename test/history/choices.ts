/**
 * Which unknown operations a search tries at one place, and which it would have tried had they not
 * been used up on the way there. Why that is enough: doubtful.ts.
 */
import { isWorthTrying, type Standing, usesOf, type Wish } from "./doubtful.js";
import { obey, type RoomState } from "./model.js";
import type { Operation } from "./operation.js";
import type { RoundFacts } from "./round-facts.js";

/** An unknown operation that might have happened now. */
export interface Choice {
  readonly operation: Operation;
  readonly after: RoomState;
  readonly bit: bigint;
}

export interface Choices {
  readonly choices: Choice[];
  /** A bit for each operation that is missed. */
  readonly missed: bigint;
}

interface Option {
  readonly wish: Wish;
  readonly after: RoomState;
  readonly uses: ReadonlySet<string>;
  /** Those of the wish that had been sent by then. */
  readonly sent: Wish["operations"];
  /** The first of them that is not used up. */
  readonly free: Wish["operations"][number] | undefined;
}

/** `used`: a bit for each operation that is placed. */
export function choicesAt(
  standing: Standing,
  wishes: readonly Wish[],
  facts: RoundFacts,
  used: bigint,
): Choices {
  const { state, untilMs } = standing;
  const options = wishes.flatMap((wish): Option[] => {
    if (!isWorthTrying(wish, standing, facts)) return [];
    const after = obey(state, wish.player, wish.call);
    if (typeof after === "string" || !facts.fits(after)) return [];
    const sent = wish.operations.filter(({ operation }) => operation.invokedAtMs <= untilMs);
    const free = sent.find(({ bit }) => (bit & used) === 0n);
    return [{ wish, after, uses: usesOf(wish, standing, facts), sent, free }];
  });
  const tried = withoutOutdone(options.filter(({ free }) => free !== undefined));
  let missed = 0n;
  for (const option of options) {
    if (option.free !== undefined || tried.some((one) => outdoes(one, option))) continue;
    for (const { bit } of option.sent) missed |= bit;
  }
  const choices = tried.flatMap(({ free, after }) =>
    free === undefined ? [] : [{ ...free, after }],
  );
  return { choices, missed };
}

function withoutOutdone(options: readonly Option[]): readonly Option[] {
  let kept: Option[] = [];
  for (const option of options) {
    if (kept.some((one) => outdoes(one, option))) continue;
    kept = [...kept.filter((one) => !outdoes(option, one)), option];
  }
  return kept;
}

/** Whether the other can stand in for the one wherever else that is needed: then take the one. */
function outdoes(one: Option, other: Option): boolean {
  if (one.wish.call.type !== other.wish.call.type) return false;
  return [...one.uses].every((use) => other.uses.has(use));
}
