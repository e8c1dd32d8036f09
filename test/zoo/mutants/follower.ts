/** Bugs in what a follower has on disk when it says so: nodes/zab/follower.ts. */
import type { Mutant } from "../mutant.js";

const FOLLOWER = "nodes/zab/follower.ts";
const CORE = "nodes/zab/core.ts";

const APPEND_WRITTEN = 'write(core, [{ kind: "append", entries: fresh }]);';

export const FOLLOWER_MUTANTS: readonly Mutant[] = [
  {
    name: "ack-at-append",
    bugs: ["B10", "P5"],
    what:
      "A follower acks what it has appended, not what its disk has synced: a power cut takes a " +
      "confirmed write from every disk at once.",
    edits: [
      {
        file: FOLLOWER,
        find: "if (!role.streaming || core.durable <= role.acked || core.durable === 0n) return;\n",
        put:
          "if (core.installing === undefined) core.durable = lastZxid(core.log);\n" +
          "  if (!role.streaming || core.durable <= role.acked || core.durable === 0n) return;\n",
      },
      {
        file: FOLLOWER,
        find: "send(core, role.leader, msg, core.durableBatch);",
        put: "send(core, role.leader, msg);",
      },
    ],
  },
  {
    name: "ack-before-logging",
    bugs: ["B9", "P3"],
    what:
      "Until it is up to date a follower keeps what it is sent in memory and acks from there: " +
      "the leader's whole initial history may be on one disk when it is confirmed.",
    edits: [
      {
        file: FOLLOWER,
        find: APPEND_WRITTEN,
        put: `if (role.phase === "BROADCAST") ${APPEND_WRITTEN}\n    else core.durable = lastNew;`,
      },
    ],
  },
  {
    name: "marker-before-history",
    bugs: ["B11"],
    what:
      "A follower writes the marker of the epoch before the history that belongs in front of " +
      "it. After a crash it claims the epoch without it, wins, and cuts confirmed entries.",
    edits: [
      {
        file: FOLLOWER,
        find: APPEND_WRITTEN,
        put:
          "const late = Object.assign(role, { late: [], ...role }).late;\n" +
          "    if (lastNew < (BigInt(role.epoch) << 32n)) late.push(...fresh);\n" +
          "    else {\n" +
          `      ${APPEND_WRITTEN}\n` +
          "      const entries = late.splice(0);\n" +
          '      if (entries.length > 0) write(core, [{ kind: "append", entries }]);\n' +
          "    }",
      },
    ],
  },
  {
    name: "cut-in-memory-only",
    bugs: ["B18", "B33"],
    what:
      "A follower cuts its log in memory and never on disk: after a restart the disk has a " +
      "foreign tail in the middle, and the node does not come back.",
    edits: [
      {
        file: FOLLOWER,
        find: '    write(core, [{ kind: "truncate", to: msg.zxid }]);\n',
        put: "",
      },
    ],
  },
  {
    name: "snapshot-shown-before-disk",
    bugs: ["B8", "P8"],
    what:
      "A snapshot becomes the state before it is on disk: a crash takes back what players were " +
      "shown, and entries land on top of an old snapshot.",
    edits: [
      {
        file: FOLLOWER,
        find: "core.installing = { batch, snapshot };",
        put:
          "core.durableBatch = Math.max(core.durableBatch, batch - 1);\n" +
          "  core.delivered = zxid;\n" +
          "  core.commit = maxZxid(core.commit, zxid);\n" +
          '  core.out.push({ t: "install", snapshot });',
      },
    ],
  },
  {
    name: "snapshot-acked-before-disk",
    bugs: ["B8", "P3"],
    what:
      "A follower acks a snapshot that its disk has not taken: the leader counts a disk that " +
      "holds nothing, and a crash loses confirmed writes.",
    edits: [{ file: FOLLOWER, find: "lowerDurable(core, 0n);", put: "core.durable = zxid;" }],
  },
  {
    name: "snapshot-in-any-order",
    bugs: ["P8", "B7"],
    what: "Pieces of a snapshot are put together as they come, whatever piece is missing.",
    edits: [
      {
        file: FOLLOWER,
        find: "if (msg.index !== snap.chunks.length) {",
        put: "if (msg.index < 0) {",
      },
    ],
  },
  {
    name: "repeated-proposal-halts",
    bugs: ["B27"],
    what:
      "An entry that is proposed again after it came with the history is taken for an error: a " +
      "repeated frame ends the node.",
    edits: [
      {
        file: FOLLOWER,
        find: "  if (lastNew <= last) {\n",
        put: '  if (lastNew <= last) {\n    halt(core, "an entry that is there already");\n',
      },
    ],
  },
  {
    name: "applied-instead-of-logged",
    bugs: ["B5", "D5"],
    what:
      "A node votes and reports with what it has applied, not with what it has logged: entries " +
      "that it acked are not found, and lost.",
    edits: [
      {
        file: FOLLOWER,
        find: "    last: lastZxid(core.log),\n",
        put: "    last: core.delivered,\n",
      },
      {
        file: CORE,
        find: "  const last = lastZxid(core.log);\n  return { leader: core.config.self",
        put: "  const last = core.delivered;\n  return { leader: core.config.self",
      },
    ],
  },
  {
    name: "commit-heard-before-sync",
    bugs: ["B13", "D6"],
    what:
      "A node believes its new leader's word of commits before its log is a prefix of that " +
      "leader's: it applies a tail that was never committed.",
    edits: [
      {
        file: FOLLOWER,
        find: "if (role.streaming) learnCommit(core, msg.commit);",
        put: "learnCommit(core, msg.commit);",
      },
      {
        file: FOLLOWER,
        find: "if (role.streaming) learnCommit(core, msg.zxid);",
        put: "learnCommit(core, msg.zxid);",
      },
    ],
  },
  {
    name: "ack-behind-promise",
    bugs: ["B36"],
    what:
      "An ack that waits for the disk outlives the relation: the old leader gets it after the " +
      "node has promised a later epoch, and confirms what that epoch may not know.",
    edits: [
      {
        file: FOLLOWER,
        find: APPEND_WRITTEN,
        put:
          `${APPEND_WRITTEN}\n` +
          '    const ack = { t: "ack", epoch: role.epoch, zxid: lastNew } as const;\n' +
          "    send(core, role.leader, ack, core.batch);",
      },
      {
        file: "nodes/node.ts",
        find: "        outbox.forgetHeld();\n",
        put: "",
      },
    ],
  },
  {
    name: "any-completion-counts",
    bugs: ["B16", "B38"],
    what:
      "A completion of the disk stands for everything that is queued, not for its own batch: a " +
      "write of a former role makes later ones pass for synced.",
    edits: [
      {
        file: CORE,
        find: "if (first === undefined || first.batch > batch) break;",
        put: "if (first === undefined) break;",
      },
    ],
  },
];
