/**
 * What happens seldom on the ring: votes, promises, syncs, new roles. Each is a short word at its
 * node, some a spark too. A whole election is over in a few milliseconds, so each node's words come
 * one after the other. Pure, but for the time that is handed in; bounded.
 */
import type { TraceEvent } from "../../gen/zabble/v1/cluster_pb.js";
import { type Drawn, type Spark, STAGE_MS } from "./sparks.js";

/** Words stand at a node so long, or until its next ones. */
const WORDS_MS = 1800;
/** From one word at a node to its next. */
const WORDS_APART_MS = 420;
/** More that wait at one node are not shown. */
const WAITING_MAX = 6;
/** Of all nodes; an election of nine fits. */
const MOMENTS_MAX = 64;
const FLASH_MS = 600;

interface Moment {
  readonly nodeId: string;
  readonly words: string;
  readonly startMs: number;
  readonly spark: { readonly shape: Spark["shape"]; readonly to: string } | undefined;
  readonly flash: boolean;
}

export interface Moments {
  /** Events of other kinds are ignored. */
  take(event: TraceEvent, nowMs: number): void;
  /** Adds what is to be drawn. */
  draw(drawn: Drawn, nowMs: number): void;
  /** How many are kept, waiting ones too. */
  count(nowMs: number): number;
}

export function createMoments(): Moments {
  let moments: readonly Moment[] = [];

  function forget(nowMs: number): void {
    if (moments.some((one) => isOver(one, nowMs))) {
      moments = moments.filter((one) => !isOver(one, nowMs));
    }
  }

  return {
    take(event, nowMs) {
      const shown = shownOf(event);
      if (shown === undefined) return;
      forget(nowMs);
      const own = moments.filter(({ nodeId }) => nodeId === event.nodeId);
      const waiting = own.filter(({ startMs }) => startMs > nowMs).length;
      if (waiting >= WAITING_MAX || moments.length >= MOMENTS_MAX) return;
      // A spark alone need not wait for words.
      const before = shown.words === "" ? undefined : own.findLast(({ words }) => words !== "");
      const startMs =
        before === undefined ? nowMs : Math.max(nowMs, before.startMs + WORDS_APART_MS);
      moments = [...moments, { nodeId: event.nodeId, startMs, ...shown }];
    },
    draw({ sparks, flashes, words }, nowMs) {
      forget(nowMs);
      for (const moment of moments) {
        const { nodeId, startMs, spark } = moment;
        const passedMs = nowMs - startMs;
        if (passedMs < 0) continue;
        if (spark !== undefined && passedMs < STAGE_MS) {
          sparks.push({ ...spark, from: nodeId, done: passedMs / STAGE_MS });
        }
        if (moment.flash && passedMs < FLASH_MS) {
          flashes.push({ nodeId, done: passedMs / FLASH_MS });
        }
        // Later ones come later in the list: the newest words win.
        if (moment.words !== "") words.set(nodeId, moment.words);
      }
    },
    count(nowMs) {
      forget(nowMs);
      return moments.length;
    },
  };
}

function isOver({ startMs, words }: Moment, nowMs: number): boolean {
  return nowMs >= startMs + (words === "" ? STAGE_MS : WORDS_MS);
}

type Shown = Pick<Moment, "words" | "spark" | "flash">;

function shownOf({ kind, nodeId, peerId, epoch, detail }: TraceEvent): Shown | undefined {
  switch (kind) {
    case "VOTE":
      return peerId === nodeId
        ? said("votes for itself")
        : { ...said(`votes for ${peerId}`), spark: { shape: "triangle", to: peerId } };
    case "PROMISE":
      return peerId === nodeId ? undefined : said(`promises epoch ${epoch}`);
    case "SYNC_SENT":
      return { ...said(""), spark: { shape: "square", to: peerId } };
    case "SYNC_TAKEN":
      return said(`takes ${/^[A-Z]+/.exec(detail)?.[0] ?? "the log"}`);
    case "ESTABLISHED":
      return { ...said(`leads epoch ${epoch}`), flash: true };
    case "ROLE":
      return roleShown(detail, peerId);
    default:
      return undefined;
  }
}

/** `detail` is the role and the phase, or the reason why the node began to look. */
function roleShown(detail: string, leaderId: string): Shown | undefined {
  if (detail === "FOLLOWING BROADCAST") return said(`follows ${leaderId}`);
  if (detail === "LEADING DISCOVERY") return said("is elected");
  // Others say the same with their own kind, at the same moment.
  return /^(FOLLOWING|LEADING) /.test(detail) ? undefined : said("looks for a leader");
}

function said(words: string): Shown {
  return { words, spark: undefined, flash: false };
}
