/**
 * Asks again and again how the nodes stand: one server for all of them and, where the client can
 * reach them, every node for itself. What the answers mean is cluster-model.ts's business.
 */
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { callWithin } from "./call-within.js";
import type { Clock } from "./clock.js";
import type { ClusterPoll, NodeWord } from "./cluster-model.js";
import { createServerRing } from "./server-ring.js";

/** A frozen node takes calls and never answers. */
const NODE_ANSWERS_WITHIN_MS = 400;
/** Behind a gateway it is not a node that is late, and nobody else can be asked. */
const GATEWAY_ANSWERS_WITHIN_MS = 2000;

export interface ClusterPollOptions {
  /** Base addresses; at least one. The one that answered last is asked first. */
  readonly servers: readonly string[];
  /** Called once per server and kept. */
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  /** The base address for the host:port that a node has for clients. */
  readonly serverOf: (address: string) => string;
  /** False: nodes are not asked themselves, as from a page behind a gateway. */
  readonly direct: boolean;
  /** From the start of one poll to the start of the next. */
  readonly everyMs: number;
  /** How long each call may take; by default 400 ms, and 2 s where nodes are not asked. */
  readonly answerWithinMs?: number;
  readonly onPoll: (poll: ClusterPoll) => void;
  /** Ends it, calls under way too. */
  readonly signal: AbortSignal;
}

export interface ClusterPoller {
  /** Polls at once; while a poll is under way, once more after it, however often it was asked. */
  pollNow(): void;
  /** Resolves after `signal` aborted. Rejects only with what `onPoll` threw. */
  readonly ended: Promise<void>;
}

/** Begins at once. Throws if `servers` is empty. */
export function createClusterPoll(options: ClusterPollOptions): ClusterPoller {
  const { clock, signal } = options;
  const answerWithinMs =
    options.answerWithinMs ?? (options.direct ? NODE_ANSWERS_WITHIN_MS : GATEWAY_ANSWERS_WITHIN_MS);
  const ring = createServerRing(options.servers);
  const clients = new Map<string, Client<typeof ClusterService>>();
  /** Of all nodes, by the last answer that told of them. */
  let addresses: readonly string[] = [];
  let isWanted = false;
  let pause = new AbortController();

  function clientOf(server: string): Client<typeof ClusterService> {
    const known = clients.get(server);
    if (known !== undefined) return known;
    const made = createClient(ClusterService, options.transport(server));
    clients.set(server, made);
    return made;
  }

  async function askForAll(): Promise<ClusterPoll["seen"]> {
    for (let tried = 0; tried < ring.size && !signal.aborted; tried++) {
      const server = ring.current();
      const ask = (stop: AbortSignal) => clientOf(server).getCluster({}, { signal: stop });
      const end = await callWithin(clock, answerWithinMs, ask, signal);
      if (end.ok) return { server, cluster: end.value, atMs: clock.now() };
      ring.leave(server);
    }
    return undefined;
  }

  async function askNode(address: string, words: Map<string, NodeWord>): Promise<void> {
    const server = options.serverOf(address);
    const ask = (stop: AbortSignal) => clientOf(server).getStatus({}, { signal: stop });
    const end = await callWithin(clock, answerWithinMs, ask, signal);
    const status = end.ok ? end.value.status : undefined;
    if (status !== undefined) words.set(status.nodeId, { status, atMs: clock.now() });
  }

  async function poll(): Promise<ClusterPoll> {
    const words = new Map<string, NodeWord>();
    const asked = new Map<string, Promise<void>>();
    function askNodes(): void {
      for (const address of options.direct ? addresses : []) {
        if (!asked.has(address)) asked.set(address, askNode(address, words));
      }
    }
    askNodes();
    const seen = await askForAll();
    if (seen !== undefined) addresses = seen.cluster.nodes.map(({ address }) => address);
    // Those that were not known before, at the first poll all of them.
    askNodes();
    await Promise.all(asked.values());
    return { atMs: clock.now(), seen, words };
  }

  async function pollOn(): Promise<void> {
    while (!signal.aborted) {
      const startMs = clock.now();
      isWanted = false;
      const answers = await poll();
      if (signal.aborted) return;
      options.onPoll(answers);
      pause = new AbortController();
      if (isWanted || signal.aborted) continue;
      await clock.sleep(Math.max(0, startMs + options.everyMs - clock.now()), pause.signal);
    }
  }

  signal.addEventListener("abort", () => pause.abort(), { once: true });
  return {
    pollNow() {
      isWanted = true;
      pause.abort();
    },
    ended: pollOn(),
  };
}
