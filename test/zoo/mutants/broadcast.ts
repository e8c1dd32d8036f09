/** Bugs in what counts as committed, and in who is told: nodes/zab/broadcast.ts. */
import type { Mutant } from "../mutant.js";
import { all, nodesFrom, under } from "../where.js";

const BROADCAST = "nodes/zab/broadcast.ts";
const CORE = "nodes/zab/core.ts";

export const BROADCAST_MUTANTS: readonly Mutant[] = [
  {
    name: "commit-without-own-disk",
    bugs: ["P6"],
    what:
      "The leader counts itself before its disk has synced. It and one other confirm a write " +
      "that is on one disk; a crash of the leader later it is gone.",
    edits: [
      {
        file: BROADCAST,
        find: "const held: Zxid[] = [core.durable];",
        put: "const held: Zxid[] = [lastZxid(core.log)];",
      },
    ],
  },
  {
    name: "commit-one-disk-short",
    bugs: ["P6"],
    what: "One disk less than a quorum confirms a write: the failure of a minority loses it.",
    edits: [
      {
        file: BROADCAST,
        find: "held[core.config.quorum - 1]",
        put: "held[Math.max(0, core.config.quorum - 2)]",
      },
    ],
  },
  {
    name: "half-is-a-majority",
    bugs: ["2.6"],
    what:
      "In a cluster of even size half of the nodes is taken for a majority: after a split both " +
      "halves confirm writes.",
    edits: [
      {
        file: "nodes/node.ts",
        find: "quorum: config.quorum,",
        put: "quorum: Math.ceil(config.nodes.length / 2),",
      },
    ],
  },
  {
    name: "established-without-quorum",
    bugs: ["2.3"],
    what:
      "A leader takes its epoch for established when its marker is on its own disk, and with " +
      "it confirms old entries that no one else holds.",
    edits: [
      {
        file: BROADCAST,
        find: "  if (quorumZxid(core, role) < marker) return;\n",
        put: "",
      },
    ],
  },
  {
    name: "established-before-own-disk",
    bugs: ["P4"],
    what:
      "A leader is established by others before its own marker is on disk: it decides commands " +
      "on a state that lacks confirmed entries.",
    edits: [{ file: BROADCAST, find: " || core.durable < marker", put: "" }],
  },
  {
    name: "older-epochs-commit-alone",
    bugs: ["2.4"],
    what:
      "Entries of older epochs commit when a quorum holds them, without waiting for the marker " +
      "(figure 8 of the Raft paper): a node with a later epoch cuts them again.",
    edits: [
      {
        file: BROADCAST,
        find: "  if (quorumZxid(core, role) < marker) return;\n",
        put:
          "  const held = quorumZxid(core, role);\n" +
          "  if (held < marker) core.commit = maxZxid(core.commit, held);\n" +
          "  if (held < marker) return;\n",
      },
    ],
  },
  {
    name: "up-to-date-at-its-own-ack",
    bugs: ["B27"],
    what:
      "A learner is told, when it comes up to date, that everything it has acked is committed: " +
      "it shows players what may never happen.",
    edits: [
      {
        file: BROADCAST,
        find: '{ t: "upToDate", epoch: role.epoch, commit: core.commit }',
        put: '{ t: "upToDate", epoch: role.epoch, commit: learner.match }',
      },
    ],
  },
  {
    name: "emptied-acks-count",
    bugs: ["5.7"],
    what:
      "The acks of an emptied node count before it was admitted: it may have promised a later " +
      "epoch and forgotten that, so a deposed leader confirms writes with it.",
    edits: [
      {
        file: BROADCAST,
        find: "if (learner.counts) held.push(learner.match);",
        put: "held.push(learner.match);",
      },
    ],
  },
  {
    name: "admitted-unconfirmed",
    bugs: ["5.7"],
    what:
      "An emptied node joins and is admitted on the word of one that may be deposed and lacks " +
      "what the node had acked to the new leader: both confirm writes.",
    showsIn: all(under("wipeLagging"), nodesFrom(3)),
    edits: [
      {
        file: BROADCAST,
        find: 'if (!learner.counts) requestRead(core, role, "admit", peer);',
        put: "if (!learner.counts) learner.admitAt = lastZxid(core.log);",
      },
    ],
  },
  {
    name: "admitted-before-caught-up",
    bugs: ["5.7"],
    what:
      "An emptied node is admitted before it holds again what it may have acked: with another " +
      "that lacks it, too, it elects a leader without confirmed writes.",
    showsIn: all(under("wipeLagging"), nodesFrom(3)),
    edits: [
      {
        file: CORE,
        find: "learner.admitAt = lastZxid(core.log);",
        put: "learner.admitAt = 0n;",
      },
      {
        file: "nodes/zab/synchronization.ts",
        find: "const CATCH_UP_ENTRIES = 512;",
        put: "const CATCH_UP_ENTRIES = 1;",
      },
    ],
  },
  {
    name: "counter-limit-stuck",
    bugs: ["B26"],
    what: "A leader whose counter is used up goes on leading: nobody can write any more.",
    edits: [
      {
        file: "nodes/zab/step.ts",
        find: 'if (core.role.kind === "LEADING") stepDownAtLimit(core, core.role);',
        put: "",
      },
    ],
  },
  {
    name: "delivered-before-durable",
    bugs: ["D6", "X7"],
    what:
      "A node applies and confirms what is committed elsewhere and not on its own disk yet: " +
      "after a restart it shows less than it had confirmed.",
    edits: [
      {
        file: CORE,
        find: "const upTo = minZxid(core.commit, core.durable);",
        put: "const upTo = core.commit;",
      },
    ],
  },
  {
    name: "restart-applies-all",
    bugs: ["D6"],
    what:
      "A restarted node applies its whole log, also the end that was never committed: players " +
      "see what did not happen.",
    edits: [
      {
        file: CORE,
        find: "commit: maxZxid(start.snapshotZxid, minZxid(start.commitHint, last)),",
        put: "commit: last,",
      },
    ],
  },
];
