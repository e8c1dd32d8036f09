/** One node: what it does in a sentence, what can be done to it, how it stands, its newest log. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { BreakWish } from "../../client/break-cluster.js";
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { duration } from "../../client/durations.js";
import type { Session } from "../../client/session-model.js";
import { shortWords } from "../../client/shown-events.js";
import { phaseInWords, roleInWords, rolePlayedInWords } from "../../client/status-words.js";
import { formatZxid } from "../../game/zxid.js";
import type { NodeStatus } from "../../gen/zabble/v1/cluster_pb.js";
import { NodeControls } from "./node-controls.js";
import { nodeSentence, rateInWords } from "./node-sentence.js";
import { tailUpTo } from "./node-tail.js";
import { SparkLine } from "./spark-line.js";

const TAIL_LENGTH = 5;

export interface NodeCardProps {
  readonly node: NodeView;
  readonly cluster: ClusterModel;
  readonly session: Session;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly onBreak: (wish: BreakWish) => void;
  readonly onClose: () => void;
}

export function NodeCard({ node, cluster, session, nowMs, onBreak, onClose }: NodeCardProps) {
  const { nodeId, status } = node;
  const card = useRef<HTMLElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const close = useRef<HTMLButtonElement>(null);
  // Before this drawing takes anything away. Controls vanish when what they do is done.
  const hadFocus = card.current?.contains(document.activeElement) === true;
  useLayoutEffect(() => {
    if (hadFocus && document.activeElement === document.body) title.current?.focus();
  });
  // The row that was used to come here is gone, and the keyboard's place with it.
  useEffect(() => {
    if (document.activeElement === document.body) close.current?.focus();
  }, []);
  return (
    <section class="node-card" ref={card} aria-labelledby="node-card-title">
      <header>
        <h3 id="node-card-title" ref={title} tabIndex={-1}>
          {nodeId}
        </h3>
        <span class="node-address">{node.address}</span>
        <button type="button" ref={close} aria-label={`Close ${nodeId}`} onClick={onClose}>
          ×
        </button>
      </header>
      <p class="node-sentence">{nodeSentence(node, cluster, nowMs)}.</p>
      {cluster.admin && <NodeControls key={nodeId} {...{ node, cluster, onBreak }} />}
      {status !== undefined && <StatusList node={node} status={status} nowMs={nowMs} />}
      {status !== undefined && <LogTail session={session} status={status} />}
    </section>
  );
}

interface StatusListProps {
  readonly node: NodeView;
  readonly status: NodeStatus;
  readonly nowMs: number;
}

function StatusList({ node, status, nowMs }: StatusListProps) {
  const isUp = node.state === "up";
  const saidAgoMs = node.saidAtMs === undefined ? 0 : nowMs - node.saidAtMs;
  const rows: readonly (readonly [string, string])[] = [
    ["role", isUp ? rolePlayedInWords(status) : `was ${roleInWords(status.role)}`],
    ["phase", phaseInWords(status.phase)],
    ["epoch", String(status.epoch)],
    ["promised epoch", String(status.acceptedEpoch)],
    ["committed", formatZxid(status.commitZxid)],
    ["applied", formatZxid(status.appliedZxid)],
    ["last in log", formatZxid(status.lastZxid)],
    ["on disk", formatZxid(status.durableZxid)],
    ["snapshot", status.snapshotZxid === 0n ? "none" : formatZxid(status.snapshotZxid)],
    ["uptime", uptimeWords(node, status, saidAgoMs)],
    ["links", status.connected.length === 0 ? "none" : status.connected.join(" ")],
    ["cut on purpose", status.cut.length === 0 ? "none" : status.cut.join(" ")],
    ["outstanding", String(status.outstanding)],
  ];
  return (
    <dl class="node-status">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div>
        <dt>commits/s</dt>
        <dd class="node-rate">
          <SparkLine values={node.rates} most={Math.max(1, ...node.rates)} />
          {rateInWords(node)}
        </dd>
      </div>
    </dl>
  );
}

function uptimeWords({ state }: NodeView, { uptimeMs }: NodeStatus, saidAgoMs: number): string {
  if (state === "down") return "ended";
  return state === "up" ? duration(Number(uptimeMs) + saidAgoMs) : "unknown";
}

interface LogTailProps {
  readonly session: Session;
  readonly status: NodeStatus;
}

function LogTail({ session, status }: LogTailProps) {
  const tail = tailUpTo(session.live, status.commitZxid, TAIL_LENGTH);
  return (
    <div class="node-log">
      <h4>The end of its log</h4>
      {tail.length === 0 && <p>Nothing of it has been seen here.</p>}
      <ol>
        {tail.map(({ zxid, events }) => (
          <li key={String(zxid)}>
            <span class="node-log-zxid">{formatZxid(zxid)}</span>
            {events.map(shortWords).join("; ")}
          </li>
        ))}
      </ol>
    </div>
  );
}
