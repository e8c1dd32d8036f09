/** Bugs in what clients are told: nodes/command-desk.ts and the leader's game/decider.ts. */
import type { Edit, Mutant } from "../mutant.js";
import { all, nodesFrom, slowAndShortLived, under } from "../where.js";

const DESK = "nodes/command-desk.ts";
const DECIDER = "game/decider.ts";

/** The state itself does not notice, either, that an id happens twice. */
const TWICE_UNNOTICED: Edit = {
  file: "game/request-window.ts",
  find: "if (find(requestId) !== undefined) {",
  put: "if (false) {",
};

export const DESK_MUTANTS: readonly Mutant[] = [
  {
    name: "answered-when-proposed",
    bugs: ["P7"],
    what:
      "The leader confirms a write when it has proposed it: if it dies now, the player was " +
      "told of something that never happened.",
    edits: [
      {
        file: DESK,
        find: "entries.push({ zxid: prev, text, crc, transaction });",
        put:
          "entries.push({ zxid: prev, text, crc, transaction });\n" +
          "      const round = outcomeRound(transaction.events);\n" +
          "      answer(transaction.requestId, { ok: true, zxid: prev, round });",
      },
    ],
  },
  {
    name: "repeat-answered-early",
    bugs: ["P7"],
    what:
      "A repeated command is answered with the place of its first try before that is " +
      "committed: the player was told of something that may never happen.",
    showsIn: ({ profile }) => profile.clients.twiceChance > 0,
    edits: [
      {
        file: DESK,
        find: "    whenApplied(zxid, () => {\n      if (from === undefined) answer(",
        put: "    whenApplied(0n, () => {\n      if (from === undefined) answer(",
      },
    ],
  },
  {
    name: "no-deduplication",
    bugs: ["D9"],
    what: "A command that is repeated after a lost answer happens twice.",
    edits: [
      {
        file: DECIDER,
        find: "if (happened !== undefined) return",
        put: "if (false) return",
      },
      TWICE_UNNOTICED,
    ],
  },
  {
    name: "deduplication-outside-the-state",
    bugs: ["D9"],
    what:
      "The leader remembers request ids itself, not in the replicated state: a command that is " +
      "repeated after a change of leader happens twice.",
    edits: [
      {
        file: DECIDER,
        find: "requests.get(requestId) ?? game.requests.find(requestId)",
        put: "requests.get(requestId)",
      },
      { file: DECIDER, find: "    requests.delete(transaction.requestId);\n", put: "" },
      {
        file: DESK,
        find: "    if (happened !== undefined) {\n",
        put: "    if (false) {\n",
      },
      TWICE_UNNOTICED,
    ],
  },
  {
    name: "unknown-told-as-no",
    bugs: ["B39"],
    what:
      "A command that was under way when the leader was lost is refused as if nothing " +
      "happened: the player sends a new one, and both happen.",
    edits: [
      {
        file: DESK,
        find: "const refusal = unsent.has(requestId) ? noLeader() : leaderLost();",
        put: "const refusal = noLeader();",
      },
    ],
  },
  {
    name: "deadline-told-as-no",
    bugs: ["B39"],
    what:
      "A command whose deadline passed is refused as if nothing happened: the player sends a " +
      "new one, and both happen.",
    edits: [
      {
        file: DESK,
        find: '{ reason: "DEADLINE", message, outcomeUnknown: true }',
        put: '{ reason: "OVERLOADED", message }',
      },
    ],
  },
  {
    name: "no-without-confirmation",
    bugs: ["B28"],
    what:
      "A leader refuses by the rules without asking whether it still leads: a deposed one " +
      "refuses what the state of today allows.",
    showsIn: all(under("depose"), nodesFrom(3)),
    edits: [
      {
        file: DESK,
        find: "    confirm((leads) => {\n      if (leads) ",
        put: "    [true].forEach((leads) => {\n      if (leads) ",
      },
    ],
  },
  {
    name: "no-before-it-is-certain",
    bugs: ["5.14"],
    what:
      "A leader refuses because of a proposal of its own that is not committed: if it dies, " +
      "the player was refused for something that never happened.",
    edits: [
      {
        file: DECIDER,
        find: "outstanding?.zxid ?? game.zxid",
        put: "game.zxid",
      },
    ],
  },
  {
    name: "reply-of-another-epoch",
    bugs: ["X14"],
    what:
      "A follower takes a reply that a former leader sent about a former try: it refuses a " +
      "command that the new leader has already been sent.",
    edits: [
      {
        file: DESK,
        find: 'if (role.kind !== "FOLLOWING" || role.leader !== from || role.epoch !== epoch)',
        put: "if (role.kind === undefined)",
      },
    ],
    tests: ["nodes/command-desk.test.ts"],
  },
  {
    name: "forward-of-another-epoch",
    bugs: ["X14"],
    what:
      "A leader decides a command that was forwarded to it in an earlier epoch or by a node " +
      "that it has dropped: it happens after its player was told that it did not.",
    showsIn: all(slowAndShortLived, nodesFrom(3)),
    edits: [
      {
        file: DESK,
        find: "const decides = leads() && isMember && role.epoch === epoch;",
        put: "const decides = leads();",
      },
    ],
  },
  {
    name: "overlay-survives",
    bugs: ["5.14"],
    what:
      "A leader's view of its own proposals outlives its leadership: when it leads again it " +
      "decides on what others have discarded.",
    edits: [
      {
        file: DESK,
        find: "  function leave(): void {\n    decider = undefined;\n",
        put: "  function leave(): void {\n",
      },
      { file: DESK, find: "      else decider = undefined;\n", put: "" },
    ],
  },
  {
    name: "overlay-ignored",
    bugs: ["5.14"],
    what:
      "A command is decided on the committed state alone, as if nothing were under way: two " +
      "targets open one round, and the state machine ends every node.",
    edits: [
      {
        file: DECIDER,
        find: "const room = outstanding?.room ?? game.rooms.get(command.room);",
        put: "const room = game.rooms.get(command.room);",
      },
      {
        file: DECIDER,
        find: "const before = rooms.get(event.room)?.room ?? game.rooms.get(event.room);",
        put: "const before = game.rooms.get(event.room);",
      },
    ],
  },
  {
    name: "proposals-without-bound",
    bugs: ["X17"],
    what:
      "The leader proposes on although no frame of its proposals is confirmed: with slow " +
      "followers its memory fills until it dies.",
    edits: [{ file: DESK, find: "role.frames.length < framesInFlight && ", put: "" }],
  },
];
