/**
 * Snapshots: saved every so many transactions so that a restart need not replay from zero, and made
 * on demand for a follower that is too far behind. A cut is exact (one zxid); turning it into text
 * is done in slices, so that pings and proposals are not held up.
 */
import type { Game } from "../game/game.js";
import { cutSnapshot, snapshotChunks } from "../game/snapshot.js";
import type { Clock } from "./clock.js";
import type { Logger } from "./logger.js";
import type { Storage } from "./store/storage.js";
import type { Core } from "./zab/core.js";
import type { NodeId, SnapshotData } from "./zab/entry.js";
import { crcAt } from "./zab/log.js";
import { epochOf } from "./zab/zxid.js";

/** Chunks made before other work gets its turn. */
const CHUNKS_AT_ONCE = 4;

export interface SnapshotKeeper {
  /** The newest snapshot on disk. */
  savedZxid(): bigint;
  applied(count: number): void;
  installed(zxid: bigint): void;
  /** A learner of this leader needs one. */
  wanted(peer: NodeId, attempt: number): void;
}

export interface SnapshotKeeperOptions {
  readonly core: Core;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly everyEntries: number;
  /** About so much in each chunk. */
  readonly chunkBytes: number;
  /** This node's rank among so many voters: nodes save at different moments. */
  readonly rank: number;
  readonly voters: number;
  readonly savedZxid: bigint;
  readonly game: () => Game;
  readonly ready: (peer: NodeId, attempt: number, snapshot: SnapshotData) => void;
  readonly log: Logger;
}

export function createSnapshotKeeper(options: SnapshotKeeperOptions): SnapshotKeeper {
  const { core, clock, storage, everyEntries, chunkBytes, rank, voters } = options;
  const { game, ready, log } = options;
  let savedZxid = options.savedZxid;
  let saving = false;
  // The first one comes early by rank, so that the nodes never all write at the same moment.
  let sinceSaved = Math.floor((everyEntries * rank) / Math.max(voters, 1) / 2);

  function make(done: (snapshot: SnapshotData) => void): void {
    const cut = cutSnapshot(game());
    const { zxid } = cut;
    const crc = zxid === 0n ? 0 : crcAt(core.log, zxid);
    if (crc === undefined) throw new Error("the applied entry is not in memory");
    const ends = core.log.epochEnds.filter((end) => end < zxid && epochOf(end) < epochOf(zxid));
    const epochEnds = zxid === 0n ? [] : [...ends, zxid];
    const chunks: string[] = [];
    const source = snapshotChunks(cut, chunkBytes);
    const slice = (): void => {
      for (let i = 0; i < CHUNKS_AT_ONCE; i++) {
        const next = source.next();
        if (next.done === true) {
          done({ zxid, crc, epochEnds, chunks });
          return;
        }
        chunks.push(next.value);
      }
      clock.soon(slice);
    };
    clock.soon(slice);
  }

  function save(): void {
    saving = true;
    sinceSaved = 0;
    make((snapshot) => {
      storage.saveSnapshot(snapshot, () => {
        saving = false;
        savedZxid = snapshot.zxid;
        log.info("snapshot saved", { snapshot: snapshot.zxid, chunks: snapshot.chunks.length });
      });
    });
  }

  return {
    savedZxid: () => savedZxid,
    applied(count) {
      sinceSaved += count;
      if (sinceSaved >= everyEntries && !saving) save();
    },
    installed(zxid) {
      savedZxid = zxid;
      sinceSaved = 0;
    },
    wanted(peer, attempt) {
      make((snapshot) => ready(peer, attempt, snapshot));
    },
  };
}
