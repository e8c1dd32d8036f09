/** What a gateway's client is told when the cluster did not do what was asked. */
import { type Refusal, refusalFromInfo } from "../api/refusal.js";
import type { PlayOutcome } from "../client/play-session.js";
import { InvariantError } from "../game/invariant-error.js";

/** In the cluster's own words where it gave any. */
export function refusalOf(outcome: PlayOutcome): Refusal {
  switch (outcome.kind) {
    case "refused": {
      const known = refusalFromInfo(outcome.message, outcome.info);
      return known ?? { reason: "NO_LEADER", message: outcome.message };
    }
    case "unknown":
      return { reason: "LEADER_LOST", message: outcome.message, outcomeUnknown: true };
    case "unavailable":
      return { reason: "NO_LEADER", message: outcome.message };
    default:
      throw new InvariantError(`"${outcome.kind}" is no refusal`);
  }
}
