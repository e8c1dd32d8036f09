/** Bugs in reads, in the proof that a leader still leads, and in giving up. */
import type { Mutant } from "../mutant.js";
import { all, nodesFrom, reading, under } from "../where.js";

const HEARTBEAT = "nodes/zab/heartbeat.ts";
const READ_DESK = "nodes/read-desk.ts";

export const READ_MUTANTS: readonly Mutant[] = [
  {
    name: "read-without-round",
    bugs: ["B28"],
    what:
      "A leader answers reads without asking anyone: one that is deposed and does not know " +
      "shows players a past that others have left.",
    showsIn: all(under("depose"), reading, nodesFrom(3)),
    edits: [{ file: HEARTBEAT, find: "    if (echoes < core.config.quorum) break;\n", put: "" }],
  },
  {
    name: "any-echo-confirms",
    bugs: ["B28"],
    what:
      "Any echo of this leadership confirms a read, also one of long before it was asked: a " +
      "deposed leader's reads are stale.",
    showsIn: all(under("depose"), reading, nodesFrom(3)),
    edits: [
      {
        file: HEARTBEAT,
        find: "learner.echoN >= read.ping",
        put: "learner.echoN > 0",
      },
    ],
  },
  {
    name: "earlier-ping-confirms",
    bugs: ["B28"],
    what:
      "A read is confirmed by the echo of a ping that left before the read came: in between " +
      "another leader may have confirmed writes that the read does not see.",
    showsIn: all(under("depose"), reading, nodesFrom(3)),
    edits: [
      {
        file: HEARTBEAT,
        find: "const ping = role.pingN + 1;",
        put: "const ping = role.pingN;",
      },
    ],
  },
  {
    name: "step-down-confirms-reads",
    bugs: ["B28"],
    what: "A leader that steps down answers its waiting reads as if it still led: they are stale.",
    showsIn: all(under("depose"), reading, nodesFrom(3)),
    edits: [
      {
        file: "nodes/zab/core.ts",
        find: "for (const read of core.role.reads) answerRead(core, read, false);",
        put: "for (const read of core.role.reads) answerRead(core, read, true);",
      },
    ],
  },
  {
    name: "read-of-a-former-life",
    bugs: ["X14"],
    what:
      "A read that a node asked before its crash is answered to its next life, which uses the " +
      "same ids: an old index passes for a new one.",
    edits: [
      {
        file: "nodes/zab/step.ts",
        find: "    role.reads = role.reads.filter((read) => read.peer !== peer);\n",
        put: "",
      },
    ],
    tests: ["nodes/zab/scenario.test.ts"],
  },
  {
    name: "late-read-shares-index",
    bugs: ["B28"],
    what:
      "A read that comes while another is on its way shares its index: it misses what was " +
      "confirmed since that one was asked.",
    edits: [
      {
        file: READ_DESK,
        find: "        collecting = undefined;\n        ask(id);",
        put: "        ask(id);",
      },
      {
        file: READ_DESK,
        find:
          "      if (reads === undefined) return;\n      asked.delete(id);\n" +
          "      if (appliedZxid()",
        put:
          "      if (reads === undefined) return;\n      asked.delete(id);\n" +
          "      if (reads === collecting) collecting = undefined;\n      if (appliedZxid()",
      },
      {
        file: READ_DESK,
        find: "      asked.delete(id);\n      refuse(reads",
        put:
          "      asked.delete(id);\n      if (reads === collecting) collecting = undefined;\n" +
          "      refuse(reads",
      },
    ],
  },
  {
    name: "read-before-applied",
    bugs: ["B14"],
    what:
      "A node answers a read as soon as it knows the index, not when it has applied so much: " +
      "players do not see what was confirmed to them.",
    edits: [
      {
        file: READ_DESK,
        find: "if (appliedZxid() >= zxid) answer(",
        put: "if (appliedZxid() >= 0n) answer(",
      },
    ],
  },
  {
    name: "no-check-quorum",
    bugs: ["2.5"],
    what:
      "A leader that has lost its quorum goes on leading: its clients wait for ever for what " +
      "nobody will confirm.",
    edits: [{ file: HEARTBEAT, find: "if (fresh < quorum) {", put: "if (false) {" }],
  },
];
