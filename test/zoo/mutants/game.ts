/** Bugs in the replicated state and in its snapshots: game/. */
import type { Mutant } from "../mutant.js";

const EVOLVE = "game/evolve.ts";
const SNAPSHOT = "game/snapshot.ts";
const SNAPSHOT_ROOM = "game/snapshot-room.ts";
const WINDOW = "game/request-window.ts";

export const GAME_MUTANTS: readonly Mutant[] = [
  {
    name: "snapshot-without-requests",
    bugs: ["B40"],
    what:
      "Snapshots leave out the request ids: a node that started from one lets a repeated " +
      "command happen twice, or dies where the others refuse.",
    edits: [
      {
        file: SNAPSHOT,
        find: '      yield ["request", requestId, zxid.toString(), round];\n',
        put: '      if (round < 0) yield ["request", requestId, zxid.toString(), round];\n',
      },
    ],
  },
  {
    name: "snapshot-loses-closest",
    bugs: ["B40"],
    what:
      "A restored room has forgotten who is closest: the round cannot be closed on that node, " +
      "and its winner differs.",
    edits: [
      {
        file: SNAPSHOT_ROOM,
        find: 'else if (tag === "closest") closest = readGuess(values);',
        put: 'else if (tag === "closest") readGuess(values);',
      },
    ],
  },
  {
    name: "snapshot-loses-scores",
    bugs: ["X10"],
    what: "A restored room has no scores: what players see depends on the node they ask.",
    edits: [
      {
        file: SNAPSHOT_ROOM,
        find: 'else if (tag === "score") scores.set(textOf(values[0]), uint32Of(values[1]));',
        put: 'else if (tag === "score") textOf(values[0]);',
      },
    ],
  },
  {
    name: "snapshot-loses-leader",
    bugs: ["X10"],
    what: "A restored game does not know who leads: what players see depends on the node they ask.",
    edits: [
      {
        file: SNAPSHOT,
        find: "leader = { epoch: uint32Of(values[0]), nodeId: textOf(values[1]) };",
        put: "uint32Of(values[0]);",
      },
    ],
  },
  {
    name: "window-loses-a-generation",
    bugs: ["B40"],
    what:
      "A restored game remembers only the newer half of the request ids: that node lets a " +
      "repeated command happen twice.",
    showsIn: ({ profile }) => profile.cluster.snapshotEntries <= 50 && profile.faultyMs > 8000,
    edits: [
      {
        file: WINDOW,
        find: "new Map(cutEntries(cut.previous)),",
        put: "new Map(),",
      },
    ],
  },
  {
    name: "window-forgets-by-use",
    bugs: ["B40"],
    what:
      "Request ids that a node is asked for are remembered for longer: what a node has " +
      "forgotten depends on its clients, and the copies of the state differ.",
    edits: [
      {
        file: WINDOW,
        find: "(requestId: string) => current.get(requestId) ?? previous.get(requestId);",
        put:
          "(requestId: string) => {\n" +
          "    const known = previous.get(requestId);\n" +
          "    if (known !== undefined) current.set(requestId, known);\n" +
          "    return current.get(requestId);\n  };",
      },
    ],
  },
  {
    name: "applied-by-chance",
    bugs: ["X10", "5.14"],
    what: "What an event changes depends on chance: every node has a game of its own.",
    edits: [
      {
        file: EVOLVE,
        find: "distance: Math.abs(event.value - room.target),",
        put: "distance: Math.abs(event.value - room.target) + (Math.random() < 0.05 ? 1 : 0),",
      },
    ],
  },
  {
    name: "applied-by-the-clock",
    bugs: ["X10", "5.14"],
    what: "What an event changes depends on the node's clock: every node has a game of its own.",
    edits: [
      {
        file: EVOLVE,
        find: "    by: event.by,\n    since: at.time,\n",
        put: "    by: event.by,\n    since: Math.trunc(performance.now() * 1000),\n",
      },
    ],
  },
  {
    name: "tie-to-the-later",
    bugs: ["X11"],
    what: "Of two guesses that are equally close the later one wins: the rules say the earlier.",
    edits: [
      {
        file: "game/room.ts",
        find: "later.distance < best.distance",
        put: "later.distance <= best.distance",
      },
    ],
  },
  {
    name: "log-time-goes-back",
    bugs: ["5.13"],
    what:
      "A leader whose clock is behind dates an entry before the last one: every node dies when " +
      "it applies it, and again after each restart.",
    edits: [
      {
        file: "game/decider.ts",
        find: "newestTime = Math.max(newestTime, game.time, Math.trunc(now));",
        put: "newestTime = Math.trunc(now);",
      },
    ],
  },
  {
    name: "reply-names-another-round",
    bugs: ["X11"],
    what:
      "The answer to a target names the round that it closed, not the one that it opened: the " +
      "player waits for the end of a round that is over.",
    edits: [{ file: "game/game.ts", find: "events.at(-1);", put: "events[0];" }],
  },
];
