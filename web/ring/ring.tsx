/**
 * The cluster as a live picture: nodes on a ring, the leader crowned, sparks for what really
 * happens between them. Nodes stay in their places. The picture is drawn; what counts for people
 * who do not see it are the buttons over it and the sentence that names the whole.
 */
import { useMemo, useRef } from "preact/hooks";
import { type ClusterModel, isUnheard } from "../../client/cluster-model.js";
import { age } from "../../client/durations.js";
import { EdgeFigure, NodeFigure } from "./node-figure.js";
import { clusterSentence, nodeLabel, unheardFor } from "./node-sentence.js";
import { linksOf } from "./node-standing.js";
import {
  isEdgeDrawn,
  MIDDLE,
  type NodePlace,
  placesOf,
  RING_HEIGHT,
  RING_WIDTH,
} from "./ring-layout.js";
import { RingLegend } from "./ring-legend.js";
import type { TraceSource } from "./trace-source.js";
import { useFlights } from "./use-flights.js";
import { useReducedMotion } from "./use-reduced-motion.js";

export interface RingProps {
  readonly cluster: ClusterModel | undefined;
  readonly selected: string | undefined;
  /** Undefined: the chosen node was chosen once more. */
  readonly onSelect: (nodeId: string | undefined) => void;
  readonly trace: TraceSource;
  /** Who led at the past moment that the page shows; undefined while it shows the present. */
  readonly past: { readonly leaderId: string; readonly epoch: number } | undefined;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
}

export function Ring({ cluster, selected, onSelect, trace, past, nowMs }: RingProps) {
  const ids = cluster?.nodes.map(({ nodeId }) => nodeId).join(" ") ?? "";
  const places = useMemo(() => placesOf(ids === "" ? [] : ids.split(" ")), [ids]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const still = useReducedMotion();
  const { told, lit } = useFlights({ trace, cluster, places, canvas, still });
  // Where nobody is heard, no commit heard of does not mean that there was none.
  const isSilent = cluster !== undefined && isUnheard(cluster);
  const byId = new Map(places.map((place) => [place.nodeId, place]));
  return (
    <div class={`ring ${past === undefined ? "" : "is-beside-past"}`}>
      {past !== undefined && (
        <p class="ring-past">
          <strong>now</strong> {pastWords(past)}
        </p>
      )}
      <div class="ring-room">
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for inputs */}
        <div class="ring-stage" role="group" aria-label={clusterSentence(cluster, nowMs)}>
          <svg viewBox={`0 0 ${RING_WIDTH} ${RING_HEIGHT}`} aria-hidden="true">
            {cluster !== undefined && <Edges cluster={cluster} byId={byId} lit={lit} />}
            <Middle cluster={cluster} nowMs={nowMs} />
            {cluster?.nodes.map((node) => {
              const place = byId.get(node.nodeId);
              if (place === undefined) return null;
              const chosen = selected === node.nodeId;
              return (
                <NodeFigure key={node.nodeId} {...{ node, cluster, place, selected: chosen }} />
              );
            })}
          </svg>
          <div class="ring-sparks" aria-hidden="true">
            <canvas ref={canvas} />
          </div>
          {cluster?.nodes.map((node) => {
            const place = byId.get(node.nodeId);
            if (place === undefined) return null;
            const chosen = selected === node.nodeId;
            return (
              <button
                key={node.nodeId}
                type="button"
                class="ring-button"
                aria-label={nodeLabel(node, cluster)}
                aria-pressed={chosen}
                style={buttonStyle(place)}
                onClick={() => onSelect(chosen ? undefined : node.nodeId)}
              />
            );
          })}
        </div>
      </div>
      {!still && <RingLegend />}
      <p class="ring-told">{isSilent ? "" : told}</p>
    </div>
  );
}

interface EdgesProps {
  readonly cluster: ClusterModel;
  readonly byId: ReadonlyMap<string, NodePlace>;
  readonly lit: string | undefined;
}

function Edges({ cluster, byId, lit }: EdgesProps) {
  const leaderId = cluster.leader?.nodeId;
  return linksOf(cluster).map((link) => {
    const one = byId.get(link.one.nodeId);
    const other = byId.get(link.other.nodeId);
    if (one === undefined || other === undefined) return null;
    const has = (nodeId: string | undefined) => nodeId === one.nodeId || nodeId === other.nodeId;
    const ofLeader = has(leaderId);
    const isBroken = link.state === "broken" || link.state === "cut";
    if (!isEdgeDrawn(cluster.nodes.length, ofLeader, isBroken)) return null;
    const key = `${one.nodeId} ${other.nodeId}`;
    return <EdgeFigure key={key} {...{ link, one, other, ofLeader, lit: has(lit) }} />;
  });
}

interface MiddleProps {
  readonly cluster: ClusterModel | undefined;
  readonly nowMs: number;
}

function Middle({ cluster, nowMs }: MiddleProps) {
  const { x, y, rx, ry } = MIDDLE;
  if (cluster === undefined || cluster.nodes.length === 0) return null;
  const { kind, title, below } = middleWords(cluster, nowMs);
  return (
    <g>
      <radialGradient id="ring-middle">
        <stop class="ring-plate" offset="70%" />
        <stop class="ring-plate is-clear" offset="100%" />
      </radialGradient>
      <ellipse fill="url(#ring-middle)" cx={x} cy={y} rx={rx + 12} ry={ry + 8} />
      <text class={`ring-epoch ${kind}`} x={x} y={y + 4}>
        {title}
      </text>
      <text class="ring-reign" x={x} y={y + 21}>
        {below}
      </text>
    </g>
  );
}

function middleWords(cluster: ClusterModel, nowMs: number) {
  const { leader } = cluster;
  if (isUnheard(cluster)) {
    const silentFor = unheardFor(cluster.nodes, nowMs);
    const below = silentFor === undefined ? "" : `for ${silentFor}`;
    return { kind: "is-unheard", title: "not heard from", below };
  }
  if (leader === undefined) return { kind: "is-none", title: "no leader", below: "" };
  const below = `for ${age(nowMs - leader.sinceMs)}`;
  return { kind: "", title: `epoch ${leader.epoch}`, below };
}

function pastWords({ leaderId, epoch }: { readonly leaderId: string; readonly epoch: number }) {
  return leaderId === ""
    ? "Nodes have no past: this is the present."
    : `Nodes have no past: then, ${leaderId} led epoch ${epoch}.`;
}

/** Over the node's circle, in shares of the stage. */
function buttonStyle({ x, y, r }: NodePlace) {
  return {
    left: `${((x - r) / RING_WIDTH) * 100}%`,
    top: `${((y - r) / RING_HEIGHT) * 100}%`,
    width: `${((2 * r) / RING_WIDTH) * 100}%`,
    height: `${((2 * r) / RING_HEIGHT) * 100}%`,
  };
}
