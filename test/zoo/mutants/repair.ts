/** Bugs in what a node does about lines of its log that it cannot read: section 5.9. */
import type { Mutant } from "../mutant.js";

const SCAN = "nodes/store/segment-scan.ts";
const REPAIR = "nodes/repair.ts";

const SCANS = ["nodes/store/segment-scan.test.ts"];
const REPAIRS = ["nodes/repair.test.ts"];
const ENDS = ["nodes/repair-end.test.ts"];

export const REPAIR_MUTANTS: readonly Mutant[] = [
  {
    name: "unconfirmed-entry-believed",
    bugs: ["5.9"],
    what:
      "The last entry behind a bad line is believed though no other line confirms it: it may be " +
      "one of another history, and others are given it as if it were certain.",
    edits: [
      {
        file: SCAN,
        find: 'if (next === "unknown") return false;',
        put: 'if (next === "unknown") return true;',
      },
    ],
    tests: SCANS,
  },
  {
    name: "other-history-taken-for-a-hole",
    bugs: ["5.9", "B21"],
    what:
      "A file that does not go on where the one before it ended is taken for one with entries " +
      "missing between them, and a node repairs what it ought not to believe at all.",
    edits: [
      {
        file: SCAN,
        find: "if (next.zxid <= at.zxid && !isSame) {",
        put: "if (next.zxid < 0n) {",
      },
    ],
    tests: SCANS,
  },
  {
    name: "lost-promise-taken-for-a-hole",
    bugs: ["5.9", "P9"],
    what:
      "A bad line of the newest file where no entry is missing was a promise: it is left out, " +
      "and the node promises what it has promised to another before.",
    edits: [
      {
        file: SCAN,
        find: 'if (this.options.next === "last" && isClosed(hole, before)) {',
        put: 'if (this.options.next === "unknown" && isClosed(hole, before)) {',
      },
    ],
    tests: SCANS,
  },
  {
    name: "unreadable-denied",
    bugs: ["5.9"],
    what:
      "A node says that it never had the entry that it cannot read. Two that say so make a third " +
      "give up a log that could be repaired.",
    edits: [
      {
        file: "nodes/store/damaged-log.ts",
        find: "before.zxid <= at && at < after.zxid",
        put: "before.zxid < at && at < after.zxid",
      },
    ],
    tests: ["nodes/store/damaged-log.test.ts"],
  },
  {
    name: "forgetful-denies",
    bugs: ["5.9"],
    what: "A node that lost its own log says that the entry never was, as if it could know.",
    edits: [
      {
        file: "nodes/fetch-desk.ts",
        find: 'const isProof = held.lack !== "never" || isSure();',
        put: 'const isProof = held.lack !== "never" || isSure !== undefined;',
      },
    ],
    tests: ["nodes/fetch-desk.test.ts"],
  },
  {
    name: "one-denial-is-enough",
    bugs: ["5.9"],
    what:
      "A node gives up its log when one other does not have the entry, though it was confirmed " +
      "by a quorum without that one. A second such node, and a confirmed write is gone.",
    edits: [{ file: REPAIR, find: "Math.min(options.quorum, others.length)", put: "1" }],
    tests: ENDS,
  },
  {
    name: "filling-unconfirmed",
    bugs: ["5.9", "B18"],
    what: "What a peer sends for a hole is taken without a look at the chain: any history will do.",
    edits: [
      {
        file: REPAIR,
        find: 'if (!continues(now.at, entry)) return "never";\n',
        put: "",
      },
    ],
    tests: REPAIRS,
  },
  {
    name: "foreign-end-asked-for-ever",
    bugs: ["5.9"],
    what:
      "Two peers with the same foreign end of an epoch are asked for it in turn and for ever; " +
      "who has the true one is never asked, and the node never comes back.",
    edits: [
      {
        file: REPAIR,
        find: "if (isOneEpoch(now.hole)) now.without.clear();",
        put: "now.without.clear();",
      },
    ],
    tests: REPAIRS,
  },
  {
    name: "halves-of-two-histories",
    bugs: ["5.9"],
    what:
      "Where an epoch ended inside the hole, the entries of one peer are completed with those of " +
      "another, though the two may have held different ends of that epoch.",
    edits: [{ file: REPAIR, find: "now.at = now.hole.before;\n", put: "\n" }],
    tests: REPAIRS,
  },
  {
    name: "stale-denial-counts",
    bugs: ["5.9", "B16"],
    what: "A late answer to an old question is taken for a denial of what is asked now.",
    edits: [
      {
        file: REPAIR,
        find: "asked?.peer !== peer || asked.want.after.zxid !== want.after.zxid",
        put: "asked?.peer !== peer",
      },
    ],
    tests: ENDS,
  },
];
