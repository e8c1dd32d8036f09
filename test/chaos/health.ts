/**
 * Which nodes can be counted on: no fault is on them, and they have been seen to serve since the
 * last one. While these are a majority, players must be served. Pure: who looks, tells.
 */

export interface MajorityChange {
  readonly atMs: number;
  readonly isHealthy: boolean;
}

export interface Health {
  /** Returns what ends it. */
  impair(ids: readonly string[], atMs: number): () => void;
  /** `serves`: it follows or leads in a cluster that works. */
  saw(id: string, serves: boolean, atMs: number): void;
  /** For how long a majority has been healthy and no write was confirmed; 0 if none is. */
  stuckMs(atMs: number, lastAckAtMs: number): number;
  /** In order; before the first one no majority was healthy. */
  readonly changes: readonly MajorityChange[];
}

export function createHealth(ids: readonly string[], quorum: number): Health {
  const faults = new Map(ids.map((id) => [id, 0]));
  const serving = new Set<string>();
  const changes: MajorityChange[] = [];

  function judge(atMs: number): void {
    const isHealthy = serving.size >= quorum;
    if (isHealthy !== (changes.at(-1)?.isHealthy ?? false)) changes.push({ atMs, isHealthy });
  }

  return {
    impair(struck, beganAtMs) {
      for (const id of struck) {
        faults.set(id, (faults.get(id) ?? 0) + 1);
        serving.delete(id);
      }
      judge(beganAtMs);
      return () => {
        for (const id of struck) faults.set(id, (faults.get(id) ?? 0) - 1);
      };
    },
    saw(id, serves, atMs) {
      // Who has no fault and does not serve is still to be counted on: that is what is measured.
      if (serves && faults.get(id) === 0) serving.add(id);
      judge(atMs);
    },
    stuckMs(atMs, lastAckAtMs) {
      const last = changes.at(-1);
      return last?.isHealthy === true ? atMs - Math.max(last.atMs, lastAckAtMs) : 0;
    },
    changes,
  };
}
