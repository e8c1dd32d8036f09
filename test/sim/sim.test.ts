// Proves that the simulator is repeatable, and that it bites: each defect that is put into a seam
// of the simulated world, where a real disk, network or driver could have it, is found within 200
// seeds under the name of the invariant that it breaks.
import assert from "node:assert/strict";
import test from "node:test";
import type { Entry } from "../../nodes/zab/entry.js";
import { lastZxid } from "../../nodes/zab/log.js";
import { runSeed, type SeedResult, type Watch } from "./run-case.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";

const SEEDS_MAX = 200;

test("the same seed gives the same run, and another seed another", () => {
  const fingerprints = [3, 4, 5].map((seed) => {
    const { fingerprint } = runSeed(seed);
    assert.equal(runSeed(seed).fingerprint, fingerprint, `seed ${seed} ran in two ways`);
    return fingerprint;
  });
  assert.equal(new Set(fingerprints).size, 3);
});

test("watching a run does not change it", () => {
  let seen = 0;
  const watched = runSeed(3, (_world, cluster) => {
    afterSend(cluster, () => seen++);
  });
  assert.ok(seen > 0);
  assert.equal(watched.fingerprint, runSeed(3).fingerprint);
});

function afterSend(cluster: SimCluster, also: SimCluster["network"]["onSend"]): void {
  const { onSend } = cluster.network;
  cluster.network.onSend = (from, to, messages) => {
    onSend(from, to, messages);
    also(from, to, messages);
  };
}

function onEveryWrite(cluster: SimCluster, also: (node: SimNode) => void): void {
  const { onWrite } = cluster;
  cluster.onWrite = (node, ops, batch) => {
    onWrite(node, ops, batch);
    also(node);
  };
}

function onEveryStart(cluster: SimCluster, also: (node: SimNode) => void): void {
  const { onStart } = cluster;
  cluster.onStart = (node) => {
    onStart(node);
    also(node);
  };
}

/** Does something to what a crash leaves on the platter. */
function onEveryCrash(cluster: SimCluster, also: (node: SimNode) => void): void {
  const { crash } = cluster;
  cluster.crash = (node) => {
    if (node.running === undefined) return;
    crash(node);
    also(node);
  };
}

/** The queue of the disk counts as synced at once. */
function believeDisk(node: SimNode): void {
  const core = node.running?.node.core;
  if (core !== undefined) core.durable = lastZxid(core.log);
}

function changeLastEntry(node: SimNode, change: (entry: Entry) => Entry): void {
  const { entries } = node.platter;
  const last = entries.pop();
  if (last !== undefined) entries.push(change(last));
}

interface Defect {
  readonly what: string;
  /** Any of these is the right name: which one comes first is up to the seed. */
  readonly breaks: readonly string[];
  readonly put: Watch;
}

