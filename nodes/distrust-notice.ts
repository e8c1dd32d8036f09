/**
 * Says from time to time why a node does not vote, if its log was lost to damage: a cluster that
 * waits for whole nodes must tell, or nobody knows what to bring back.
 */
import type { Clock } from "./clock.js";
import { createRateLimit, type Logger } from "./logger.js";
import type { Links } from "./rpc/links.js";
import type { Core } from "./zab/core.js";

const SAY_MS = 5000;

/** To be called often. */
export function createDistrustNotice(
  core: Core,
  clock: Clock,
  links: Pick<Links, "connected">,
  log: Logger,
): () => void {
  const rateLimited = createRateLimit(() => clock.nowMs());
  return () => {
    if (!core.distrusted || core.role.kind !== "LOOKING" || rateLimited("notice", SAY_MS)) return;
    const why = "its data was damaged and set aside, so a quorum of others must lead first";
    log.warn("does not vote", { why, linked: links.connected().join(" ") });
  };
}
