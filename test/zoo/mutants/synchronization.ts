/** Bugs in bringing a learner's log to a prefix of the leader's: nodes/zab/synchronization.ts. */
import type { Edit, Mutant } from "../mutant.js";
import { all, nodesFrom, snapshotsSent } from "../where.js";

const SYNCHRONIZATION = "nodes/zab/synchronization.ts";
const FOLLOWER = "nodes/zab/follower.ts";

/** The numeric comparison of ZOOKEEPER-1154 in place of where the epochs end. */
const RANGE_CHECK: readonly Edit[] = [
  {
    file: SYNCHRONIZATION,
    find: "const common = commonZxid(core.log.epochEnds, report.epochEnds);",
    put:
      "const inRange = report.last >= core.log.base && report.last <= lastZxid(core.log);\n" +
      "  const common = inRange ? report.last : commonZxid(core.log.epochEnds, report.epochEnds);",
  },
  {
    file: SYNCHRONIZATION,
    find: "  const crc = crcAt(core.log, common);\n",
    put: "  const crc = inRange ? (crcAt(core.log, common) ?? 0) : crcAt(core.log, common);\n",
  },
];

/** The receiver appends what does not follow its last entry. */
const GAPS_APPENDED: Edit = {
  file: "nodes/zab/log.ts",
  find: "if (!follows(last, entry.zxid)) {",
  put: "if (false) {",
};

/** The stream leaves out what lies between `had` and `sent`, and the next frame hides it. */
const HOLES_HIDDEN: Edit = {
  file: SYNCHRONIZATION,
  find: "const msg = frameAfter(core, role, learner.sent);",
  put:
    "const frame = frameAfter(core, role, learner.sent);\n" +
    "    const prev = learner.had ?? learner.sent;\n" +
    "    const msg = { ...frame, prev, prevCrc: crcAt(core.log, prev) ?? 0 };\n" +
    "    learner.had = undefined;",
};

export const SYNCHRONIZATION_MUTANTS: readonly Mutant[] = [
  {
    name: "range-check",
    bugs: ["B3", "B22"],
    what:
      "A log whose end lies numerically within the leader's is taken for a prefix of it. A " +
      "foreign tail of a former leader stays; only the chain of checksums ends the node.",
    edits: RANGE_CHECK,
  },
  {
    name: "range-check-and-no-chain",
    bugs: ["B3", "D8"],
    what:
      "The same, and nobody compares the chain: an entry that was never committed lives on in " +
      "one copy of the log, and its state differs from the others for good.",
    edits: [
      ...RANGE_CHECK,
      { file: FOLLOWER, find: "if (lastCrc(core.log) !== msg.crc) {", put: "if (false) {" },
      { file: FOLLOWER, find: "if (crc !== lastCrc(core.log)) {", put: "if (false) {" },
    ],
  },
  {
    name: "stream-skips-entry",
    bugs: ["B6", "B17"],
    what:
      "The stream to a learner leaves one entry out, and the learner appends the next one all " +
      "the same: a confirmed write is missing in its copy.",
    edits: [
      GAPS_APPENDED,
      {
        file: SYNCHRONIZATION,
        find: "const from = indexAfter(log, zxid);",
        put:
          "const begin = indexAfter(log, zxid);\n" +
          "  const from = begin + (log.entries.length - begin > 2 ? 1 : 0);",
      },
    ],
  },
  {
    name: "proposals-pass-by-syncing",
    bugs: ["B27"],
    what:
      "A proposal goes only to learners that are up to date, and counts as sent to those that " +
      "are not yet: they miss it for ever.",
    edits: [
      GAPS_APPENDED,
      HOLES_HIDDEN,
      {
        file: "nodes/zab/broadcast.ts",
        find: "for (const [peer, learner] of role.learners) pump(core, role, peer, learner);",
        put:
          "for (const [peer, learner] of role.learners) {\n" +
          '    const passed = learner.stage === "STREAM" && !learner.upToDate;\n' +
          "    const had = learner.had ?? learner.sent;\n" +
          "    if (passed) Object.assign(learner, { had, sent: last });\n" +
          "    else pump(core, role, peer, learner);\n" +
          "  }",
      },
    ],
  },
  {
    name: "snapshot-skips-what-came-since",
    bugs: ["B7"],
    what:
      "After a snapshot the stream goes on at the leader's end, not at the snapshot's: what " +
      "was proposed while the snapshot was made is missing in that copy.",
    showsIn: all(snapshotsSent, nodesFrom(3)),
    edits: [
      GAPS_APPENDED,
      HOLES_HIDDEN,
      {
        file: SYNCHRONIZATION,
        find: "learner.sent = msg.zxid;",
        put:
          'learner.had = msg.mode === "SNAP" ? msg.zxid : undefined;\n' +
          '  learner.sent = msg.mode === "SNAP" ? lastZxid(core.log) : msg.zxid;',
      },
    ],
  },
  {
    name: "foreign-tail-not-cut",
    bugs: ["B3"],
    what:
      "A learner is never told to cut what is not common. It refuses to go on from there, each " +
      "time anew: it never comes back.",
    edits: [
      {
        file: SYNCHRONIZATION,
        find: 'common === report.last ? "DIFF" : "TRUNC"',
        put: '"DIFF"',
      },
    ],
  },
  {
    name: "frame-of-another-learner",
    bugs: ["B29"],
    what:
      "A learner that is further behind is sent the newest frame that was made for another: it " +
      "sees a gap, starts over, and gets the same again.",
    edits: [
      {
        file: SYNCHRONIZATION,
        find: "if (frame?.prev === zxid && frame.entries",
        put: "if (frame?.entries",
      },
    ],
  },
  {
    name: "no-window",
    bugs: ["X17"],
    what:
      "A learner is sent everything at once, however slow it is: one slow disk fills the " +
      "leader's memory until it dies.",
    edits: [
      {
        file: SYNCHRONIZATION,
        find: "    if (inFlight >= core.config.windowEntries) return;\n",
        put: "",
      },
    ],
  },
  {
    name: "trimmed-before-delivery",
    bugs: ["D6"],
    what:
      "Memory forgets the oldest entries although they were not delivered yet: the node ends " +
      "with the disk full of what it cannot apply.",
    edits: [
      {
        file: "nodes/zab/log.ts",
        find: "Math.min(log.entries.length - keep, indexAfter(log, notBeyond))",
        put: "log.entries.length - keep",
      },
    ],
  },
  {
    name: "epoch-table-not-cut",
    bugs: ["B4", "B11"],
    what:
      "A cut log goes on claiming the epochs that were cut off: the next leader takes it to " +
      "hold what it lacks, and it can never join.",
    edits: [
      {
        file: "nodes/zab/log.ts",
        find:
          "  while ((log.epochEnds.at(-1) ?? 0n) > to) log.epochEnds.pop();\n" +
          "  const end = log.epochEnds.at(-1);\n  if (to !== 0n && end !== to) {",
        put: "  const end = log.epochEnds.at(-1);\n  if (false) {",
      },
    ],
  },
];