const DEFECTS: readonly Defect[] = [
  {
    what: "a disk that reports durable before it is",
    breaks: ["AckHonesty", "DurableQuorum"],
    put: (_world, cluster) => onEveryWrite(cluster, believeDisk),
  },
  {
    what: "a disk that reports durable before it is, under leaders alone",
    breaks: ["DurableQuorum"],
    put: (_world, cluster) =>
      onEveryWrite(cluster, (node) => {
        if (node.running?.node.core.role.kind === "LEADING") believeDisk(node);
      }),
  },
  {
    what: "a disk that loses its newest promise in a crash",
    breaks: ["EpochMonotonicity"],
    put: (_world, cluster) =>
      onEveryCrash(cluster, ({ platter }) => {
        platter.acceptedEpoch = Math.max(0, platter.acceptedEpoch - 1);
      }),
  },
  {
    what: "a disk that forgets to whom it promised",
    breaks: ["PromiseUniqueness"],
    put: (_world, cluster) =>
      onEveryCrash(cluster, ({ platter }) => {
        if (platter.acceptedEpoch > 0) platter.promisedTo = "nobody";
      }),
  },
  {
    what: "a disk that loses its newest synced entries in a crash",
    breaks: ["DurableQuorum", "LeaderLogCompleteness", "LogMatching"],
    put: (_world, cluster) =>
      onEveryCrash(cluster, ({ platter }) => {
        platter.entries.splice(-3);
      }),
  },
  {
    what: "a disk on which a text changes under an unchanged chain value",
    breaks: ["LogMatching", "Integrity", "Crash"],
    put: (_world, cluster) =>
      onEveryCrash(cluster, (node) => {
        changeLastEntry(node, (entry) => {
          return { ...entry, text: entry.text.replace(/"requestId":"[^"]*"/, '"requestId":"q"') };
        });
      }),
  },
  {
    what: "a disk on which a chain value changes",
    breaks: ["Halt", "LogMatching", "PrefixConsistency", "AckHonesty"],
    put: (_world, cluster) =>
      onEveryCrash(cluster, (node) => {
        changeLastEntry(node, (entry) => ({ ...entry, crc: entry.crc ^ 1 }));
      }),
  },
  {
    what: "an emptied directory that still counts",
    breaks: ["EpochMonotonicity", "AckHonesty"],
    put: (_world, cluster) => {
      const { wipe } = cluster;
      cluster.wipe = (node) => {
        wipe(node);
        node.platter.initialized = true;
      };
    },
  },
  {
    what: "a network that gives one node other proposals than the rest",
    breaks: ["LogMatching"],
    put: (_world, { network, nodes }) => {
      const { onSend } = network;
      network.onSend = (from, to, messages) => {
        onSend(from, to, messages);
        if (to !== nodes[0]?.id || !Array.isArray(messages)) return;
        const at = messages.findIndex(({ t }) => t === "propose");
        const msg = messages[at];
        const lie = (entry: Entry): Entry => ({ ...entry, crc: entry.crc ^ 1 });
        if (msg?.t === "propose") messages[at] = { ...msg, entries: msg.entries.map(lie) };
      };
    },
  },
  {
    what: "links that never heal",
    breaks: ["Liveness"],
    put: (_world, { network }) => {
      network.healAll = () => {};
    },
  },
  {
    what: "a node that answers before anything is committed",
    breaks: ["AcknowledgedSurvives"],
    put: (_world, cluster) =>
      onEveryStart(cluster, ({ running }) => {
        const node = running?.node;
        if (node === undefined) return;
        const { submit } = node;
        node.submit = (command, deadlineMs, reply) => {
          submit(command, deadlineMs, () => {});
          reply({ ok: true, zxid: lastZxid(node.core.log) + 1n, round: 1 });
        };
      }),
  },
  {
    what: "a node that refuses what it passes on",
    breaks: ["RefusalIsFinal"],
    put: (_world, cluster) =>
      onEveryStart(cluster, ({ running }) => {
        if (running === undefined) return;
        const { submit } = running.node;
        running.node.submit = (command, deadlineMs, reply) => {
          submit(command, deadlineMs, (outcome) => {
            // The write that proves liveness at the end is let through.
            if (command.player === "last") {
              reply(outcome);
              return;
            }
            const refusal = { reason: "NO_OPEN_ROUND", message: "No." } as const;
            reply(outcome.ok ? { ok: false, refusal } : outcome);
          });
        };
      }),
  },
  {
    what: "a node that answers reads from what it has",
    breaks: ["LinearizableRead"],
    put: (_world, cluster) =>
      onEveryStart(cluster, ({ running }) => {
        if (running === undefined) return;
        const { node } = running;
        node.readIndex = (_deadlineMs, reply) => reply({ ok: true, zxid: node.game().zxid });
      }),
  },
  {
    what: "a driver that throws",
    breaks: ["Crash"],
    put: (_world, cluster) =>
      onEveryWrite(cluster, () => {
        throw new Error("thrown on purpose");
      }),
  },
];

/** The first seed on which the defect shows. */
function firstKill(put: Watch): SeedResult | undefined {
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const result = runSeed(seed, put);
    if (result.violation !== undefined) return result;
  }
  return undefined;
}

for (const { what, breaks, put } of DEFECTS) {
  test(`${what} is found: ${breaks.join(" or ")}`, (t) => {
    const killed = firstKill(put);
    assert.ok(killed?.violation, `${SEEDS_MAX} seeds saw nothing wrong`);
    const { invariant, what: words } = killed.violation;
    t.diagnostic(`seed ${killed.simCase.seed}: ${invariant}: ${words.split("\n")[0]}`);
    assert.ok(breaks.includes(invariant), `seed ${killed.simCase.seed}: ${invariant}: ${words}`);
  });
}
