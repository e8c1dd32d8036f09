/**
 * The processes of a whole local cluster: starts them, reports one that dies, starts it again if so
 * told, stops all. It knows processes and nothing of what they say to each other.
 */
import { followLines, terminalLine } from "./launch-log.js";
import type { LaunchPlan, NodePlan } from "./launch-plan.js";
import { type NodeProcess, startNodeProcess } from "./launch-process.js";
import { diedText } from "./launch-text.js";

const LOG_POLL_MS = 200;

/** From SIGTERM to SIGKILL. */
const STOP_LIMIT_MS = 5000;

const RESTART_FIRST_MS = 500;
const RESTART_LAST_MS = 10_000;
/** A node that ran this long was well; its next death is a new matter. */
const WELL_AFTER_MS = 30_000;

export interface ClusterOptions {
  readonly plan: LaunchPlan;
  /** Whether a node that dies is started again. */
  readonly restart: boolean;
  /** What follows `npx zabble node --id ...` to start a node again by hand. */
  readonly configHint: string;
  /** Takes what a person should read, a line or more without the last line end. */
  readonly say: (text: string) => void;
}

export interface Cluster {
  /** By id, of the processes that run. */
  pids(): ReadonlyMap<string, number>;
  /** Settles when no process is left and none will be started. */
  readonly over: Promise<void>;
  /** Ends all; true if none had to be killed. Call it again to kill at once. */
  stop(): Promise<boolean>;
}

export function startCluster({ plan, restart, configHint, say }: ClusterOptions): Cluster {
  const running = new Map<string, NodeProcess>();
  const restarts = new Map<string, NodeJS.Timeout>();
  const backoffMs = new Map<string, number>();
  let stopping: Promise<boolean> | undefined;
  const { promise: over, resolve: setOver } = withResolver();

  const logs = plan.nodes.map(({ node, logFile }) => ({ node, lines: followLines(logFile) }));
  const showLogs = () => {
    for (const { node, lines } of logs) {
      for (const line of lines.poll()) {
        const text = terminalLine(node.id, line);
        if (text !== undefined) say(text);
      }
    }
  };
  const logTimer = setInterval(showLogs, LOG_POLL_MS);

  function settle(): void {
    if (running.size > 0 || restarts.size > 0) return;
    clearInterval(logTimer);
    showLogs();
    setOver();
  }

  function start(nodePlan: NodePlan): void {
    const { id } = nodePlan.node;
    restarts.delete(id);
    const child = startNodeProcess(nodePlan);
    running.set(id, child);
    void child.ended.then(({ how, ranMs }) => {
      running.delete(id);
      if (stopping === undefined) onDeath(nodePlan, how, ranMs);
      settle();
    });
  }

  function onDeath(nodePlan: NodePlan, how: string, ranMs: number): void {
    const { id } = nodePlan.node;
    showLogs();
    if (!restart) {
      say(diedText(plan, id, how, running.size, { configHint }));
      return;
    }
    const lastMs = ranMs >= WELL_AFTER_MS ? undefined : backoffMs.get(id);
    const restartMs =
      lastMs === undefined ? RESTART_FIRST_MS : Math.min(lastMs * 2, RESTART_LAST_MS);
    backoffMs.set(id, restartMs);
    say(diedText(plan, id, how, running.size, { restartMs }));
    restarts.set(
      id,
      setTimeout(() => start(nodePlan), restartMs),
    );
  }

  function signalAll(name: "SIGTERM" | "SIGKILL"): void {
    for (const child of running.values()) child.signal(name);
  }

  async function stopAll(): Promise<boolean> {
    for (const timer of restarts.values()) clearTimeout(timer);
    restarts.clear();
    let killed = false;
    signalAll("SIGTERM");
    const limit = setTimeout(() => {
      killed = true;
      say(`Killing ${[...running.keys()].join(", ")}, which did not stop in ${STOP_LIMIT_MS} ms.`);
      signalAll("SIGKILL");
    }, STOP_LIMIT_MS);
    settle();
    await over;
    clearTimeout(limit);
    return !killed;
  }

  for (const nodePlan of plan.nodes) start(nodePlan);
  return {
    pids: () => new Map([...running].flatMap(([id, { pid }]) => (pid ? [[id, pid]] : []))),
    over,
    stop() {
      if (stopping === undefined) {
        stopping = stopAll();
        return stopping;
      }
      signalAll("SIGKILL");
      return stopping.then(() => false);
    },
  };
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settled) => {
    resolve = settled;
  });
  return { promise, resolve };
}
