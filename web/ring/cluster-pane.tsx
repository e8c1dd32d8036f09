/** The cluster on the page: a sentence, the ring, and below it all nodes or the chosen one. */
import { useRef } from "preact/hooks";
import type { BreakWish } from "../../client/break-cluster.js";
import { type Session, shownProjection } from "../../client/session-model.js";
import { NodeCard } from "./node-card.js";
import { clusterSentence } from "./node-sentence.js";
import { NodeTable } from "./node-table.js";
import { Ring } from "./ring.js";
import type { TraceSource } from "./trace-source.js";

export interface ClusterPaneProps {
  readonly session: Session;
  /** The chosen node. */
  readonly selected: string | undefined;
  readonly onSelect: (nodeId: string | undefined) => void;
  readonly onBreak: (wish: BreakWish) => void;
  readonly trace: TraceSource;
  /** Milliseconds since 1970; the pane is drawn anew at least once a second. */
  readonly nowMs: number;
}

export function ClusterPane(props: ClusterPaneProps) {
  const { session, selected, onSelect, onBreak, trace, nowMs } = props;
  const { cluster } = session;
  const node = cluster?.nodes.find(({ nodeId }) => nodeId === selected);
  const pane = useRef<HTMLElement>(null);
  const close = (): void => {
    // The card goes with the button: the keyboard goes on at the node itself.
    pane.current?.querySelector<HTMLElement>(".ring-button[aria-pressed=true]")?.focus();
    onSelect(undefined);
  };
  return (
    <section class="card cluster-pane" ref={pane} aria-labelledby="cluster-title">
      <h2 id="cluster-title">Cluster</h2>
      <p class="cluster-sentence">{clusterSentence(cluster, nowMs)}</p>
      <Ring
        {...{ cluster, onSelect, trace, nowMs }}
        selected={node?.nodeId}
        past={pastOf(session)}
      />
      <div class="cluster-below">
        {cluster !== undefined && node === undefined && (
          <NodeTable {...{ cluster, onSelect, nowMs }} />
        )}
        {cluster !== undefined && node !== undefined && (
          <NodeCard {...{ node, cluster, session, nowMs, onBreak }} onClose={close} />
        )}
      </div>
    </section>
  );
}

function pastOf(session: Session): { leaderId: string; epoch: number } | undefined {
  if (session.past === undefined) return undefined;
  const leader = shownProjection(session)?.leader;
  return { leaderId: leader?.nodeId ?? "", epoch: leader?.epoch ?? 0 };
}
