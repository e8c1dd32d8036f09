/**
 * A counted bound on how many of something may be open at once, e.g. watchers. What when full: the
 * newcomer is refused, those inside keep their place.
 */
import { toConnectError } from "./errors.js";

export interface Slots {
  /** Takes a place; the function gives it back, once. Throws resource_exhausted when full. */
  take(): () => void;
  used(): number;
}

/** `what` is the plural for the message, e.g. "watchers". */
export function createSlots(max: number, what: string): Slots {
  let used = 0;
  return {
    take() {
      if (used >= max) {
        throw toConnectError({
          reason: "OVERLOADED",
          message: `This node already serves ${max} ${what}; try another node.`,
          retryAfterMs: 1000,
        });
      }
      used += 1;
      let taken = true;
      return () => {
        if (taken) used -= 1;
        taken = false;
      };
    },
    used: () => used,
  };
}
