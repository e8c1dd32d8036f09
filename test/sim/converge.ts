/**
 * The end of a seed, after VOPR's method: no more faults, first among a core that is a quorum while
 * the rest stays in whatever state it is, then among all; and the cluster must work again in time.
 * L1: a leader is established. L2: all agree, and everything that is open gets answered. L3: who is
 * not in the core does not change its leader. L4: every node comes back. L5: one dead link between
 * two nodes stops nobody else.
 */
import type { Nemesis } from "./nemesis.js";
import { isSafe } from "./platter.js";
import { type Prng, shuffled } from "./prng.js";
import type { SeedProfile } from "./profile.js";
import type { SimCluster, SimNode } from "./sim-cluster.js";
import { Violation } from "./violation.js";
import type { World } from "./world.js";

const WATCHED_MS = 1500;
const SETTLE_MS = 20;
/** Virtual time in which a write through each node must have been answered. */
const WRITE_MS = 20_000;

export interface ConvergeOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly cluster: SimCluster;
  readonly nemesis: Nemesis;
  readonly profile: SeedProfile;
  readonly each: () => void;
}

/** Returns how long it took, once the faults were over, until there was a leader again. */
export function converge(options: ConvergeOptions): number {
  const { world, prng, cluster, nemesis, profile, each } = options;
  const { nodes, network, config } = cluster;
  let writes = 0;

  /** L1: within ten times what an election, a synchronization and finding out may take. */
  function boundMs(): number {
    const { disk, network: wires, initLimitTicks } = profile.cluster;
    const { tickMs, electionWaitTicks, syncLimitTicks } = config;
    const roundTripMs = 2 * (0.05 + wires.delayMeanMs * wires.delaySpread);
    const election = 3 * electionWaitTicks * tickMs + 2 * roundTripMs;
    const sync = 4 * (roundTripMs + disk.syncMeanMs);
    return 10 * (election + sync + syncLimitTicks * tickMs) + initLimitTicks * tickMs;
  }

  function agree(core: readonly SimNode[]): number {
    const begunMs = world.nowMs;
    // Who agreed until now may have lost connections just so.
    world.run(begunMs + SETTLE_MS, each);
    const done = (): boolean => leaderOf(cluster, core) !== undefined;
    world.run(begunMs + boundMs(), each, done);
    if (!done()) fail("L1", `no leader in ${Math.round(boundMs())} ms`, cluster);
    return world.nowMs - begunMs;
  }

  /** Until enough of them have answered. */
  function writeThrough(
    some: readonly SimNode[],
    isEnough: (answered: ReadonlySet<SimNode>) => boolean,
  ): void {
    writes++;
    const answered = new Set<SimNode>();
    const untilMs = world.nowMs + WRITE_MS;
    for (const node of some) {
      const requestId = `last-${writes}-${node.id}`;
      const command = { type: "SetTarget", room: "lobby", player: "last", value: 1 } as const;
      const write = (): void => {
        node.running?.node.submit({ ...command, requestId }, 1000, (outcome) => {
          if (outcome.ok) answered.add(node);
          else if (world.nowMs < untilMs) world.after(100, write);
        });
      };
      write();
    }
    world.run(untilMs, each, () => isEnough(answered));
    if (isEnough(answered)) return;
    const unanswered = some.filter((node) => !answered.has(node)).map(({ id }) => id);
    fail("L2", `no write through ${unanswered.join(" ")}`, cluster);
  }

  /** Counts the leaderships that the core goes through; each of the others may cost it one. */
  function watch(core: readonly SimNode[], invariant: "L3" | "L5"): void {
    // A node that uses its counters up gives its leadership away on its own.
    const mayHandOver = nodes.some(({ limits }) => limits.counterMax < 1_000_000);
    const leaderships = new Set<number>();
    world.run(world.nowMs + WATCHED_MS, () => {
      for (const node of cluster.touched) {
        const role = node.running?.node.core.role;
        if (role?.kind !== "LOOKING" && role?.phase === "BROADCAST" && core.includes(node)) {
          leaderships.add(role.epoch);
        }
      }
      each();
    });
    if (!mayHandOver && leaderships.size > 2 + nodes.length - core.length) {
      fail(invariant, `the epochs ${[...leaderships].join(" ")} in ${WATCHED_MS} ms`, cluster);
    }
  }

  /** Often nothing is left of a leadership by then; else a new one must come about, too. */
  function shake(): void {
    if (prng.chance(0.5)) return;
    nodes.forEach(({ id }, index) => {
      for (const other of nodes.slice(index + 1)) network.reset(id, other.id);
    });
  }

  /** Cuts that share of the links between core and outsiders. */
  function setApart(core: readonly SimNode[], outsiders: readonly SimNode[], share: number): void {
    for (const outsider of outsiders) {
      for (const { id } of core) {
        if (!prng.chance(share)) continue;
        network.cut(id, outsider.id);
        network.cut(outsider.id, id);
      }
    }
  }

  /** Leaves each outsider one link, to one of the core. */
  function hang(core: readonly SimNode[], outsiders: readonly SimNode[]): void {
    for (const outsider of outsiders) {
      const kept = prng.pick(core);
      for (const other of nodes) {
        if (other === outsider || other === kept) continue;
        network.cut(other.id, outsider.id);
        network.cut(outsider.id, other.id);
      }
    }
  }

  function convergeCore(): number {
    const counted = nodes.filter(({ platter }) => isSafe(platter));
    if (counted.length < config.quorum) return 0;
    const order = shuffled(prng, counted.length).flatMap((index) => counted[index] ?? []);
    const core = order.slice(0, prng.int(config.quorum, counted.length));
    const outsiders = nodes.filter((node) => !core.includes(node));
    nemesis.heal(core);
    if (profile.outsiders === "flapping") network.healAll();
    else if (profile.outsiders === "hanging") hang(core, outsiders);
    else setApart(core, outsiders, profile.outsiders === "apart" ? 1 : 0.5);
    shake();
    const recoveryMs = agree(core);
    writeThrough(core, (answered) => {
      const leader = leaderOf(cluster, core);
      return core.every((node) => answered.has(node) || isCutOff(cluster, core, node, leader));
    });
    let over = false;
    const flap = (node: SimNode): void => {
      if (over) return;
      if (node.running === undefined) cluster.start(node);
      else if (node.frozen) cluster.thaw(node);
      else if (prng.chance(0.5)) cluster.freeze(node);
      else cluster.crash(node);
      world.after(prng.exponential(300), () => flap(node));
    };
    if (profile.outsiders === "flapping") outsiders.forEach(flap);
    watch(core, "L3");
    over = true;
    return recoveryMs;
  }

  function convergeWithDeadLink(): number {
    nemesis.heal(nodes);
    const recoveryMs = agree(nodes);
    // One without a vote and one without a link would be two too many for three.
    const counted = (): boolean => nodes.every(({ platter }) => isSafe(platter));
    world.run(world.nowMs + WRITE_MS, each, counted);
    if (!counted()) fail("L4", "an emptied node was not admitted", cluster);
    const order = shuffled(prng, nodes.length).flatMap((index) => nodes[index] ?? []);
    const one = (prng.chance(0.5) ? leaderOf(cluster, nodes) : undefined) ?? order[0];
    const other = order.find((node) => node !== one);
    if (one === undefined || other === undefined || nodes.length < 3) return recoveryMs;
    network.cut(one.id, other.id);
    network.cut(other.id, one.id);
    watch(nodes, "L5");
    // Whoever has lost the leader by it need not be served.
    writeThrough(nodes, (answered) => answered.size >= config.quorum);
    return recoveryMs;
  }

  /** What is left of the faults ends for all. */
  function convergeAll(): number {
    nemesis.heal(nodes);
    if (profile.healing === "all") shake();
    const recoveryMs = agree(nodes);
    writeThrough(nodes, (answered) => answered.size === nodes.length);
    return recoveryMs;
  }

  switch (profile.healing) {
    case "all":
      return convergeAll();
    case "core":
      return Math.max(convergeCore(), convergeAll());
    case "deadLink":
      return Math.max(convergeWithDeadLink(), convergeAll());
    default:
      throw new Error(`unknown healing ${JSON.stringify(profile.healing satisfies never)}`);
  }
}

