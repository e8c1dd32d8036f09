/** Bugs in the promise of an epoch and in the proof of a history: nodes/zab/discovery.ts. */
import type { Mutant } from "../mutant.js";
import { all, lateCandidate, nodesFrom, under, unordered } from "../where.js";

const DISCOVERY = "nodes/zab/discovery.ts";
const FOLLOWER = "nodes/zab/follower.ts";
const STEP = "nodes/zab/step.ts";

const LATER_PROMISE_PASSED = {
  file: DISCOVERY,
  find: "if (msg.acceptedEpoch > role.epoch) {",
  put: "if (false) {",
};

const AHEAD_PASSED = {
  file: DISCOVERY,
  find: "} else if (isAhead(core, learner)) {",
  put: "} else if (false) {",
};

export const DISCOVERY_MUTANTS: readonly Mutant[] = [
  {
    name: "leader-promise-unsynced",
    bugs: ["B1", "P1"],
    what:
      "A leader tells of its epoch, and counts itself, before its own promise is on disk. " +
      "After a crash it promises the same epoch to another: one zxid gets two contents.",
    edits: [
      {
        file: DISCOVERY,
        find: "send(core, peer, msg, role.promiseBatch);",
        put: "send(core, peer, msg);",
      },
      {
        file: DISCOVERY,
        find: "|| core.durableBatch < role.promiseBatch",
        put: "",
      },
    ],
  },
  {
    name: "promise-unsynced",
    bugs: ["B1", "P2"],
    what:
      "A follower answers with its promise before that is on disk. A crash makes it forget, " +
      "and a deposed leader can commit with it what the new one does not know.",
    edits: [
      {
        file: FOLLOWER,
        find: "send(core, role.leader, report, core.batch);",
        put: "send(core, role.leader, report);",
      },
    ],
  },
  {
    name: "promise-kept-in-memory",
    bugs: ["B1"],
    what: "A follower never writes its promise down: the same loss, at any restart.",
    edits: [
      {
        file: FOLLOWER,
        find: 'write(core, [{ kind: "promise", epoch: msg.epoch, to: role.leader }]);',
        put: "",
      },
    ],
  },
  {
    name: "promise-from-the-log-alone",
    bugs: ["B1", "B2"],
    what:
      "One variable for the epoch promised and the epoch joined: a restart reads the promise " +
      "off the log's end and forgets one that no entry followed.",
    edits: [
      {
        file: "nodes/zab/core.ts",
        find: "acceptedEpoch: Math.max(start.acceptedEpoch, epochOf(last)),",
        put: "acceptedEpoch: epochOf(last),",
      },
    ],
  },
  {
    name: "second-promise-counts",
    bugs: ["D3"],
    what:
      "A promise of an epoch that was promised to another leader already counts: both " +
      "establish that epoch, and their clients are told of different entries at one zxid.",
    edits: [
      {
        file: FOLLOWER,
        find: "} else if (core.promisedTo !== role.leader) {",
        put: "} else if (false) {",
      },
    ],
  },
  {
    name: "every-promise-counts",
    bugs: ["D3", "5.7"],
    what:
      "The leader counts promises that say of themselves that they do not count: those of " +
      "emptied nodes, which forgot what they acked. It cuts committed entries from the others.",
    edits: [
      {
        file: DISCOVERY,
        find: "    if (msg.counts) {\n      role.promised.add(from);",
        put: "    {\n      role.promised.add(from);",
      },
    ],
  },
  {
    name: "forgotten-promise-counts",
    bugs: ["5.7"],
    what:
      "A candidate goes on counting the promise of a node that has lost its disk since. An " +
      "earlier leader admits that node and commits with it what the candidate cuts.",
    edits: [
      {
        file: DISCOVERY,
        find: "if (holding < core.config.quorum) return;",
        put: "if (holding < 1) return;",
      },
    ],
    tests: ["nodes/zab/forgotten-promise.test.ts"],
  },
  {
    name: "emptied-node-counts",
    bugs: ["5.7"],
    what:
      "A node votes, promises and acks at once after its directory was emptied: what it had " +
      "acked with one other is lost with it.",
    edits: [
      {
        file: "nodes/zab/core.ts",
        find: "initialized: start.initialized,",
        put: "initialized: true,",
      },
    ],
  },
  {
    name: "lost-promise-counts",
    bugs: ["5.7"],
    what:
      "In discovery the leader goes on counting the promise of a node whose link broke. It may " +
      "be back from an emptied directory and have promised the epoch to another.",
    edits: [
      {
        file: STEP,
        find: 'if (role.phase === "DISCOVERY") role.promised.delete(peer);',
        put: "",
      },
    ],
    tests: ["nodes/zab/scenario.test.ts"],
  },
  {
    name: "history-one-promise-short",
    bugs: ["2.2"],
    what:
      "One promise less than a quorum makes a history: a node that nobody was asked about may " +
      "know more, and what it had confirmed is cut.",
    edits: [
      {
        file: DISCOVERY,
        find: "role.promised.size < core.config.quorum",
        put: "role.promised.size < core.config.quorum - 1",
      },
      {
        file: DISCOVERY,
        find: "if (holding < core.config.quorum) return;",
        put: "if (holding < core.config.quorum - 1) return;",
      },
    ],
  },
  {
    name: "history-without-proof",
    bugs: ["G2"],
    what:
      "The marker of the epoch is appended before anyone promised it, so it proves nothing: a " +
      "log that lacks confirmed entries wins the next election by its newer epoch.",
    edits: [
      {
        file: DISCOVERY,
        find: "if (role.promised.size < core.config.quorum || ",
        put: "if (",
      },
      {
        file: DISCOVERY,
        find: "if (holding < core.config.quorum) return;",
        put: "if (holding < 1) return;",
      },
    ],
  },
  {
    name: "unproven-leader-syncs",
    bugs: ["G1"],
    what:
      "A leader changes the logs of others before it holds a quorum of promises, and asks " +
      "nobody whether it knows more: what is committed on them is cut.",
    edits: [
      AHEAD_PASSED,
      {
        file: DISCOVERY,
        find: "      role.proofPing = 0;\n    }\n    considerHistory(core, role);",
        put:
          "      role.proofPing = 0;\n    }\n    startSync(core, role, from, learner);\n" +
          "    considerHistory(core, role);",
      },
      {
        file: "nodes/zab/synchronization.ts",
        find: " || epochOf(lastZxid(core.log)) !== role.epoch",
        put: "",
      },
    ],
  },
  {
    name: "ahead-ignored",
    bugs: ["2.2"],
    what:
      "A leader goes on although one of its quorum knows more, and cuts what that one holds: " +
      "confirmed entries are gone.",
    showsIn: all(under("oracle"), nodesFrom(3)),
    edits: [AHEAD_PASSED],
  },
  {
    name: "ahead-ignored-and-no-tripwire",
    bugs: ["2.2", "B19"],
    what:
      "The same, and the node that is told to cut what it knows to be committed does so " +
      "instead of halting: now nobody notices the loss.",
    showsIn: all(under("oracle"), nodesFrom(3)),
    edits: [
      AHEAD_PASSED,
      {
        file: FOLLOWER,
        find: "if (msg.zxid < maxZxid(core.commit, core.delivered)) {",
        put: "if (false) {",
      },
    ],
  },
  {
    name: "later-promise-passed-over",
    bugs: ["B2"],
    what:
      "A leader pays no heed to a node that promised a later epoch than its own. That node can " +
      "never join again: one more failure and nobody can write.",
    showsIn: all(lateCandidate, nodesFrom(3)),
    edits: [
      LATER_PROMISE_PASSED,
      { file: STEP, find: "if (epoch !== 0 && acceptedEpoch > epoch) {", put: "if (false) {" },
    ],
  },
  {
    name: "lower-epoch-followed",
    bugs: ["B2", "B36"],
    what:
      "A node follows a leader whose epoch is below the one it promised, and acks there: what " +
      "is confirmed with it is unknown to the leader of the later epoch.",
    showsIn: all(under("failCandidate"), nodesFrom(3)),
    edits: [
      LATER_PROMISE_PASSED,
      { file: FOLLOWER, find: "if (msg.epoch < core.acceptedEpoch) {", put: "if (false) {" },
    ],
  },
  {
    name: "epoch-resumed",
    bugs: ["2.5"],
    what:
      "A leader that is elected again takes up the epoch it led before instead of a new one, " +
      "and gives its zxids a second time.",
    edits: [
      {
        file: DISCOVERY,
        find: "role.epoch = accepted + 1;",
        put:
          "const mine = core.promisedTo === core.config.self;\n" +
          "  const again = mine && accepted > 0 && accepted === core.acceptedEpoch;\n" +
          "  role.epoch = again ? accepted : accepted + 1;",
      },
    ],
  },
  {
    name: "stale-report-taken",
    bugs: ["X14"],
    what:
      "The leader takes the report of an earlier attempt for that of the present one, and " +
      "streams from where that node's log once ended.",
    showsIn: all(unordered, nodesFrom(2)),
    edits: [
      {
        file: DISCOVERY,
        find: 'if (learner?.attempt !== msg.attempt || learner.stage !== "NEWEPOCH") return;',
        put: 'if (learner === undefined || learner.stage !== "NEWEPOCH") return;',
      },
    ],
  },
  {
    name: "stale-order-obeyed",
    bugs: ["X14"],
    what:
      "A follower obeys what its leader said in an earlier attempt: a late TRUNC cuts entries " +
      "that it has acked since.",
    edits: [
      {
        file: FOLLOWER,
        find: '  if ("attempt" in msg && msg.attempt !== role.attempt) return;\n',
        put: "",
      },
    ],
  },
];
