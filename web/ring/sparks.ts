/** What is drawn over the ring at one moment, by node id: where that is, the layout knows. */

/** A spark is under way so long. In truth it is a fraction of a millisecond. */
export const STAGE_MS = 350;

/** A shape for each kind, so that colour is not needed to tell them apart. */
export type SparkShape = "dot" | "ring" | "diamond" | "triangle" | "square";

export interface Spark {
  readonly shape: SparkShape;
  readonly from: string;
  readonly to: string;
  /** Of its way, 0 to 1. */
  readonly done: number;
}

export interface Flash {
  readonly nodeId: string;
  /** Of its time, 0 to 1. */
  readonly done: number;
}

export interface Drawn {
  readonly sparks: Spark[];
  readonly flashes: Flash[];
  /** At most one for each node. */
  readonly words: Map<string, string>;
}
