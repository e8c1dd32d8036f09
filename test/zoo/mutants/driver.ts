/** Bugs in the driver: what leaves when, snapshots, time. nodes/node.ts and what it is made of. */
import type { Mutant } from "../mutant.js";
import { all, nodesFrom, snapshotsSent } from "../where.js";

const NODE = "nodes/node.ts";
const OUTBOX = "nodes/outbox.ts";
const KEEPER = "nodes/snapshot-keeper.ts";

export const DRIVER_MUTANTS: readonly Mutant[] = [
  {
    name: "held-released-early",
    bugs: ["B10", "P2"],
    what:
      "A message that waits for the disk leaves with the next write that is done, whichever " +
      "that is: promises are given that a power cut takes back.",
    edits: [{ file: OUTBOX, find: "if (one.after <= durableBatch) add(", put: "if (true) add(" }],
  },
  {
    name: "nothing-held",
    bugs: ["B10", "P1"],
    what: "No message waits for the disk: promises are given that a power cut takes back.",
    edits: [{ file: OUTBOX, find: "if (after <= durableBatch) add(", put: "if (true) add(" }],
  },
  {
    name: "held-not-forgotten",
    bugs: ["B16", "X14"],
    what:
      "What waited for the disk leaves although its relation is over: a leader that stepped " +
      "down goes on asking for promises.",
    edits: [{ file: NODE, find: "        outbox.forgetHeld();\n", put: "" }],
  },
  {
    name: "marker-in-the-past",
    bugs: ["5.13"],
    what:
      "A new leader whose clock is behind dates its marker before the last entry: every node " +
      "dies when it applies it, and again after each restart.",
    edits: [
      {
        file: NODE,
        find: "time: Math.max(before, Math.trunc(clock.wallMs())),",
        put: "time: Math.trunc(clock.wallMs()),",
      },
    ],
  },
  {
    name: "snapshot-not-cut",
    bugs: ["B7"],
    what:
      "A snapshot is made of the game as it goes on, under the name of the moment it was " +
      "begun: whoever starts from it applies entries twice, or dies trying.",
    edits: [
      {
        file: KEEPER,
        find: "const source = snapshotChunks(cut, chunkBytes);\n    const slice = (): void => {",
        put:
          "let source: ReturnType<typeof snapshotChunks> | undefined;\n" +
          "    const slice = (): void => {\n" +
          "      source ??= snapshotChunks(cutSnapshot(game()), chunkBytes);",
      },
    ],
  },
  {
    name: "snapshot-named-by-commit",
    bugs: ["B4", "B7"],
    what:
      "A snapshot carries the newest commit as its name, not the newest entry in it: what lies " +
      "between is in no file and no memory of the one that takes it.",
    showsIn: all(snapshotsSent, nodesFrom(3)),
    edits: [
      {
        file: KEEPER,
        find: "const { zxid } = cut;",
        put: "const zxid = core.commit;",
      },
    ],
  },
  {
    name: "snapshot-claims-later-epochs",
    bugs: ["B4", "B11"],
    what:
      "A snapshot brings the epoch table of the whole log with it: its taker claims epochs " +
      "that it does not hold, and cannot join any more.",
    edits: [
      {
        file: KEEPER,
        find: "zxid === 0n ? [] : [...ends, zxid];",
        put: "[...core.log.epochEnds];",
      },
    ],
  },
  {
    name: "commit-hint-ahead",
    bugs: ["1.1", "D6"],
    what:
      "The disk is told that everything logged is committed: a restarted node applies an end " +
      "that never was, and players see what did not happen.",
    edits: [
      {
        file: NODE,
        find: "    board.applied(transactions.length);\n    storage.noteCommit(game.zxid);\n",
        put:
          "    board.applied(transactions.length);\n" +
          "    storage.noteCommit(lastZxid(core.log));\n",
      },
    ],
  },
];
