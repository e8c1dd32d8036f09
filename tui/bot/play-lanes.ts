/**
 * One Play session a server, opened when it is first needed and again after it broke, for all bots
 * of the process. It knows which servers are lost and looks after them until they answer again. It
 * repeats no command: bot-player.ts does.
 */
import { Buffer } from "node:buffer";
import type { Transport } from "@connectrpc/connect";
import type { Clock } from "../../client/clock.js";
import {
  createPlaySession,
  type PlayCallInit,
  type PlayOutcome,
  type PlaySession,
} from "../../client/play-session.js";
import { REQUEST_ID_LENGTH_MAX } from "../../game/limits.js";
import { Consistency } from "../../gen/zabble/v1/game_pb.js";

/** A frozen server is given up after this long. */
const SILENCE_MS = 3000;
const LOOK_AGAIN_MS = 2000;

/** What a server takes in one message if its cluster file says nothing else. */
const MESSAGE_BYTES_MAX = 65_536;
/** Of one call: its value, and the kinds and lengths of its fields, generously. */
const CALL_FRAME_BYTES = 32;

export interface PlayLanesOptions {
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  readonly requestId: () => string;
  readonly room: string;
  /** The longest name of a player. */
  readonly longestName: string;
  readonly onLost: (server: string, reason: string) => void;
  readonly onFound: (server: string) => void;
}

export interface PlayLanes {
  /** True from when its session broke until it answers again. */
  isLost(server: string): boolean;
  /** How many more calls it may be sent now. */
  free(server: string): number;
  /** Never rejects. */
  call(server: string, call: PlayCallInit): Promise<PlayOutcome>;
  /** Ends all sessions; whatever is unanswered becomes unknown. */
  close(): void;
}

export function createPlayLanes(options: PlayLanesOptions): PlayLanes {
  const { clock } = options;
  const pendingMax = callsPerMessage(options);
  const sessions = new Map<string, PlaySession>();
  const lost = new Set<string>();
  const closed = new AbortController();

  function sessionOf(server: string): PlaySession {
    const known = sessions.get(server);
    if (known !== undefined) return known;
    const transport = options.transport(server);
    const session = createPlaySession({ transport, clock, silenceMs: SILENCE_MS, pendingMax });
    sessions.set(server, session);
    void session.ended.then((reason) => {
      sessions.delete(server);
      if (closed.signal.aborted || lost.has(server)) return;
      lost.add(server);
      options.onLost(server, reason);
    });
    return session;
  }

  async function call(server: string, init: PlayCallInit): Promise<PlayOutcome> {
    const outcome = await sessionOf(server).call(init);
    const isAnswer = outcome.kind !== "unknown" && outcome.kind !== "unavailable";
    if (isAnswer && lost.delete(server)) options.onFound(server);
    return outcome;
  }

  /** Asks every lost server for something that it can answer alone. */
  async function lookAgain(): Promise<void> {
    const query = { room: options.room, consistency: Consistency.LOCAL };
    while (!closed.signal.aborted) {
      await clock.sleep(LOOK_AGAIN_MS, closed.signal);
      if (closed.signal.aborted) return;
      const asked = [...lost].map((server) =>
        call(server, { requestId: options.requestId(), call: { case: "getGame", value: query } }),
      );
      await Promise.all(asked);
    }
  }

  void lookAgain();

  return {
    isLost: (server) => lost.has(server),
    free: (server) => pendingMax - (sessions.get(server)?.pending() ?? 0),
    call,
    close() {
      closed.abort();
      for (const session of sessions.values()) session.close();
    },
  };
}

/**
 * Calls that were held up leave together, and a server ends a stream with too large a message. So
 * no more of them are under way at once than fit into one.
 */
function callsPerMessage({ longestName, room }: PlayLanesOptions): number {
  const names = Buffer.byteLength(longestName) + Buffer.byteLength(room);
  return Math.floor(MESSAGE_BYTES_MAX / (REQUEST_ID_LENGTH_MAX + names + CALL_FRAME_BYTES));
}
