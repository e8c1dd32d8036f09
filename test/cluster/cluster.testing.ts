/**
 * A whole cluster of real processes on free ports and in a directory of its own, for the tests of
 * this folder and the failover bench. It starts, looks and waits; what a test does to the nodes it
 * does through node-process.testing.ts.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTransportPool, type TransportPool } from "../../client/h2-transport.js";
import { systemClock } from "../../client/system-clock.js";
import { createZabbleClient, type ZabbleClient } from "../../client/zabble-client.js";
import type { ClusterConfig } from "../../config/cluster-config.js";
import { type NodeStatus, Phase } from "../../gen/zabble/v1/cluster_pb.js";
import { prepareData, writeEffectiveConfig } from "../../nodes/launch-data.js";
import { planLaunch } from "../../nodes/launch-plan.js";
import { askStatus, establishedLeader } from "../../nodes/launch-ready.js";
import { type ConfigOverrides, testConfig } from "./cluster-config.testing.js";
import { eventually } from "./eventually.testing.js";
import { goesWithUs } from "./leftovers.testing.js";
import { createTestNode, type TestNode } from "./node-process.testing.js";

export const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));

export interface ClusterSetup {
  readonly nodes: number;
  /** What differs from the defaults; nothing of a log is thrown away unless it says so. */
  readonly overrides?: ConfigOverrides;
  /** Nodes that begin without any data, as if they had lost it: they must catch up first. */
  readonly blank?: readonly string[];
  /** Words before a node's command line, asked for at each of its starts. */
  readonly wrapper?: (nodeId: string) => readonly string[];
}

export interface TestCluster {
  readonly config: ClusterConfig;
  /** What all nodes read. */
  readonly configFile: string;
  readonly nodes: readonly TestNode[];
  /** Base addresses of all nodes, running or not. */
  readonly servers: readonly string[];
  node(id: string): TestNode;
  /** All nodes but these. */
  others(...ids: readonly string[]): readonly TestNode[];
  /** A client of this node alone. */
  client(id: string): ZabbleClient;
  /** What the node says of itself; undefined if it does not answer. */
  status(id: string): Promise<NodeStatus | undefined>;
  /** Waits for a status that fits. */
  awaitStatus(id: string, what: string, fits: (status: NodeStatus) => boolean): Promise<NodeStatus>;
  /** Waits until a quorum follows a leader of an epoch above `afterEpoch`. */
  leader(afterEpoch?: number): Promise<NodeStatus>;
  /** Waits until this node follows, or leads, in an epoch above `afterEpoch`. */
  rejoined(id: string, afterEpoch: number): Promise<NodeStatus>;
  /** Waits until every node runs and all have applied the same; resolves with the zxid. */
  settled(): Promise<bigint>;
  /** Lets go of every connection made here, so that nodes can end without being waited for. */
  disconnect(): void;
  /** Ends all and removes the directory. Throws if a node had ended by itself. */
  close(): Promise<void>;
}

/** Starts a cluster, waits for its leader, and ends it all when the test is over. */
export async function startCluster(
  test: { after(end: () => Promise<void>): void },
  setup: ClusterSetup,
): Promise<TestCluster> {
  const cluster = await openCluster(setup);
  test.after(() => cluster.close());
  await cluster.leader();
  return cluster;
}

