/**
 * Test support: one run of a sweep, with faults at numbered events, and everything that must be
 * true at its end. An event is a message that arrives or a disk that ends a sync. All of it is
 * decided by the sweep and the faults, so that a run can be repeated.
 */
import { platterHolds } from "../../test/sim/sim-disk.js";
import { counterLeft } from "./broadcast.js";
import type { Core } from "./core.js";
import { type Fault, faultWords } from "./crash-sweep-fault.testing.js";
import type { NodeId } from "./entry.js";
import { lastCrc, lastZxid } from "./log.js";
import { createCluster, runCommand } from "./scenario.testing.js";
import type { ScenarioCluster } from "./scenario-cluster.testing.js";
import type { Wire } from "./scenario-wires.testing.js";
import { formatZxid, type Zxid } from "./zxid.js";

/** What the others get to go on, and what the whole cluster gets to come to rest. */
const ALONE_TICKS = 14;
const REST_TICKS = 60;
const EVENTS_MAX = 20_000;

export interface Sweep {
  readonly name: string;
  /** Commands of scenario.testing.ts, one a line; nothing fails in it. */
  readonly setup: string;
  /**
   * Commands that are given at once, and then all of them ends. Besides those of a scenario:
   * `leader` for whoever leads, `start down` for all that are down, `events N` to wait a little.
   */
  readonly acts: readonly string[];
  /** Their disks end a sync only when nothing else is left to happen. */
  readonly slowDisks?: readonly NodeId[];
}

/** What there was to lose just before an event. */
export interface Moment {
  readonly onWire: boolean;
  readonly nodes: readonly {
    readonly id: NodeId;
    readonly unsynced: number;
    readonly speaks: boolean;
  }[];
}

export interface SweepRun {
  /** By event; only if asked for. */
  readonly moments: readonly Moment[];
  /** Undefined if all is well. */
  readonly wrong: string | undefined;
  /** Ticks from the end of all faults until the cluster was at rest. */
  readonly restTicks: number;
  readonly trace: readonly string[];
}

/** Stops a run at the first thing that is wrong. */
class Wrong extends Error {}

export function runSweep(
  sweep: Sweep,
  faults: readonly Fault[],
  wanted: { readonly moments?: boolean; readonly trace?: boolean } = {},
): SweepRun {
  const trace: string[] = [];
  const moments: Moment[] = [];
  const committed = new Map<Zxid, number>();
  const [first = "", ...setup] = sweep.setup.trim().split(/\s*\n\s*/);
  const tell = wanted.trace === true ? (line: string) => trace.push(line) : undefined;
  const stepped = noteCommits(committed);
  const cluster = createCluster(first, tell === undefined ? { stepped } : { tell, stepped });
  const { ids } = cluster;
  const slow = sweep.slowDisks ?? [];
  const disks = [...ids.filter((id) => !slow.includes(id)), ...slow];
  let event = 0;
  let isEnding = false;
  let mustRecover = false;
  const broken: Wire[] = [];
  let late: NodeId | undefined;

  function upIds(): NodeId[] {
    return ids.filter((id) => cluster.core(id) !== undefined);
  }

  /** Counts an event; true if a fault came instead of it. */
  function interrupted(wire: Wire | undefined): boolean {
    event++;
    if (event > EVENTS_MAX) throw new Wrong("the nodes do not stop talking");
    if (isEnding) return false;
    if (wanted.moments === true) moments.push(momentOf(cluster, wire !== undefined));
    const fault = faults.find(({ at }) => at === event);
    if (fault === undefined) return false;
    mustRecover = true;
    tell?.(`*** ${faultWords(fault)}`);
    strike(fault, wire);
    return true;
  }

  function strike(fault: Fault, wire: Wire | undefined): void {
    switch (fault.kind) {
      case "crash":
        if (cluster.core(fault.node) === undefined) break;
        if (fault.words === "arrive") {
          for (const id of upIds()) if (id !== fault.node) cluster.deliver(fault.node, id);
        }
        cluster.crash(fault.node, fault.kept);
        break;
      case "power":
        // Nobody is left to be told of anybody's end.
        for (const a of ids) for (const b of ids) cluster.wires.disconnect(a, b);
        for (const id of upIds()) cluster.crash(id, fault.kept);
        late = fault.node;
        break;
      case "cut":
      case "lose":
        if (wire === undefined) break;
        broken.push(wire);
        if (fault.kind === "cut") cluster.sever(wire.from, wire.to);
        else cluster.wires.take(wire.from, wire.to, 1);
        break;
      default:
        throw new Error(`unknown fault ${JSON.stringify(fault satisfies never)}`);
    }
  }

  /** Up to that many events. */
  function events(count = Number.POSITIVE_INFINITY): void {
    let left = count;
    for (let any = true; any && left > 0; ) {
      any = false;
      for (const wire of cluster.wires.wires()) {
        for (let i = 0; i < wire.count && left > 0; i++, left--) {
          any = true;
          if (!interrupted(wire)) cluster.deliver(wire.from, wire.to, 1);
        }
      }
      for (const id of disks) {
        if (left === 0 || !cluster.isDiskBusy(id) || (any && slow.includes(id))) continue;
        any = true;
        left--;
        if (!interrupted(undefined)) cluster.syncOnce(id);
      }
    }
  }

  function tickOnce(): void {
    cluster.tick(ids, 1);
    events();
  }

  /** Whoever leads and may propose; waits for one, for so long. */
  function leader(waitTicks: number): NodeId | undefined {
    for (let tick = 0; ; tick++) {
      const found = upIds().find((id) => canPropose(cluster.core(id)));
      if (found !== undefined || tick >= waitTicks) return found;
      tickOnce();
    }
  }

  function startDown(but?: NodeId): void {
    for (const id of ids) if (id !== but && cluster.core(id) === undefined) cluster.start(id);
    events();
  }

  function play(command: string): void {
    const [name, what = ""] = command.split(" ");
    if (command === "start down") startDown();
    else if (name === "events") events(Number(what));
    else if (name === "start" && cluster.core(what) !== undefined) return;
    else if (!command.includes("leader")) runCommand(cluster, command);
    else {
      if (leader(ALONE_TICKS) === undefined) recover();
      const id = leader(REST_TICKS);
      if (id === undefined) throw new Wrong("nobody leads");
      runCommand(cluster, command.replace("leader", id));
    }
  }

  /** After a fault the others go on without the node or link, write something, and it returns. */
  function recover(): void {
    while (mustRecover) {
      mustRecover = false;
      if (late !== undefined) startDown(late);
      late = undefined;
      const id = leader(ALONE_TICKS);
      if (id !== undefined) cluster.propose(id, ["meanwhile"]);
      events();
      startDown();
      for (const { from, to } of broken.splice(0)) {
        cluster.sever(from, to);
        cluster.mend(from, to);
      }
      events();
    }
  }

  function rest(): number {
    for (let tick = 0; tick <= REST_TICKS; tick++) {
      if (isAtRest(ids.map((id) => cluster.core(id)))) return tick;
      tickOnce();
    }
    throw new Wrong(`not at rest after ${REST_TICKS} ticks`);
  }

  try {
    for (const command of setup) runCommand(cluster, command);
    trace.length = 0;
    for (const id of ids) cluster.holdDisk(id, true);
    for (const act of sweep.acts) {
      for (const command of act.split("; ")) play(command);
      events();
      recover();
    }
    isEnding = true;
    startDown();
    const restTicks = rest();
    play('propose leader "at last"');
    events();
    rest();
    checkPlatters(cluster, committed);
    return { moments, wrong: undefined, restTicks, trace };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { moments, wrong: error.message, restTicks: 0, trace };
  }
}

