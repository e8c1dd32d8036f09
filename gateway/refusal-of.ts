/** What a gateway's client is told when the cluster did not do what was asked. */
import { overloaded } from "../api/errors.js";
import { type Refusal, refusalFromInfo } from "../api/refusal.js";
import type { PoolOutcome } from "../client/play-pool.js";
import { InvariantError } from "../game/invariant-error.js";

/** In the cluster's own words where it gave any. Throws InvariantError if it was done. */
export function refusalOf(outcome: PoolOutcome): Refusal {
  switch (outcome.kind) {
    case "refused": {
      const known = refusalFromInfo(outcome.message, outcome.info);
      return known ?? { reason: "NO_LEADER", message: outcome.message };
    }
    case "unknown":
      return { reason: "LEADER_LOST", message: outcome.message, outcomeUnknown: true };
    case "unavailable": {
      const { message, info } = outcome;
      return { reason: info?.reason === "OVERLOADED" ? "OVERLOADED" : "NO_LEADER", message };
    }
    case "expired": {
      const { inDoubt } = outcome;
      const message = inDoubt ? "The deadline passed." : "The deadline passed; nothing happened.";
      return { reason: "DEADLINE", message, outcomeUnknown: inDoubt };
    }
    case "overloaded":
      return overloaded(outcome.max);
    default:
      throw new InvariantError(`"${outcome.kind}" is no refusal`);
  }
}
