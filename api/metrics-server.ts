/** The facts among a server's metrics: how its replica stands, who watches, who was refused. */

import { counterOf, epochOf } from "../game/zxid.js";
import { Phase, Role } from "../gen/zabble/v1/cluster_pb.js";
import type { MetricSource, Reading } from "./metric-source.js";
import type { Replica } from "./replica.js";
import type { TraceService } from "./trace-stream.js";
import type { WatchService } from "./watch.js";

export interface ServerFacts {
  readonly replica: Pick<Replica, "nodeId" | "status">;
  readonly watching: Pick<WatchService, "watchers" | "handed">;
  readonly trace: Pick<TraceService, "watchers">;
  /** What was turned away before it was a call, by why. */
  readonly refused: Readonly<Record<string, number>>;
}

export function serverMetrics(facts: ServerFacts): readonly MetricSource[] {
  const { replica, watching, trace, refused } = facts;
  const { status } = replica;
  return [
    {
      name: "zabble_info",
      help: "Always 1; its label says which node this is, or that it is a gateway.",
      type: "gauge",
      labelNames: ["node"],
      read: () => [{ labels: { node: replica.nodeId }, value: 1 }],
    },
    {
      name: "zabble_applied_transactions_total",
      help: "Committed transactions applied since the process started.",
      type: "counter",
      read: () => Number(status().appliedCount),
    },
    {
      name: "zabble_commit_epoch",
      help: "The epoch of the newest transaction known to be committed.",
      type: "gauge",
      read: () => epochOf(status().commitZxid),
    },
    {
      name: "zabble_commit_counter",
      help: "The place in its epoch of the newest transaction known to be committed.",
      type: "gauge",
      read: () => counterOf(status().commitZxid),
    },
    {
      name: "zabble_role",
      help: "1 for the role that it has, 0 for the others.",
      type: "gauge",
      labelNames: ["role"],
      read: () => oneOf("role", ROLES, status().role),
    },
    {
      name: "zabble_phase",
      help: "1 for the phase of the protocol that it is in, 0 for the others.",
      type: "gauge",
      labelNames: ["phase"],
      read: () => oneOf("phase", PHASES, status().phase),
    },
    {
      name: "zabble_leader",
      help: "1 for the node that it takes for the leader; no value while it knows none.",
      type: "gauge",
      labelNames: ["leader"],
      read: () => {
        const { leaderId } = status();
        return leaderId === "" ? [] : [{ labels: { leader: leaderId }, value: 1 }];
      },
    },
    {
      name: "zabble_connected_peers",
      help: "Nodes that it has a live link to.",
      type: "gauge",
      read: () => status().connected.length,
    },
    {
      name: "zabble_outstanding_commands",
      help: "Commands taken and not yet answered.",
      type: "gauge",
      read: () => status().outstanding,
    },
    {
      name: "zabble_watchers",
      help: "Open watches: of committed events, and of what the protocol does.",
      type: "gauge",
      labelNames: ["kind"],
      read: () => [
        { labels: { kind: "events" }, value: watching.watchers() },
        { labels: { kind: "trace" }, value: trace.watchers() },
      ],
    },
    {
      name: "zabble_watch_messages_total",
      help: "Messages that watchers took, statuses and snapshots too.",
      type: "counter",
      read: () => watching.handed().messages,
    },
    {
      name: "zabble_watch_transactions_total",
      help: "Transactions offered to watchers, once for each of them.",
      type: "counter",
      read: () => watching.handed().transactions,
    },
    {
      name: "zabble_refused_requests_total",
      help: "Connections and requests turned away before they were calls, by why.",
      type: "counter",
      labelNames: ["kind"],
      read: () => Object.entries(refused).map(([kind, value]) => ({ labels: { kind }, value })),
    },
  ];
}

const ROLES: ReadonlyMap<Role, string> = new Map([
  [Role.LOOKING, "looking"],
  [Role.FOLLOWING, "following"],
  [Role.LEADING, "leading"],
]);

const PHASES: ReadonlyMap<Phase, string> = new Map([
  [Phase.ELECTION, "election"],
  [Phase.DISCOVERY, "discovery"],
  [Phase.SYNCHRONIZATION, "synchronization"],
  [Phase.BROADCAST, "broadcast"],
]);

function oneOf<T>(label: string, names: ReadonlyMap<T, string>, now: T): Reading[] {
  return [...names].map(([value, name]) => ({
    labels: { [label]: name },
    value: value === now ? 1 : 0,
  }));
}
