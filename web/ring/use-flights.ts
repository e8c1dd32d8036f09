/** Joins the trace to the canvas; without motion, to words and to the leader's edges. */
import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ClusterModel } from "../../client/cluster-model.js";
import { createFlights, type Scene } from "./flights.js";
import { linkedTo } from "./node-standing.js";
import { paintDrawn } from "./paint-sparks.js";
import { type NodePlace, RING_WIDTH } from "./ring-layout.js";
import { createSparkLoop, type SparkLoop } from "./spark-loop.js";
import { createThemePalette, type ThemePalette } from "./theme-palette.js";
import { countsInWords } from "./trace-counts.js";
import type { TraceSource } from "./trace-source.js";

const TELL_EVERY_MS = 500;
/** How long edges stay lit after a proposal, where nothing may move. */
const LIT_MS = 700;

export interface UseFlightsOptions {
  readonly trace: TraceSource;
  readonly cluster: ClusterModel | undefined;
  readonly places: readonly NodePlace[];
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  /** Nothing may move. */
  readonly still: boolean;
}

export interface SeenFlights {
  /** How much of what happens is drawn, or what happened. */
  readonly told: string;
  /** The leader whose edges are lit; undefined most of the time. */
  readonly lit: string | undefined;
}

export function useFlights(options: UseFlightsOptions): SeenFlights {
  const { trace, canvas, still } = options;
  const [flights] = useState(createFlights);
  const [told, setTold] = useState("");
  const [lit, setLit] = useState<string | undefined>(undefined);
  const now = useRef(options);
  now.current = options;

  useEffect(() => {
    let loop: SparkLoop | undefined;
    let palette: ThemePalette | undefined;
    if (canvas.current !== null && !still) {
      const colours = createThemePalette(canvas.current, () => loop?.wake());
      palette = colours;
      loop = createSparkLoop({
        canvas: canvas.current,
        width: RING_WIDTH,
        draw(context, nowMs) {
          const places = new Map(now.current.places.map((place) => [place.nodeId, place]));
          paintDrawn(context, flights.drawnAt(nowMs), places, colours.current());
          return flights.isMoving(nowMs);
        },
      });
    }
    let dimming: number | undefined;
    const stop = trace.listen((events, dropped) => {
      const { cluster } = now.current;
      if (cluster === undefined) return;
      const nowMs = performance.now();
      flights.take(events, dropped, sceneOf(cluster), nowMs);
      if (flights.isMoving(nowMs)) loop?.wake();
      const proposal = still ? events.find(({ kind }) => kind === "PROPOSE") : undefined;
      if (proposal === undefined) return;
      setLit(proposal.nodeId);
      window.clearTimeout(dimming);
      dimming = window.setTimeout(() => setLit(undefined), LIT_MS);
    });
    const tell = (): void => {
      const nowMs = performance.now();
      setTold(still ? countsInWords(flights.counts(nowMs)) : flights.told(nowMs));
    };
    tell();
    const telling = window.setInterval(tell, TELL_EVERY_MS);
    return () => {
      stop();
      loop?.stop();
      palette?.stop();
      window.clearInterval(telling);
      window.clearTimeout(dimming);
      setLit(undefined);
    };
  }, [trace, still, flights, canvas]);

  return { told, lit };
}

function sceneOf(cluster: ClusterModel): Scene {
  return {
    nodeIds: new Set(cluster.nodes.map(({ nodeId }) => nodeId)),
    quorum: cluster.quorum,
    followersOf(nodeId) {
      const node = cluster.nodes.find((one) => one.nodeId === nodeId);
      return node === undefined ? [] : linkedTo(node, cluster);
    },
  };
}
