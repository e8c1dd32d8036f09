/**
 * Many watchers of one server in this process, each with its tally (gateway-tally.ts). Opened
 * slowly enough that no server takes it for an attack.
 */
import { setTimeout as pause } from "node:timers/promises";
import { parseZxid } from "../game/zxid.js";
import { eventually } from "../test/cluster/eventually.testing.js";
import { openStreams, type StreamConnection, type StreamKind } from "./gateway-streams.js";
import { createTally, placeOf, type Tally } from "./gateway-tally.js";
import { readWatchBytes, type WatchBytesEars } from "./gateway-watch-bytes.js";

export interface WatchersOptions {
  /** Watchers are spread over them in turn. */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  /** Empty: every room. */
  readonly room: string;
  readonly kind: StreamKind;
  readonly count: number;
  /** Over how many connections; "h1" has one for each watcher in any case. */
  readonly connections: number;
  /** Stop reading at once after the first snapshot, and keep what tells the state of the game. */
  readonly areStalled?: boolean;
}

export interface Watchers {
  readonly tallies: readonly Tally[];
  /** For each that was stalled: its last snapshot, and all messages since. */
  readonly kept: readonly (readonly Buffer[])[];
  resume(): void;
  close(): void;
}

const OPENED_AT_ONCE = 50;
const PAUSE_MS = 200;
const LIMIT_MS = 60_000;

/** Resolves when all have their first snapshot; rejects if the server ends one before that. */
export async function openWatchers(options: WatchersOptions): Promise<Watchers> {
  const { servers, room, kind, count, areStalled = false } = options;
  const connections: StreamConnection[] = [];
  const tallies: Tally[] = [];
  const kept: Buffer[][] = [];
  const most = kind === "h1" || areStalled ? count : options.connections;

  async function connectionOf(index: number): Promise<StreamConnection> {
    const known = connections[index % most];
    if (known !== undefined) return known;
    const { host, port } = servers[index % servers.length] ?? { host: "", port: 0 };
    const made = await openStreams(kind, { host, port, room }, areStalled);
    connections.push(made);
    return made;
  }

  const close = (): void => {
    for (const connection of connections) connection.close();
  };

  try {
    for (let index = 0; index < count; index++) {
      if (index > 0 && index % OPENED_AT_ONCE === 0) await pause(PAUSE_MS);
      const connection = await connectionOf(index);
      const tally = createTally();
      const messages: Buffer[] = [];
      const read = kind === "h1" ? readEvent : readWatchBytes;
      const ears = tallyEars(tally);
      connection.watch({
        onMessage(message, atMs) {
          const before = tally.snapshots;
          read(message, ears(atMs));
          if (!areStalled) return;
          if (tally.snapshots > before) messages.length = 0;
          messages.push(message);
          if (tally.snapshots === 1 && before === 0) connection.pause();
        },
        onEnd(why) {
          tally.ended ??= why;
        },
      });
      tallies.push(tally);
      kept.push(messages);
    }
    await eventually(
      `${count} watchers to have their snapshots`,
      () => {
        const lost = tallies.find(({ ended }) => ended !== undefined);
        if (lost !== undefined) throw new Error(`a watcher was ended: ${lost.ended}`);
        return tallies.every(({ from }) => from !== undefined) ? true : undefined;
      },
      { limitMs: LIMIT_MS },
    );
  } catch (error) {
    close();
    throw error;
  }
  return {
    tallies,
    kept,
    resume() {
      for (const connection of connections) connection.resume();
    },
    close,
  };
}

/** One object a watcher, not one a message. */
function tallyEars(tally: Tally): (atMs: number) => WatchBytesEars {
  let atMs = 0;
  const ears: WatchBytesEars = {
    onSnapshot(place) {
      tally.from ??= place;
      tally.snapshots++;
      tally.upTo = place;
    },
    onTransaction(place) {
      tally.places.push(place);
      tally.atMs.push(atMs);
      tally.upTo = place;
    },
    onSeen(place) {
      tally.messages++;
      tally.upTo = Math.max(tally.upTo, place);
    },
  };
  return (readAtMs) => {
    atMs = readAtMs;
    return ears;
  };
}

/** The head of an event names its kind and its zxid; what follows need not be read. */
const EVENT_HEAD = /^(?:event: (\w+)\n)?id: ([\d.]+)/;
const HEAD_BYTES_MAX = 80;

function readEvent(event: Buffer, ears: WatchBytesEars): void {
  const [, name, id = ""] = EVENT_HEAD.exec(event.toString("latin1", 0, HEAD_BYTES_MAX)) ?? [];
  const zxid = parseZxid(id);
  if (zxid === undefined) return;
  if (name === "snapshot") ears.onSnapshot(placeOf(zxid));
  else if (name === "transaction") ears.onTransaction(placeOf(zxid));
  else ears.onSeen(placeOf(zxid));
}
