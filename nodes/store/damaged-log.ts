/**
 * A log with holes on the real disk, while the others are asked for what is missing. A file is
 * written anew once all its holes are filled; until then it stays as it is, so whoever is killed
 * here begins again. What is sound is given to others meanwhile.
 */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Entry } from "../zab/entry.js";
import { describeFailure } from "./durable-file.js";
import type { DamagedSegment, Examination } from "./examination.js";
import { ANSWER_ENTRIES, heldOf, isClosed } from "./hole.js";
import type { SegmentFile } from "./layout.js";
import { fillHole, mendSegment, type Patch } from "./mend-segment.js";
import { readOwnHeader } from "./segment-chain.js";
import { type SegmentHole, type SegmentScan, scanSegment } from "./segment-scan.js";
import { setSegmentsAside } from "./set-aside.js";
import type { DamagedLog, Held, Hole, Storage, Want } from "./storage.js";
import { StorageDamage } from "./storage-damage.js";

export interface MendableLog extends DamagedLog {
  /** Opens it once no hole is left. */
  open(): Promise<Storage>;
  /** Sets all of it aside and begins a log that nobody trusts yet. Rejects with LastCopy. */
  beginAnew(): Promise<Storage>;
  /** Frees the directory; instead of the two above. */
  close(): Promise<void>;
}

export interface DamagedLogOptions extends Pick<MendableLog, "open" | "beginAnew" | "close"> {
  readonly examination: Examination;
  /** Ends the process; with the last line to print. */
  readonly fail: (why: string) => void;
  readonly nowMs: () => number;
}

interface Place {
  readonly hole: Hole;
  readonly in: DamagedSegment;
  readonly at: SegmentHole;
}

export function createDamagedLog(options: DamagedLogOptions): MendableLog {
  const { examination, fail, nowMs, open, beginAnew, close } = options;
  let segments: readonly SegmentFile[] = examination.segments;
  let damaged: readonly DamagedSegment[] = examination.damaged;
  const filled = new Map<SegmentHole, readonly Patch[]>();
  let places: readonly Place[] = damaged.flatMap((segment) =>
    segment.holes.map((at) => ({ hole: { ...at, isNeeded: segment.isNeeded }, in: segment, at })),
  );
  const reads = new Set<Promise<Held>>();
  let scanned: { readonly path: string; readonly scan: Promise<SegmentScan> } | undefined;

  // Where only records were lost, nothing is to be fetched.
  for (const place of places) if (isClosed(place.at, place.at.before)) take(place, []);

  /** False if they do not fit. */
  function take(place: Place, entries: readonly Entry[]): boolean {
    const isWhole = isClosed(place.at, entries.at(-1) ?? place.at.before);
    const patches = fillHole(place.at, entries, place.in.next === "last");
    if (!isWhole || patches === undefined) return false;
    filled.set(place.at, patches);
    places = places.filter((other) => other !== place);
    return true;
  }

  function placeOf(hole: Hole): Place {
    const place = places.find((one) => one.hole === hole);
    if (place === undefined) throw new Error(`no such hole in ${hole.file}`);
    return place;
  }

  /** What is being read keeps its files until then. */
  async function setAside(dir: string, gone: readonly SegmentFile[]): Promise<void> {
    await Promise.allSettled(reads);
    await setSegmentsAside(dir, gone, nowMs());
  }

  function whenDone(work: Promise<unknown>, file: string, done: () => void): void {
    work.then(
      () => {
        scanned = undefined;
        done();
      },
      (error: unknown) => {
        const isDamage = error instanceof StorageDamage;
        fail(isDamage ? error.message : describeFailure(error, file));
      },
    );
  }

  async function scan(segment: SegmentFile): Promise<SegmentScan> {
    const bytes = await readFile(segment.path);
    const known = damaged.find((one) => one.segment === segment);
    if (known !== undefined) return scanSegment({ ...known, bytes });
    const header = await readOwnHeader(segment);
    if (header === undefined) throw new Error(`${segment.path} has no header any more`);
    return scanSegment({ bytes, segment, header, bodyFrom: undefined, next: "unknown" });
  }

  async function held(want: Want): Promise<Held> {
    const at = want.after.zxid;
    const segment = segments.findLast(({ base }) => base <= at);
    if (segment === undefined) return { entries: [], lack: "gone" };
    if (scanned?.path !== segment.path) scanned = { path: segment.path, scan: scan(segment) };
    const { entries, holes } = await scanned.scan;
    const isIn = ({ before, after }: SegmentHole) => before.zxid <= at && at < after.zxid;
    if (holes.some(isIn)) return { entries: [], lack: "unreadable" };
    const next = holes.find(({ before }) => before.zxid > at);
    const sound = entries.filter(
      ({ zxid }) => zxid > at && (next === undefined || zxid <= next.before.zxid),
    );
    return heldOf(want, sound.slice(0, ANSWER_ENTRIES), segment.base);
  }

  return {
    get holes() {
      return places.map(({ hole }) => hole);
    },
    fetch(want, answer) {
      const read = held(want);
      reads.add(read);
      const over = () => reads.delete(read);
      read.then(over, over);
      read.then(answer, (error: unknown) => fail(describeFailure(error, "the log")));
    },
    fill(hole, entries, done) {
      const place = placeOf(hole);
      if (!take(place, entries)) {
        done(false);
        return;
      }
      const segment = place.in;
      if (places.some((other) => other.in === segment)) {
        done(true);
        return;
      }
      const mended = mendSegment(segment, filled).then(() => {
        damaged = damaged.filter((other) => other !== segment);
      });
      whenDone(mended, segment.segment.path, () => done(true));
    },
    leaveOut(hole, done) {
      const last = placeOf(hole).in.segment;
      places = places.filter((place) => place.in.segment.base > last.base);
      const gone = segments.filter(({ base }) => base <= last.base);
      segments = segments.filter(({ base }) => base > last.base);
      whenDone(setAside(dirname(last.path), gone), last.path, done);
    },
    open,
    beginAnew,
    close,
  };
}
