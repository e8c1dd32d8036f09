/**
 * The whole game as text, to shorten recovery and to bring a late node up to date. Cutting is cheap
 * and exact; turning the cut into chunks may then take its time while the game goes on. Equal
 * states give equal chunks, byte for byte, so replicas can be compared by them.
 *
 * A chunk is lines of JSON, each a list that begins with its tag: one "game", for each room its
 * lines (snapshot-room.ts), two "generation"s each followed by its "request"s, one "end".
 */
import { type Game, type GameParts, gameFromParts, type RequestOutcome } from "./game.js";
import { InvariantError } from "./invariant-error.js";
import { listOf, textOf, timeOf, uint32Of, uint64Of, unreadable } from "./read-json.js";
import { cutEntries } from "./request-window.js";
import type { Room } from "./room.js";
import { createRoomReader, type Line, type RoomReader, roomLines } from "./snapshot-room.js";

/** A chunk may be longer than this by less than one line, which is below 1 KiB. */
export const SNAPSHOT_CHUNK_BYTES = 63 * 1024;

/** Changes whenever the lines do; a snapshot of another version is not guessed at. */
const SNAPSHOT_VERSION = 1;

/** A game at one zxid, rooms sorted by name. Nothing that happens later shows in it. */
export interface GameCut extends GameParts {
  readonly rooms: readonly (readonly [string, Room])[];
}

/** Costs a sort of the rooms' names; everything else is shared with the game. */
export function cutSnapshot(game: Game): GameCut {
  return {
    zxid: game.zxid,
    time: game.time,
    leader: game.leader,
    rooms: [...game.rooms].sort(([one], [other]) => (one < other ? -1 : 1)),
    requests: game.requests.cut(),
  };
}

/** Texts of at most `chunkBytes` and a line, made one at a time. */
export function* snapshotChunks(
  cut: GameCut,
  chunkBytes = SNAPSHOT_CHUNK_BYTES,
): Generator<string> {
  let chunk: string[] = [];
  let bytes = 0;
  let lineCount = 0;
  let digest = DIGEST_START;
  for (const line of gameLines(cut)) {
    const text = JSON.stringify(line);
    digest = digestOf(text, digest);
    lineCount += 1;
    chunk.push(text);
    bytes += bytesAtMost(text) + 1;
    if (bytes < chunkBytes) continue;
    yield chunk.join("\n");
    chunk = [];
    bytes = 0;
  }
  chunk.push(JSON.stringify(["end", lineCount, digest]));
  yield chunk.join("\n");
}

/** The game that the chunks were made from. Throws if anything is missing, changed or added. */
export function restoreGame(chunks: Iterable<string>): Game {
  const reader = createGameReader();
  let lineCount = 0;
  let digest = DIGEST_START;
  let ended = false;
  for (const chunk of chunks) {
    for (const text of chunk.split("\n")) {
      if (ended) throw unreadable("nothing after the end of a snapshot", text);
      const [tag, ...values] = listOf(JSON.parse(text));
      if (tag === "end") {
        const whole = values.length === 2 && values[0] === lineCount && values[1] === digest;
        if (!whole) throw new InvariantError(`damaged snapshot: ${lineCount} lines, then ${text}`);
        ended = true;
      } else {
        digest = digestOf(text, digest);
        lineCount += 1;
        reader.read(tag, values);
      }
    }
  }
  if (!ended) throw new InvariantError(`a snapshot without an end, after ${lineCount} lines`);
  return reader.finish();
}

function* gameLines({ zxid, time, leader, rooms, requests }: GameCut): Generator<Line> {
  yield ["game", SNAPSHOT_VERSION, zxid.toString(), time, requests.generationMax];
  if (leader !== undefined) yield ["leader", leader.epoch, leader.nodeId];
  for (const [, room] of rooms) yield* roomLines(room);
  for (const generation of [requests.previous, requests.current]) {
    yield ["generation", generation.size];
    for (const [requestId, { zxid, round }] of cutEntries(generation)) {
      yield ["request", requestId, zxid.toString(), round];
    }
  }
}

/**
 * Takes the lines of one snapshot in order. The digest finds damage; this finds a wrong version.
 */
function createGameReader() {
  const rooms: [string, Room][] = [];
  const generations: Map<string, RequestOutcome>[] = [];
  let head: (Pick<GameParts, "zxid" | "time"> & { readonly generationMax: number }) | undefined;
  let leader: GameParts["leader"];
  let room: RoomReader | undefined;

  function finishRoom(): void {
    if (room === undefined) return;
    const finished = room.finish();
    rooms.push([finished.name, finished]);
    room = undefined;
  }

  return {
    read(tag: unknown, values: readonly unknown[]): void {
      if (room?.read(tag, values)) return;
      finishRoom();
      const generation = generations.at(-1);
      if (tag === "room") {
        room = createRoomReader(values);
      } else if (tag === "request" && generation !== undefined) {
        const [requestId, zxid, round] = values;
        generation.set(textOf(requestId), { zxid: uint64Of(zxid), round: uint32Of(round) });
      } else if (tag === "generation") {
        generations.push(new Map());
      } else if (tag === "leader") {
        leader = { epoch: uint32Of(values[0]), nodeId: textOf(values[1]) };
      } else if (tag === "game" && values[0] === SNAPSHOT_VERSION) {
        const [, zxid, time, generationMax] = values;
        head = {
          zxid: uint64Of(zxid),
          time: timeOf(time),
          generationMax: uint32Of(generationMax),
        };
      } else {
        throw unreadable(`a line of snapshot version ${SNAPSHOT_VERSION}`, [tag, ...values]);
      }
    },
    finish(): Game {
      finishRoom();
      const [previous, current] = generations;
      if (head === undefined || previous === undefined || current === undefined) {
        throw new InvariantError("a snapshot without its beginning");
      }
      const { zxid, time, generationMax } = head;
      const requests = {
        generationMax,
        previous: { entries: previous, size: previous.size },
        current: { entries: current, size: current.size },
      };
      return gameFromParts({ zxid, time, leader, rooms, requests });
    },
  };
}

const DIGEST_START = 0x811c9dc5;

/** FNV-1a over the text's units: any one of them changed changes it. No guard against malice. */
function digestOf(text: string, before: number): number {
  let digest = before;
  for (let place = 0; place < text.length; place += 1) {
    digest = Math.imul(digest ^ text.charCodeAt(place), 0x01000193);
  }
  return digest >>> 0;
}

/** Bytes in UTF-8, exact for ASCII and never too few. */
function bytesAtMost(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the ASCII range is what is meant.
  return /^[\x00-\x7f]*$/.test(text) ? text.length : text.length * 3;
}
