/**
 * Looks at all nodes a few times a second, for as long as the run lasts: who leads, who serves, and
 * whether players are served while a majority is healthy. It only asks.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";
import type { ChaosCluster } from "./chaos-cluster.js";
import type { Health } from "./health.js";
import type { LinkFaults } from "./link-faults.js";

export interface Monitor {
  /** The last node that was seen leading. */
  leader(): string | undefined;
  stop(): Promise<void>;
}

export interface MonitorOptions {
  readonly chaos: ChaosCluster;
  readonly links: LinkFaults;
  readonly health: Health;
  /** When a write was last confirmed; 0 if none was. */
  readonly lastAckAtMs: () => number;
  readonly onStandstill: (what: string) => void;
}

const LOOK_EVERY_MS = 200;
/** A healthy majority serves within a second; after ten times that it is stuck. */
const STANDSTILL_MS = 15_000;

export function startMonitor(options: MonitorOptions): Monitor {
  const { chaos, links, health } = options;
  const stopping = new AbortController();
  let leader: string | undefined;
  let isTold = false;

  async function look(id: string): Promise<void> {
    const status = await chaos.cluster.status(id);
    const serves = status?.phase === Phase.BROADCAST;
    health.saw(id, serves, performance.now());
    if (serves && status.role === Role.LEADING) leader = id;
  }

  function checkProgress(): void {
    const stuckMs = health.stuckMs(performance.now(), options.lastAckAtMs());
    if (stuckMs < STANDSTILL_MS || isTold) return;
    isTold = true;
    const seconds = Math.round(stuckMs / 1000);
    options.onStandstill(`a healthy majority has confirmed nothing for ${seconds} s`);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      // Not one after the other: a frozen node answers after a second, by not answering.
      await Promise.all([links.tell(), ...chaos.nodes.map(({ id }) => look(id))]);
      checkProgress();
      await pause(LOOK_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }
  const running = run();

  return {
    leader: () => leader,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
