/**
 * A counted bound on how many of something may be open at once, e.g. watchers, in all and for one
 * address. What when full: the newcomer is refused, those inside keep their place.
 */
import { createAddressSlots } from "./address-slots.js";
import { toConnectError } from "./errors.js";

export interface Slots {
  /**
   * Takes a place for whoever calls from the address, empty if there is none; the function gives it
   * back, once. Throws resource_exhausted when all, or all that one address may have, are taken.
   */
  take(address: string): () => void;
  used(): number;
}

/** What is left is for others, whatever one address does. */
const SHARE_OF_ONE = 3 / 4;

/** `what` is the plural for the message, e.g. "watchers". */
export function createSlots(max: number, what: string): Slots {
  const shareMax = Math.ceil(max * SHARE_OF_ONE);
  const perAddress = createAddressSlots(shareMax);
  let used = 0;
  return {
    take(address) {
      if (used >= max) {
        throw refusal(`This node already serves ${max} ${what}; try another node.`);
      }
      const leave = address === "" ? () => {} : perAddress.take(address);
      if (leave === undefined)
        throw refusal(`This address already holds ${shareMax} ${what} here.`);
      used += 1;
      let taken = true;
      return () => {
        if (!taken) return;
        taken = false;
        used -= 1;
        leave();
      };
    },
    used: () => used,
  };
}

function refusal(message: string): Error {
  return toConnectError({ reason: "OVERLOADED", message, retryAfterMs: 1000 });
}
