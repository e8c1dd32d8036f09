/**
 * From the nodes' trace to sparks. Pure, but for the time that is handed in. A transaction takes a
 * millisecond or two, so the few that are drawn are drawn in slow motion, each as one flight:
 *
 *   PROPOSE  sparks from the leader to every follower that it reaches
 *   ACK      a spark back from each, never before its proposal has landed
 *   COMMIT   a flash and sparks from the leader, never before a quorum of acks has landed
 *
 * Zxids of events mean "up to". Nodes' events come in batches that overtake each other, so times
 * are those of arrival. Everything is bounded: what finds no place is counted, and said.
 */
import { epochOf } from "../../game/zxid.js";
import type { TraceEvent } from "../../gen/zabble/v1/cluster_pb.js";
import { createMoments } from "./moments.js";
import { type Drawn, type SparkShape, STAGE_MS } from "./sparks.js";
import { type Counts, createTraceCounts, toldOf } from "./trace-counts.js";

/** More at once cannot be followed with the eye. */
const FLIGHTS_MAX = 5;
/** From the start of one flight to the next, so that they do not cover each other. */
const APART_MS = 130;
/** A commit whose acks were sampled away waits so long after their stage. */
const ACKS_WAIT_MS = 150;
/** A flight whose commit never comes. */
const UNCOMMITTED_MS = 2500;
const FLASH_MS = 450;

/** The cluster as far as flights need it. */
export interface Scene {
  readonly nodeIds: ReadonlySet<string>;
  /** How many nodes must have an entry before it is committed, the leader among them. */
  readonly quorum: number;
  /** The nodes that are up and linked to this one. */
  followersOf(nodeId: string): readonly string[];
}

export interface Flights {
  /** One batch. Events of unknown nodes and kinds are ignored. */
  take(events: readonly TraceEvent[], dropped: bigint, scene: Scene, nowMs: number): void;
  drawnAt(nowMs: number): Drawn;
  /** Whether there is anything to be drawn, now or soon. */
  isMoving(nowMs: number): boolean;
  counts(nowMs: number): Counts;
  /** How much of what happens is drawn, in words. */
  told(nowMs: number): string;
}

interface Flight {
  readonly zxid: bigint;
  readonly leaderId: string;
  readonly startMs: number;
  readonly peers: readonly string[];
  /** Followers' acks that must have landed before the commit. */
  readonly acksNeeded: number;
  /** When each follower's ack leaves. */
  readonly ackMs: Map<string, number>;
  /** When the commit was heard of. */
  heardMs: number | undefined;
  /** When the commit is drawn; once set, it stays. */
  commitMs: number | undefined;
}