function momentOf(cluster: ScenarioCluster, onWire: boolean): Moment {
  const wires = cluster.wires.wires();
  const nodes = cluster.ids
    .filter((id) => cluster.core(id) !== undefined)
    .map((id) => {
      const speaks = wires.some(({ from, count }) => from === id && count > 0);
      return { id, unsynced: cluster.unsyncedOps(id), speaks };
    });
  return { onWire, nodes };
}

function canPropose(core: Core | undefined): boolean {
  if (core?.role.kind !== "LEADING" || core.role.phase !== "BROADCAST") return false;
  return counterLeft(core) > 0;
}

/** Every entry below a node's commit is committed, and no two of them are for one place. */
function noteCommits(committed: Map<Zxid, number>): (id: NodeId, core: Core) => void {
  const noted = new WeakMap<Core, Zxid>();
  return (id, core) => {
    if (core.halted) throw new Wrong(`${id} has halted`);
    const from = noted.get(core) ?? 0n;
    if (core.commit <= from) return;
    noted.set(core, core.commit);
    for (const { zxid, crc } of core.log.entries) {
      if (zxid <= from || zxid > core.commit) continue;
      if ((committed.get(zxid) ?? crc) !== crc) {
        throw new Wrong(`${id} has another ${formatZxid(zxid)} for committed`);
      }
      committed.set(zxid, crc);
    }
  };
}

/** One leads, all others serve, and all have applied the same log to its end. */
function isAtRest(cores: readonly (Core | undefined)[]): boolean {
  const [one] = cores;
  if (one === undefined) return false;
  const last = lastZxid(one.log);
  const leads = cores.filter((core) => core?.role.kind === "LEADING");
  return (
    leads.length === 1 &&
    cores.every((core) => {
      if (core === undefined || core.role.kind === "LOOKING" || !core.initialized) return false;
      const same = lastZxid(core.log) === last && lastCrc(core.log) === lastCrc(one.log);
      return same && core.role.phase === "BROADCAST" && core.delivered === last;
    })
  );
}

function checkPlatters(cluster: ScenarioCluster, committed: ReadonlyMap<Zxid, number>): void {
  for (const id of cluster.ids) {
    const platter = cluster.platter(id);
    for (const [zxid, crc] of committed) {
      if (!platterHolds(platter, zxid, crc)) {
        throw new Wrong(`${id} has lost ${formatZxid(zxid)}, which was committed`);
      }
    }
  }
}