/** L2, once the clients are gone: everybody is at the same place and owes nobody an answer. */
export function checkQuiet(cluster: SimCluster): void {
  const places = new Set<bigint>();
  for (const { id, running } of cluster.nodes) {
    if (running === undefined) fail("L4", `${id} is down`, cluster);
    const { commitZxid, appliedZxid, outstanding } = running.node.status();
    places.add(commitZxid).add(appliedZxid);
    if (outstanding > 0) fail("L2", `${id} owes ${outstanding} answers`, cluster);
  }
  if (places.size > 1) fail("L2", "not all at the same place", cluster);
}

/** Whether it serves under this leader. */
function isLedBy({ running }: SimNode, leader: SimNode): boolean {
  const role = running?.node.core.role;
  if (role === undefined || role.kind === "LOOKING" || role.phase !== "BROADCAST") return false;
  return role.kind === "LEADING" ? running === leader.running : role.leader === leader.id;
}

/** The leader that a quorum and all of these follow, if there is one; not those who cannot. */
function leaderOf(cluster: SimCluster, core: readonly SimNode[]): SimNode | undefined {
  const { nodes, config } = cluster;
  return nodes.find((leader) => {
    const led = nodes.filter((node) => isLedBy(node, leader));
    if (!led.includes(leader) || led.length < config.quorum) return false;
    return core.every((node) => led.includes(node) || isCutOff(cluster, core, node, leader));
  });
}

/** A leader may be none of the core, and its link to some who are lost, or too slow. */
function isCutOff(
  { network }: SimCluster,
  core: readonly SimNode[],
  node: SimNode,
  leader: SimNode | undefined,
): boolean {
  if (leader === undefined || leader === node || core.includes(leader)) return false;
  const [there, back] = [network.pipe(node.id, leader.id), network.pipe(leader.id, node.id)];
  const isSlow = there.slowness > 1 || back.slowness > 1;
  return isSlow || !network.isPassable(node.id, leader.id);
}

function fail(invariant: string, what: string, cluster: SimCluster): never {
  const standing = cluster.nodes.map(({ id, running, frozen }) => {
    const core = running?.node.core;
    if (core === undefined) return `${id} down`;
    const { role } = core;
    const phase = role.kind === "LOOKING" ? `for ${role.vote.leader}` : role.phase;
    return `${id} ${frozen ? "frozen " : ""}${role.kind} ${phase} ${core.commit}`;
  });
  throw new Violation("Liveness", `${invariant}: ${what}: ${standing.join(", ")}`);
}
