/** Every checker there is: one a named invariant, all asked about every event of a run. */
import { ackHonesty } from "./checkers/ack-honesty.js";
import { acknowledgedSurvives } from "./checkers/acknowledged-survives.js";
import { agreement } from "./checkers/agreement.js";
import { bounds } from "./checkers/bounds.js";
import type { CheckContext, Checker } from "./checkers/checker.js";
import { commitJustification } from "./checkers/commit-justification.js";
import { committedLogDurability } from "./checkers/committed-log-durability.js";
import { committedLogMonotonicity } from "./checkers/committed-log-monotonicity.js";
import { config } from "./checkers/config.js";
import { determinism } from "./checkers/determinism.js";
import { durableQuorum } from "./checkers/durable-quorum.js";
import { epochMonotonicity } from "./checkers/epoch-monotonicity.js";
import { exactlyOnce } from "./checkers/exactly-once.js";
import { globalPrimaryOrder } from "./checkers/global-primary-order.js";
import { integrity } from "./checkers/integrity.js";
import { leaderLogCompleteness } from "./checkers/leader-log-completeness.js";
import { leadership1 } from "./checkers/leadership-1.js";
import { leadership2 } from "./checkers/leadership-2.js";
import { linearizability } from "./checkers/linearizability.js";
import { localPrimaryOrder } from "./checkers/local-primary-order.js";
import { logMatching } from "./checkers/log-matching.js";
import { monotonicSession } from "./checkers/monotonic-session.js";
import { noAckBehindPromise } from "./checkers/no-ack-behind-promise.js";
import { noGaps } from "./checkers/no-gaps.js";
import { noZombie } from "./checkers/no-zombie.js";
import { prefixConsistency } from "./checkers/prefix-consistency.js";
import { primaryIntegrity } from "./checkers/primary-integrity.js";
import { processConsistency } from "./checkers/process-consistency.js";
import { promiseUniqueness } from "./checkers/promise-uniqueness.js";
import { realTime } from "./checkers/real-time.js";
import { refusalIsFinal } from "./checkers/refusal-is-final.js";
import { resourceBounds } from "./checkers/resource-bounds.js";
import { serveGate } from "./checkers/serve-gate.js";
import { shouldNotBeTriggered } from "./checkers/should-not-be-triggered.js";
import { totalOrder } from "./checkers/total-order.js";
import type { CommittedLog } from "./committed-log.js";
import { createContext, type Judges, startHearing } from "./hearing.js";
import type { History } from "./history.js";
import type { SimCluster } from "./sim-cluster.js";

export interface JudgesOptions {
  readonly cluster: SimCluster;
  readonly committed: CommittedLog;
  readonly history: History;
  /** Whether a refusal that claims certainty proves anything: not where links repeat frames. */
  readonly believesNo: boolean;
  /** Decides how often whole states are compared: each time in some seeds, now and then in most. */
  readonly seed: number;
}

const EVERY_TIME = { wholeEvery: 1, snapshotEvery: 1 };
const NOW_AND_THEN = { wholeEvery: 64, snapshotEvery: 16 };

function createCheckers(
  context: CheckContext,
  { history, believesNo, seed }: JudgesOptions,
): Checker[] {
  const everyTime = seed % 16 === 0;
  // Who is first names the violation: causes before what follows from them.
  return [
    noZombie(context),
    shouldNotBeTriggered(context),
    leadership1(context),
    leadership2(context),
    epochMonotonicity(context),
    promiseUniqueness(context),
    logMatching(context),
    integrity(context),
    noGaps(context),
    processConsistency(context),
    committedLogDurability(context),
    leaderLogCompleteness(context),
    primaryIntegrity(context),
    ackHonesty(context),
    noAckBehindPromise(context),
    config(context),
    durableQuorum(context),
    commitJustification(context),
    committedLogMonotonicity(context),
    bounds(context),
    globalPrimaryOrder(),
    localPrimaryOrder(),
    totalOrder(),
    agreement(context),
    prefixConsistency(context),
    determinism(context, everyTime ? EVERY_TIME : NOW_AND_THEN),
    exactlyOnce(context),
    serveGate(context),
    monotonicSession(),
    resourceBounds(),
    refusalIsFinal(context, history, believesNo),
    acknowledgedSurvives(context, history),
    realTime(context, history),
    linearizability(history),
  ];
}

/** From here on the judges hear of all that the cluster does; they throw the first Violation. */
export function createJudges(options: JudgesOptions): Judges {
  const context = createContext(options.cluster, options.committed);
  return startHearing(context, createCheckers(context, options));
}
