/**
 * Random histories of one room for property tests: right ones, made by really running the model
 * with each operation taking effect at a point within its interval, and lies about them.
 */
import fc from "fast-check";
import { EMPTY_ROOM, obey, type RoomState } from "./model.js";
import type { Call, Operation, Result, RoomView } from "./operation.js";

/** One operation to run; they take effect in the order of the list. */
interface Plan {
  readonly call: Call;
  readonly player: string;
  /** Before and after its point, in steps of a tenth of the distance between two points. */
  readonly earlier: number;
  readonly later: number;
  readonly fate: "answered" | "silent" | "lost";
  /** Transactions of other rooms just before it. */
  readonly foreign: number;
}

const POINT_MS = 10;

/** How often what comes up, in relation to the others. */
interface Mood {
  readonly answered: number;
  /** Silent as often as lost. */
  readonly doubtful: number;
  readonly targets: number;
  readonly guesses: number;
}

const MOODS = {
  certain: { answered: 1, doubtful: 0, targets: 2, guesses: 4 },
  usual: { answered: 50, doubtful: 1, targets: 2, guesses: 4 },
  doubtful: { answered: 3, doubtful: 1, targets: 2, guesses: 3 },
  dark: { answered: 1, doubtful: 1, targets: 2, guesses: 3 },
  restless: { answered: 1, doubtful: 1, targets: 6, guesses: 3 },
} satisfies Record<string, Mood>;

function anyCall({ targets, guesses }: Mood): fc.Arbitrary<Call> {
  return fc.oneof(
    { weight: guesses, arbitrary: fc.nat(3).map((value): Call => ({ type: "guess", value })) },
    { weight: targets, arbitrary: fc.nat(3).map((value): Call => ({ type: "setTarget", value })) },
    { weight: 2, arbitrary: fc.constant<Call>({ type: "close" }) },
    { weight: 3, arbitrary: fc.constant<Call>({ type: "read" }) },
  );
}

function planOf(mood: Mood, call: fc.Arbitrary<Call>): fc.Arbitrary<Plan> {
  return fc.record({
    call,
    player: fc.constantFrom("alice", "bob"),
    earlier: fc.nat(25),
    later: fc.nat(25),
    fate: fc.oneof(
      { weight: mood.answered, arbitrary: fc.constant("answered" as const) },
      { weight: mood.doubtful, arbitrary: fc.constant("silent" as const) },
      { weight: mood.doubtful, arbitrary: fc.constant("lost" as const) },
    ),
    foreign: fc.constantFrom(0, 0, 0, 1),
  });
}

/** One more operation than `others`: it begins with a target, which may be lost. */
export function rightHistory(
  mood: keyof typeof MOODS,
  others: fc.ArrayConstraints,
): fc.Arbitrary<Operation[]> {
  const opening = planOf(MOODS[mood], fc.constant<Call>({ type: "setTarget", value: 1 }));
  const rest = fc.array(planOf(MOODS[mood], anyCall(MOODS[mood])), others);
  return fc.tuple(opening, rest).map(([first, after]) => run([first, ...after]));
}

/** In any mood. Few values and players, so that operations are easily taken for each other. */
export function anyRightHistory(others: fc.ArrayConstraints): fc.Arbitrary<Operation[]> {
  return fc.oneof(
    rightHistory("certain", others),
    rightHistory("usual", others),
    rightHistory("doubtful", others),
    rightHistory("dark", others),
    rightHistory("restless", others),
  );
}

function run(plans: readonly Plan[]): Operation[] {
  let state = EMPTY_ROOM;
  let zxid = 0n;
  return plans.map((plan, index) => {
    const { call, fate, player } = plan;
    const pointMs = (index + 1) * POINT_MS;
    const operation: Operation = {
      client: player,
      room: "lobby",
      player: call.type === "read" ? "" : player,
      requestId: `r${index}`,
      call,
      invokedAtMs: pointMs - plan.earlier,
    };
    zxid += BigInt(plan.foreign);
    if (fate === "lost") return operation;
    const [after, result] = answer(state, player, call, zxid);
    state = after;
    if (result.type === "committed") zxid++;
    return fate === "silent"
      ? operation
      : { ...operation, returnedAtMs: pointMs + plan.later, result };
  });
}

