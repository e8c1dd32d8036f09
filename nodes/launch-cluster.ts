/**
 * The processes of a whole local cluster, the gateway's among them: starts them, reports one that
 * dies, starts it again if so told, stops all. It knows processes and nothing of what they say to
 * each other.
 */
import { followLines, terminalLine } from "./launch-log.js";
import type { LaunchPlan, ProcessPlan } from "./launch-plan.js";
import { type NodeProcess, startNodeProcess } from "./launch-process.js";
import { diedText, gatewayDiedText } from "./launch-text.js";

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

  const processes: readonly ProcessPlan[] =
    plan.gateway === undefined ? plan.nodes : [...plan.nodes, plan.gateway];
  const logs = processes.map(({ id, logFile }) => ({ id, lines: followLines(logFile) }));
  const showLogs = () => {
    for (const { id, lines } of logs) {
      for (const line of lines.poll()) {
        const text = terminalLine(id, line);
        if (text !== undefined) say(text);
      }
    }
  };
  const logTimer = setInterval(showLogs, LOG_POLL_MS);

  function settle(): void {
    // Nothing is left to stand in front of.
    const isAlone = running.size === 1 && running.has("gateway") && restarts.size === 0;
    if (isAlone && stopping === undefined) void stop();
    if (running.size > 0 || restarts.size > 0) return;
    clearInterval(logTimer);
    showLogs();
    setOver();
  }

  function start(processPlan: ProcessPlan): void {
    const { id } = processPlan;
    restarts.delete(id);
    const child = startNodeProcess(processPlan);
    running.set(id, child);
    void child.ended.then(({ how, ranMs }) => {
      running.delete(id);
      if (stopping === undefined) onDeath(processPlan, how, ranMs);
      settle();
    });
  }

  function onDeath(processPlan: ProcessPlan, how: string, ranMs: number): void {
    const { id } = processPlan;
    const tell = (next: Parameters<typeof diedText>[4]): void => {
      const nodesLeft = plan.nodes.filter((node) => running.has(node.id)).length;
      say(
        processPlan === plan.gateway
          ? gatewayDiedText(how, next)
          : diedText(plan, id, how, nodesLeft, next),
      );
    };
    showLogs();
    if (!restart) {
      tell({ configHint });
      return;
    }
    const lastMs = ranMs >= WELL_AFTER_MS ? undefined : backoffMs.get(id);
    const restartMs =
      lastMs === undefined ? RESTART_FIRST_MS : Math.min(lastMs * 2, RESTART_LAST_MS);
    backoffMs.set(id, restartMs);
    tell({ restartMs });
    restarts.set(
      id,
      setTimeout(() => start(processPlan), restartMs),
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
    // They may all be gone; the rest settles as each ends.
    if (running.size === 0) settle();
    const limit = setTimeout(() => {
      killed = true;
      say(`Killing ${[...running.keys()].join(", ")}, which did not stop in ${STOP_LIMIT_MS} ms.`);
      signalAll("SIGKILL");
    }, STOP_LIMIT_MS);
    await over;
    clearTimeout(limit);
    return !killed;
  }

  function stop(): Promise<boolean> {
    if (stopping === undefined) {
      stopping = stopAll();
      return stopping;
    }
    signalAll("SIGKILL");
    return stopping.then(() => false);
  }

  for (const processPlan of processes) start(processPlan);
  return {
    pids: () => new Map([...running].flatMap(([id, { pid }]) => (pid ? [[id, pid]] : []))),
    over,
    stop,
  };
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settled) => {
    resolve = settled;
  });
  return { promise, resolve };
}
