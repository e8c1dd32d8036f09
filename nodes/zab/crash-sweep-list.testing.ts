/** Test support: the runs that crash-sweep.test.ts disturbs, and every fault for each of them. */
import { type Moment, runSweep, type Sweep } from "./crash-sweep.testing.js";
import { type Fault, faultWords } from "./crash-sweep-fault.testing.js";

export const SWEEPS: readonly Sweep[] = [
  {
    name: "first election",
    setup: "nodes 1 2 3",
    acts: ["start 1; start 2; start 3"],
  },
  {
    name: "new cluster",
    setup: "nodes 1 2 3 blank=1,2,3",
    acts: ["start 1; start 2; start 3"],
  },
  {
    name: "late joiner, DIFF",
    setup: `nodes 1 2 3
      start 2 3
      settle
      propose 3 3
      settle`,
    acts: ['start 1; propose leader "a"'],
  },
  {
    name: "late joiner, SNAP",
    setup: `nodes 1 2 3 tail=4
      start 2 3
      settle
      propose 3 20
      settle
      propose 3 10
      settle`,
    acts: ['start 1; propose leader "a"'],
  },
  {
    // 3 comes back with 1.2 and 2.0, which it had alone, to a log of 1.0, 1.1, 3.0, 3.1, 3.2.
    name: "TRUNC over two epochs",
    setup: `nodes 1 2 3
      start 1 2 3
      settle
      propose 3 "a"
      settle
      propose 3 "b"
      drop 3 1
      drop 3 2
      crash 3
      crash 2
      hold-disk 1
      start 3
      settle
      sync 1
      deliver 1 3
      crash 3
      crash 1
      free-disk 1
      start 1 2
      settle
      propose 2 2
      settle`,
    acts: ['start 3; propose leader "c"'],
  },
  {
    name: "broadcast among five",
    setup: `nodes 1 2 3 4 5
      start 1 2 3 4 5
      settle`,
    acts: ['propose leader "a"; events 3; propose leader "b"; events 3; propose leader "c"'],
  },
  {
    name: "broadcast, one follower's disk is fast",
    setup: `nodes 1 2 3
      start 1 2 3
      settle`,
    acts: ['propose leader "a"; events 5; propose leader "b"'],
    slowDisks: ["2", "3"],
  },
  {
    name: "broadcast, the leader's disk is fast",
    setup: `nodes 1 2 3
      start 1 2 3
      settle`,
    acts: ['propose leader "a"; events 5; propose leader "b"'],
    slowDisks: ["1", "2"],
  },
  {
    name: "leader dies under load",
    setup: `nodes 1 2 3
      start 1 2 3
      settle`,
    acts: [
      'propose leader "a"; events 5; propose leader "b"; events 3; crash leader',
      'propose leader "c"; start down',
    ],
  },
  {
    name: "leader stands down under load",
    setup: `nodes 1 2 3
      start 1 2 3
      settle`,
    acts: ['propose leader "a"; propose leader "b"; events 4; step-down leader 5', "tick 1"],
  },
  {
    name: "end of the counter",
    setup: `nodes 1 2 3 counter-max=2
      start 1 2 3
      settle`,
    acts: ['propose leader "a"; propose leader "b"', 'propose leader "c"'],
  },
  {
    name: "wiped node",
    setup: `nodes 1 2 3
      start 1 2 3
      settle
      propose 3 "a"
      settle
      crash 1
      wipe 1
      propose 3 "b"
      settle`,
    acts: ['start 1; propose leader "c"'],
  },
];

/** Every fault at every event of the run without any. */
export function* faultsOf(sweep: Sweep): Generator<readonly Fault[]> {
  for (const [index, moment] of momentsOf(sweep, []).entries()) {
    const at = index + 1;
    if (moment.onWire) yield [{ kind: "cut", at }];
    if (moment.onWire) yield [{ kind: "lose", at }];
    const most = Math.max(0, ...moment.nodes.map(({ unsynced }) => unsynced));
    for (const { id: node } of moment.nodes) {
      for (let kept = 0; kept <= most; kept++) yield [{ kind: "power", at, node, kept }];
    }
    for (const crash of crashesAt(at, moment)) yield [crash];
  }
}

/** A fault and a later crash, but only one pair in so many: all would be a million. */
export function* pairsOf(sweep: Sweep, oneIn: number): Generator<readonly Fault[]> {
  let pairs = 0;
  for (const [fault] of faultsOf(sweep)) {
    if (fault === undefined) continue;
    for (const [index, moment] of momentsOf(sweep, [fault]).entries()) {
      if (index < fault.at) continue;
      for (const crash of crashesAt(index + 1, moment)) {
        if (pairs++ % oneIn === 0) yield [fault, crash];
      }
    }
  }
}

function* crashesAt(at: number, { nodes }: Moment): Generator<Fault> {
  for (const { id: node, unsynced, speaks } of nodes) {
    for (let kept = 0; kept <= unsynced; kept++) {
      yield { kind: "crash", at, node, kept, words: "lost" };
      if (speaks) yield { kind: "crash", at, node, kept, words: "arrive" };
    }
  }
}

/** Throws if that run is wrong already. */
function momentsOf(sweep: Sweep, faults: readonly Fault[]): readonly Moment[] {
  const { moments, wrong } = runSweep(sweep, faults, { moments: true });
  if (wrong !== undefined) {
    throw new Error(`${sweep.name}: ${faults.map(faultWords).join(", ")}: ${wrong}`);
  }
  return moments;
}
