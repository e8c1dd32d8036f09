/**
 * A real cluster of three processes with a gateway in front, once for all cases of a file, and the
 * two places where each case is tried: whatever a node serves, the gateway must serve as well.
 */
import type { TestContext } from "node:test";
import { startCluster, type TestCluster } from "../cluster/cluster.testing.js";
import type { ConfigOverrides } from "../cluster/cluster-config.testing.js";
import { eventually } from "../cluster/eventually.testing.js";
import { openGateway } from "../cluster/gateway.testing.js";
import type { TestNode } from "../cluster/node-process.testing.js";

export interface Place {
  readonly name: "the gateway" | "a follower";
  /** Base address, e.g. "http://127.0.0.1:7102". */
  readonly url: string;
}

export interface Places {
  readonly cluster: TestCluster;
  readonly leader: TestNode;
  readonly follower: TestNode;
  readonly gateway: Place;
  readonly all: readonly Place[];
}

/** What is tried in a place. */
export type Case = (test: TestContext, place: Place) => Promise<void>;

/** Far above what a case takes; one that hangs is named in the report. */
const CASE_LIMIT_MS = 15_000;

/** Starts all of it, and ends it when the test is over. */
export async function startPlaces(
  test: TestContext,
  overrides: ConfigOverrides = {},
): Promise<Places> {
  const cluster = await startCluster(test, { nodes: 3, overrides });
  await cluster.settled();
  const leader = cluster.node((await cluster.leader()).nodeId);
  const [follower] = cluster.others(leader.id);
  if (follower === undefined) throw new Error("three nodes have a follower");
  const { gateway: opened, url } = await openGateway(test, cluster);
  await eventually("the gateway to hold a state", () => opened.replica.isReady() || undefined);
  const gateway: Place = { name: "the gateway", url };
  const all: readonly Place[] = [gateway, { name: "a follower", url: follower.url }];
  return { cluster, leader, follower, gateway, all };
}

/** Tries every case in every place. */
export async function inEachPlace(
  test: TestContext,
  { all }: Places,
  cases: Readonly<Record<string, Case>>,
): Promise<void> {
  for (const place of all) {
    for (const [what, run] of Object.entries(cases)) {
      const name = `${what}: ${place.name}`;
      await test.test(name, { timeout: CASE_LIMIT_MS }, (each) => run(each, place));
    }
  }
}

let rooms = 0;

/** The name of a room that no other case plays in. */
export function newRoom(): string {
  rooms += 1;
  return `room-${rooms}`;
}