export function createFlights(): Flights {
  const counts = createTraceCounts();
  const moments = createMoments();
  let flights: readonly Flight[] = [];
  let lastStartMs = Number.NEGATIVE_INFINITY;

  function settle(nowMs: number): void {
    for (const flight of flights) flight.commitMs ??= commitTime(flight, nowMs);
    if (flights.some((one) => isOver(one, nowMs))) {
      flights = flights.filter((one) => !isOver(one, nowMs));
    }
  }

  function propose({ nodeId, zxid }: TraceEvent, scene: Scene, nowMs: number): void {
    if (flights.length >= FLIGHTS_MAX) return;
    const startMs = Math.max(nowMs, lastStartMs + APART_MS);
    lastStartMs = startMs;
    const peers = scene.followersOf(nodeId);
    const acksNeeded = Math.max(0, scene.quorum - 1);
    const flight: Flight = {
      ...{ zxid, leaderId: nodeId, startMs, peers, acksNeeded },
      ...{ ackMs: new Map(), heardMs: undefined, commitMs: undefined },
    };
    flights = [...flights, flight];
    // An ack may have come in a batch before.
    for (const peer of peers) ack(flight, peer, counts.newest("ACK", peer) ?? 0n, nowMs);
  }

  function commit({ zxid }: TraceEvent, nowMs: number): void {
    for (const flight of flights) {
      if (!covers(zxid, flight.zxid) || flight.heardMs !== undefined) continue;
      flight.heardMs = nowMs;
      counts.drew(nowMs);
    }
  }

  function takeOne(event: TraceEvent, scene: Scene, nowMs: number): void {
    const { kind, nodeId, zxid } = event;
    if (!scene.nodeIds.has(nodeId)) return;
    if (kind !== "PROPOSE" && kind !== "ACK" && kind !== "COMMIT") {
      if (event.peerId === "" || scene.nodeIds.has(event.peerId)) moments.take(event, nowMs);
      return;
    }
    counts.saw(kind, nodeId, zxid, nowMs);
    if (kind === "PROPOSE") propose(event, scene, nowMs);
    else if (kind === "COMMIT") commit(event, nowMs);
    else for (const flight of flights) ack(flight, nodeId, zxid, nowMs);
  }

  return {
    take(events, dropped, scene, nowMs) {
      settle(nowMs);
      for (const event of events) takeOne(event, scene, nowMs);
      counts.leftOut(dropped, nowMs);
    },
    drawnAt(nowMs) {
      settle(nowMs);
      const drawn: Drawn = { sparks: [], flashes: [], words: new Map() };
      for (const flight of flights) drawFlight(flight, drawn, nowMs);
      moments.draw(drawn, nowMs);
      return drawn;
    },
    isMoving(nowMs) {
      settle(nowMs);
      return flights.length > 0 || moments.count(nowMs) > 0;
    },
    counts: counts.lately,
    told: (nowMs) => toldOf(counts.lately(nowMs)),
  };
}

/** The follower's first ack that covers the flight is the one that is drawn. */
function ack({ zxid, startMs, peers, ackMs }: Flight, from: string, upTo: bigint, nowMs: number) {
  if (!covers(upTo, zxid) || !peers.includes(from) || ackMs.has(from)) return;
  ackMs.set(from, Math.max(nowMs, startMs + STAGE_MS));
}

/** Across epochs nothing is said: a log that was begun anew counts from the start. */
function covers(upTo: bigint, zxid: bigint): boolean {
  return upTo >= zxid && epochOf(upTo) === epochOf(zxid);
}

/** Undefined while it is not certain yet. */
function commitTime(flight: Flight, nowMs: number): number | undefined {
  const { heardMs, startMs, acksNeeded, ackMs } = flight;
  if (heardMs === undefined) return undefined;
  const landedMs = [...ackMs.values()].map((leftMs) => leftMs + STAGE_MS).sort((a, b) => a - b);
  if (landedMs.length >= acksNeeded) {
    return Math.max(heardMs, landedMs[acksNeeded - 1] ?? startMs + STAGE_MS);
  }
  const patienceMs = Math.max(heardMs, startMs + 2 * STAGE_MS + ACKS_WAIT_MS);
  return nowMs < patienceMs ? undefined : Math.max(patienceMs, ...landedMs);
}

function isOver({ startMs, commitMs }: Flight, nowMs: number): boolean {
  const endMs =
    commitMs === undefined ? startMs + UNCOMMITTED_MS : commitMs + Math.max(STAGE_MS, FLASH_MS);
  return nowMs >= endMs;
}

function drawFlight(flight: Flight, { sparks, flashes }: Drawn, nowMs: number): void {
  const { leaderId, peers, startMs, ackMs, commitMs } = flight;
  const spark = (shape: SparkShape, from: string, to: string, leftMs: number): void => {
    const done = (nowMs - leftMs) / STAGE_MS;
    if (done >= 0 && done < 1) sparks.push({ shape, from, to, done });
  };
  for (const peer of peers) spark("dot", leaderId, peer, startMs);
  for (const [peer, leftMs] of ackMs) spark("ring", peer, leaderId, leftMs);
  if (commitMs === undefined || nowMs < commitMs) return;
  for (const peer of peers) spark("diamond", leaderId, peer, commitMs);
  const done = (nowMs - commitMs) / FLASH_MS;
  if (done < 1) flashes.push({ nodeId: leaderId, done });
}