function answer(state: RoomState, player: string, call: Call, newest: bigint): [RoomState, Result] {
  if (call.type === "read") return [state, { type: "state", zxid: newest, view: viewOf(state) }];
  const after = obey(state, player, call);
  if (typeof after === "string") return [state, { type: "rejected", reason: after }];
  return [after, { type: "committed", zxid: newest + 1n, round: after.round }];
}

function viewOf(state: RoomState): RoomView {
  const { round, open, target, by, guessCount, guesses, lastClosed } = state;
  return { round, open, target, by, guessCount, guesses, lastClosed };
}

type Lie = (operations: readonly Operation[], a: number, b: number) => readonly Operation[];

/** Each changes one thing; some of what comes out is right by luck. `a` and `b` are places. */
export const LIES: Readonly<Record<string, Lie>> = {
  "two answers are swapped": (all, a, b) =>
    all.map((one, index) => {
      const other = index === a ? all[b] : index === b ? all[a] : one;
      return other === undefined ? one : withResult(one, other.result);
    }),
  "an operation is forgotten": (all, a) => all.filter((_, index) => index !== a),
  "an operation is answered twice": (all, a, b) => {
    const { result } = all[a] ?? {};
    return all.map((one, index) => (index === b ? withResult(one, result) : one));
  },
  "an answer comes later, or the sending": (all, a, b) =>
    all.map((one, index) => (index === a ? moved(one, (b - 2) * 15) : one)),
  "an interval shrinks to a moment": (all, a) =>
    all.map((one, index) =>
      index === a && one.returnedAtMs !== undefined
        ? { ...one, returnedAtMs: one.invokedAtMs }
        : one,
    ),
  "an answer is another": (all, a, b) =>
    all.map((one, index) => (index === a ? withResult(one, twisted(one.result, b)) : one)),
};

function withResult(operation: Operation, result: Result | undefined): Operation {
  const { returnedAtMs, result: _, ...sent } = operation;
  if (result === undefined) return sent;
  return { ...sent, returnedAtMs: returnedAtMs ?? sent.invokedAtMs + POINT_MS, result };
}

function moved(operation: Operation, byMs: number): Operation {
  const { invokedAtMs, returnedAtMs } = operation;
  if (returnedAtMs === undefined) return { ...operation, invokedAtMs: invokedAtMs + byMs };
  return { ...operation, invokedAtMs: invokedAtMs + byMs, returnedAtMs: returnedAtMs + byMs };
}

function twisted(result: Result | undefined, way: number): Result | undefined {
  switch (result?.type) {
    case undefined:
      return undefined;
    case "committed": {
      const { zxid, round } = result;
      const ways: Result[] = [
        { ...result, round: round + 1 },
        { ...result, round: round - 1 },
        { ...result, zxid: zxid + 1n },
        { ...result, zxid: zxid - 1n },
        { type: "rejected", reason: "NO_GUESS" },
        { type: "rejected", reason: "UNAVAILABLE" },
      ];
      return ways[way];
    }
    case "rejected": {
      const reasons = ["NO_GUESS", "NO_OPEN_ROUND", "NO_SUCH_ROOM", "TOO_MANY_ROOMS"];
      const reason = reasons[way];
      return reason === undefined
        ? { type: "committed", zxid: BigInt(way), round: 1 }
        : { type: "rejected", reason };
    }
    case "state":
      return { ...result, ...twistedRead(result.zxid, result.view, way) };
  }
}

function twistedRead(
  zxid: bigint,
  view: RoomView,
  way: number,
): { readonly zxid: bigint; readonly view: RoomView } {
  const { guesses, guessCount, lastClosed } = view;
  const ways: (readonly [bigint, RoomView])[] = [
    [zxid + 1n, view],
    [zxid - 1n, view],
    [zxid, { ...view, guesses: guesses.slice(1), guessCount: Math.max(0, guessCount - 1) }],
    [zxid, { ...view, guesses: guesses.toReversed() }],
    [zxid, { ...view, lastClosed: lastClosed && { ...lastClosed, winner: "bob" } }],
    [zxid, { ...view, open: !view.open }],
  ];
  const [otherZxid, otherView] = ways[way] ?? [zxid, view];
  return { zxid: otherZxid, view: otherView };
}
