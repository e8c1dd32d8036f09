/** Clusters as the ring's tests need them: who is up, who leads, which links are cut. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { NodeStatusSchema, Phase, Role } from "../../gen/zabble/v1/cluster_pb.js";

/** The time of all of it. */
export const NOW_MS = 1_700_000_000_000;

export interface RingClusterOptions {
  readonly count?: number;
  /** The number of the leader, from 1; 0 for none. */
  readonly leader?: number;
  /** Numbers of the nodes that are down. */
  readonly down?: readonly number[];
  /** The first of each pair does not list the second. */
  readonly cuts?: readonly (readonly [number, number])[];
  /** The first of each pair was told to cut its link to the second, which `connected` hides. */
  readonly cutsOnPurpose?: readonly (readonly [number, number])[];
  /** Nobody is reached; every node was last heard from so long ago. */
  readonly silentMs?: number;
  /** What differs in the status of one node. */
  readonly status?: Readonly<Record<number, MessageInitShape<typeof NodeStatusSchema>>>;
  readonly lag?: Readonly<Record<number, number | undefined>>;
}

/** node1 leads epoch 7 since 125 s; whoever is down is so since 12 s. */
export function ringCluster(options: RingClusterOptions = {}): ClusterModel {
  const { count = 5, leader = 1, down = [], cuts = [], status = {}, lag = {} } = options;
  const { cutsOnPurpose = [], silentMs } = options;
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const nodes = numbers.map((number): NodeView => {
    const isDown = down.includes(number);
    const connected = numbers.filter((other) => {
      const isCut = cuts.some(([one, two]) => one === number && two === other);
      return other !== number && !down.includes(other) && !isCut;
    });
    return {
      nodeId: `node${number}`,
      address: `127.0.0.1:${7100 + number}`,
      state: silentMs !== undefined ? "unknown" : isDown ? "down" : "up",
      saidAtMs: NOW_MS - (silentMs ?? 0),
      downSinceMs: isDown ? NOW_MS - 12_000 : undefined,
      lag: number in lag ? lag[number] : 0,
      rates: [],
      status: create(NodeStatusSchema, {
        nodeId: `node${number}`,
        role: number === leader ? Role.LEADING : leader === 0 ? Role.LOOKING : Role.FOLLOWING,
        phase: leader === 0 ? Phase.ELECTION : Phase.BROADCAST,
        leaderId: leader === 0 ? "" : `node${leader}`,
        epoch: 7,
        connected: connected.map((other) => `node${other}`),
        cut: cutsOnPurpose.filter(([one]) => one === number).map(([, other]) => `node${other}`),
        ...status[number],
      }),
    };
  });
  return {
    nodes,
    quorum: Math.floor(count / 2) + 1,
    leader:
      leader === 0 ? undefined : { nodeId: `node${leader}`, epoch: 7, sinceMs: NOW_MS - 125_000 },
    seenFrom: silentMs === undefined ? "http://127.0.0.1:8080" : "",
    admin: true,
    polledAtMs: NOW_MS,
  };
}

/** The node with that number, from 1. */
export function nodeOf({ nodes }: ClusterModel, number: number): NodeView {
  const node = nodes[number - 1];
  if (node === undefined) throw new Error(`there is no node ${number}`);
  return node;
}
