/** Bugs in choosing whom to follow, and in who may have a say at all: nodes/zab/election.ts. */
import type { Mutant } from "../mutant.js";

const ELECTION = "nodes/zab/election.ts";

export const ELECTION_MUTANTS: readonly Mutant[] = [
  {
    name: "votes-by-rank-alone",
    bugs: ["B31"],
    what:
      "The election looks at ranks, not at logs. A node that lacks entries is elected again " +
      "and again and fails in discovery each time: nobody can write any more.",
    edits: [
      {
        file: ELECTION,
        find: "  if (a.zxid !== b.zxid) return a.zxid > b.zxid;\n",
        put: "",
      },
      {
        file: ELECTION,
        find: "  if (a.epoch !== b.epoch) return a.epoch > b.epoch;\n",
        put: "",
      },
      {
        file: "nodes/zab/discovery.ts",
        find: "core.yieldsUntilTick = core.tick + core.config.initLimitTicks;",
        put: "",
      },
    ],
  },
  {
    name: "newcomer-compares-zxids",
    bugs: ["B23"],
    what:
      "A newcomer joins only if a quorum reports the same zxid in its votes, and members " +
      "report those of the moment at which they joined: it stays out of a healthy cluster for " +
      "ever.",
    edits: [
      {
        file: ELECTION,
        find: "if (other.vote.leader === leader && other.vote.epoch === epoch) agreeing++;",
        put: "if (sameVote(other.vote, n.vote)) agreeing++;",
      },
      {
        file: ELECTION,
        find: "becomeFollowing(core, leader, n.vote);",
        put: "becomeFollowing(core, leader, { ...n.vote, zxid: lastZxid(core.log) });",
      },
      {
        file: ELECTION,
        find: "return looking >= core.config.quorum;",
        put: "return looking > 0;",
      },
    ],
  },
  {
    name: "stands-unheard",
    bugs: ["B30"],
    what:
      "A node stands for election although it hears too few to win. With the best log it keeps " +
      "all others voting for a leader that can never be: nobody can write any more.",
    showsIn: ({ profile }) => profile.healing === "core" && profile.outsiders === "hanging",
    edits: [
      {
        file: "nodes/zab/core.ts",
        find: "if (!reachesQuorum(core) || core.tick < core.yieldsUntilTick) return ABSTENTION;",
        put: "if (core.tick < core.yieldsUntilTick) return ABSTENTION;",
      },
    ],
  },
  {
    name: "never-yields",
    bugs: ["B30"],
    what:
      "Who cannot lead without a voter that knows more stands again at once. With the best log " +
      "but that one's it is elected again and again, and nobody ever leads.",
    edits: [
      {
        file: "nodes/zab/discovery.ts",
        find: "core.yieldsUntilTick = core.tick + core.config.initLimitTicks;",
        put: "",
      },
    ],
    tests: ["nodes/zab/scenario.test.ts"],
  },
  {
    name: "slow-one-stands-again",
    bugs: ["B31"],
    what:
      "A candidate whose disk or links are too slow to be ready in time stands again at once. If " +
      "its log or its rank is the best, nobody else is ever elected.",
    edits: [
      {
        file: "nodes/zab/heartbeat.ts",
        find: "core.yieldsUntilTick = core.tick + initLimitTicks;",
        put: "",
      },
    ],
    tests: ["nodes/zab/scenario.test.ts"],
  },
  {
    name: "unheard-candidate-voted-for",
    bugs: ["B30"],
    what:
      "A node takes up votes for one that it does not hear. Two can hold each other to a vote " +
      "for one that is long gone, and nobody leads.",
    edits: [
      {
        file: ELECTION,
        find: "return isKnown && isBetter(core, vote, present);",
        put: "return isBetter(core, vote, present);",
      },
    ],
    tests: ["nodes/zab/standing.test.ts"],
  },
  {
    name: "blank-counts-as-heard",
    bugs: ["B30", "5.7"],
    what:
      "A node takes emptied ones, whose votes do not count, for a quorum that could elect it. " +
      "It stands, cannot win, and with the best log keeps the others from electing who could.",
    edits: [
      {
        file: "nodes/zab/core.ts",
        find: "if (!core.blankPeers.has(peer) && isHeard(core, peer)) heard++;",
        put: "if (isHeard(core, peer)) heard++;",
      },
    ],
    tests: ["nodes/zab/standing.test.ts"],
  },
  {
    name: "silence-unnoticed",
    bugs: ["B30"],
    what:
      "A peer whose link is up but loses everything is taken for one that is heard: a candidate " +
      "that nobody can reach keeps the others from electing one that could lead.",
    edits: [
      {
        file: "nodes/zab/core.ts",
        find: "core.tick - (core.owing.get(peer) ?? core.tick) <= SILENT_TICKS",
        put: "core.tick - core.tick <= SILENT_TICKS",
      },
    ],
    tests: ["nodes/zab/scenario-links.test.ts"],
  },
  {
    name: "bootstrap-at-quorum",
    bugs: ["5.7"],
    what:
      "An emptied node takes itself for new once a quorum is empty, not all. With another one " +
      "that never got an entry it starts the cluster anew: everything confirmed is gone.",
    showsIn: ({ profile, plan }) =>
      !profile.blankStart && plan.some(({ kind, atMs }) => kind === "wipeLagging" && atMs < 100),
    edits: [
      {
        file: ELECTION,
        find: "core.emptyPeers.size < core.config.voters.length - 1",
        put: "core.emptyPeers.size < core.config.quorum - 1",
      },
    ],
  },
  {
    name: "bootstrap-forgets-promise",
    bugs: ["5.7", "B1"],
    what:
      "A node that counts again after its directory was emptied starts from epoch 0 and " +
      "promises an epoch a second time: two leaders of one epoch give one zxid to two entries.",
    edits: [{ file: ELECTION, find: "if (epoch > core.acceptedEpoch) {", put: "if (false) {" }],
    tests: ["nodes/zab/scenario.test.ts"],
  },
  {
    name: "damaged-takes-itself-for-new",
    bugs: ["5.7", "B21"],
    what:
      "A node whose log was lost to damage says that it never had one. If all of them do, they " +
      "begin a new game, and nobody ever says that the old one is gone.",
    edits: [
      {
        file: ELECTION,
        find: "return lastZxid(core.log) === 0n && !core.distrusted;",
        put: "return lastZxid(core.log) === 0n;",
      },
    ],
  },
];