/** Starts every node and returns at once; the caller must close it. */
export async function openCluster(setup: ClusterSetup): Promise<TestCluster> {
  const program = join(DIST, "node.js");
  if (!existsSync(program)) throw new Error(`There is no ${program}; run "node build.mjs" first.`);
  const dataDir = mkdtempSync(join(tmpdir(), "zabble-cluster-"));
  goesWithUs(dataDir);
  const config = await testConfig(setup.nodes, dataDir, setup.overrides);
  const plan = planLaunch(config, { node: program, gateway: join(DIST, "gateway.js") });
  const prepared = await prepareData(plan, false);
  if (!prepared.ok) throw new Error(prepared.problem);
  writeEffectiveConfig(plan);
  const nodes = plan.nodes.map((nodePlan) =>
    createTestNode(nodePlan, () => setup.wrapper?.(nodePlan.node.id) ?? []),
  );
  for (const node of nodes) if (setup.blank?.includes(node.id) === true) node.deleteData();
  for (const node of nodes) node.start();
  let pool: TransportPool | undefined;

  function node(id: string): TestNode {
    const found = nodes.find((candidate) => candidate.id === id);
    if (found === undefined) throw new Error(`there is no node ${id}`);
    return found;
  }

  async function status(id: string): Promise<NodeStatus | undefined> {
    const own = config.nodes.find((candidate) => candidate.id === id);
    const { pid, isFrozen } = node(id);
    // A frozen node would take a whole time-out to say nothing.
    if (own === undefined || pid() === undefined || isFrozen()) return undefined;
    return await askStatus(own);
  }

  async function statuses(): Promise<readonly NodeStatus[]> {
    const answers = await Promise.all(nodes.map(({ id }) => status(id)));
    return answers.filter((answer) => answer !== undefined);
  }

  function lastWords(): string {
    const ends = nodes.map(({ id, log }) => {
      const texts = log
        .lines()
        .slice(-4)
        .map((line) => `  ${line.text.slice(0, 300)}`);
      return `${id}:\n${texts.join("\n")}`;
    });
    return ends.join("\n");
  }

  function awaitStatus(
    id: string,
    what: string,
    fits: (status: NodeStatus) => boolean,
  ): Promise<NodeStatus> {
    const look = async () => {
      const answer = await status(id);
      return answer !== undefined && fits(answer) ? answer : undefined;
    };
    return eventually(`${id} to be ${what}`, look, { context: lastWords });
  }

  return {
    config,
    configFile: plan.configFile,
    nodes,
    servers: nodes.map(({ url }) => url),
    node,
    others: (...ids) => nodes.filter(({ id }) => !ids.includes(id)),
    client(id) {
      pool ??= createTransportPool();
      const { transport } = pool;
      const requestId = () => crypto.randomUUID();
      const servers = [node(id).url];
      return createZabbleClient({
        servers,
        transport,
        clock: systemClock,
        requestId,
        deadlineMs: 10_000,
      });
    },
    status,
    awaitStatus,
    rejoined: (id, afterEpoch) =>
      awaitStatus(id, `in an epoch above ${afterEpoch}`, ({ phase, epoch }) => {
        return phase === Phase.BROADCAST && epoch > afterEpoch;
      }),
    leader: (afterEpoch = 0) =>
      eventually(
        `a leader of an epoch above ${afterEpoch}`,
        async () => {
          const leader = establishedLeader(await statuses(), config.quorum);
          return leader !== undefined && leader.epoch > afterEpoch ? leader : undefined;
        },
        { context: lastWords },
      ),
    settled: () =>
      eventually("all nodes to have applied the same", async () => sameState(await statuses()), {
        context: lastWords,
      }),
    disconnect() {
      pool?.close();
      pool = undefined;
    },
    async close() {
      pool?.close();
      const surprises = nodes.filter((one) => one.unexpectedEnd() !== undefined);
      const words = surprises.map(({ id, unexpectedEnd, log }) => {
        const texts = log
          .lines()
          .slice(-10)
          .map((line) => line.text);
        return `${id} ended by itself, ${JSON.stringify(unexpectedEnd())}:\n${texts.join("\n")}`;
      });
      const running = nodes.filter((one) => one.pid() !== undefined);
      await Promise.all(running.map((one) => one.kill()));
      rmSync(dataDir, { recursive: true, force: true });
      if (words.length > 0) throw new Error(words.join("\n"));
    },
  };

  /** The zxid that every node has applied under one leader; undefined if they differ. */
  function sameState(all: readonly NodeStatus[]): bigint | undefined {
    const [first] = all;
    if (first === undefined || all.length < nodes.length) return undefined;
    const same = all.every(
      (one) =>
        one.phase === Phase.BROADCAST &&
        one.leaderId === first.leaderId &&
        one.outstanding === 0 &&
        [one.appliedZxid, one.lastZxid, one.durableZxid].every((z) => z === first.appliedZxid),
    );
    return same ? first.appliedZxid : undefined;
  }
}
