/**
 * Commands and reads for anyone outside the cluster: each call is tried on one server after another
 * until one answers or the deadline passes. A command keeps its request id through all attempts, so
 * it happens at most once. Browser-safe. A stream of many commands: play-session.ts.
 */
import { type Client, createClient, type Transport } from "@connectrpc/connect";
import {
  ClusterService,
  type GetClusterResponse,
  type GetStatusResponse,
} from "../gen/zabble/v1/cluster_pb.js";
import type { ErrorInfo } from "../gen/zabble/v1/error_pb.js";
import {
  type Consistency,
  GameService,
  type GetGameResponse,
  type ListEventsResponse,
  type ListRoomsResponse,
} from "../gen/zabble/v1/game_pb.js";
import { attemptUntilAnswered } from "./attempts.js";
import type { Clock } from "./clock.js";
import type { Failure } from "./failure.js";
import { createServerRing } from "./server-ring.js";

export interface ZabbleClientOptions {
  /** Base addresses such as "http://127.0.0.1:7101"; at least one. */
  readonly servers: readonly string[];
  /** Called once per server and kept. */
  readonly transport: (server: string) => Transport;
  readonly clock: Clock;
  /** Makes a new id, at most 64 characters, never the same twice. */
  readonly requestId: () => string;
  /** For one call, all its attempts together. */
  readonly deadlineMs: number;
}

export interface ClientCommand {
  /** Empty means "lobby". */
  readonly room: string;
  readonly player: string;
  /** Repeats the command that had this id; a new id is made without it. */
  readonly requestId?: string;
}

export interface ClientValueCommand extends ClientCommand {
  readonly value: number;
}

export interface Refused {
  readonly kind: "refused";
  /** The name of the Connect code, e.g. "failed_precondition". */
  readonly code: string;
  readonly message: string;
  readonly info: ErrorInfo | undefined;
}

/** Certain that nothing happened: no attempt got as far as a leader. */
export interface Unavailable {
  readonly kind: "unavailable";
  readonly message: string;
}

export interface Committed {
  readonly kind: "committed";
  readonly zxid: bigint;
  /** The round that was opened, guessed in or closed. */
  readonly round: number;
  readonly server: string;
  readonly attempts: number;
}

/** It may have happened or may still happen. Repeating it with the same id is safe. */
export interface Unknown {
  readonly kind: "unknown";
  readonly requestId: string;
  readonly message: string;
}

export type CommandOutcome = Committed | Refused | Unknown | Unavailable;

export type ReadOutcome<T> =
  | { readonly kind: "ok"; readonly value: T; readonly server: string; readonly attempts: number }
  | Refused
  | Unavailable;

export interface ZabbleClient {
  setTarget(command: ClientValueCommand): Promise<CommandOutcome>;
  submitGuess(command: ClientValueCommand): Promise<CommandOutcome>;
  closeRound(command: ClientCommand): Promise<CommandOutcome>;
  getGame(query: { room: string; consistency: Consistency }): Promise<ReadOutcome<GetGameResponse>>;
  listRooms(query: { consistency: Consistency }): Promise<ReadOutcome<ListRoomsResponse>>;
  listEvents(query: {
    room: string;
    afterZxid: bigint;
    limit: number;
  }): Promise<ReadOutcome<ListEventsResponse>>;
  getStatus(): Promise<ReadOutcome<GetStatusResponse>>;
  getCluster(): Promise<ReadOutcome<GetClusterResponse>>;
}

interface ServerClients {
  readonly game: Client<typeof GameService>;
  readonly cluster: Client<typeof ClusterService>;
}

interface CallOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export function createZabbleClient(options: ZabbleClientOptions): ZabbleClient {
  const { clock, deadlineMs } = options;
  const ring = createServerRing(options.servers);
  const byServer = new Map<string, ServerClients>();

  function clientsOf(server: string): ServerClients {
    const known = byServer.get(server);
    if (known !== undefined) return known;
    const transport = options.transport(server);
    const made: ServerClients = {
      game: createClient(GameService, transport),
      cluster: createClient(ClusterService, transport),
    };
    byServer.set(server, made);
    return made;
  }

  function attempt<T>(call: (clients: ServerClients, options: CallOptions) => Promise<T>) {
    return attemptUntilAnswered<T>({
      ring,
      clock,
      deadlineMs,
      call: (server, signal, timeoutMs) => call(clientsOf(server), { signal, timeoutMs }),
    });
  }

  async function command(
    requestId: string,
    call: (
      clients: ServerClients,
      options: CallOptions,
    ) => Promise<{ zxid: bigint; round: number }>,
  ): Promise<CommandOutcome> {
    const end = await attempt(call);
    switch (end.kind) {
      case "answered": {
        const { zxid, round } = end.value;
        const { server, attempts } = end;
        return { kind: "committed", zxid, round, server, attempts };
      }
      case "refused":
        // A malformed command is refused whenever it arrives. Any other refusal speaks of the state
        // it met, and an attempt still under way may meet another.
        if (end.inDoubt && end.failure.code !== "invalid_argument") {
          return unknown(requestId, `refused at last (${end.failure.message})`);
        }
        return refused(end.failure);
      case "expired":
        return end.inDoubt
          ? unknown(requestId, end.message)
          : { kind: "unavailable", message: `Nothing happened: ${end.message}` };
    }
  }

  async function read<T>(
    call: (clients: ServerClients, options: CallOptions) => Promise<T>,
  ): Promise<ReadOutcome<T>> {
    const end = await attempt(call);
    switch (end.kind) {
      case "answered":
        return { kind: "ok", value: end.value, server: end.server, attempts: end.attempts };
      case "refused":
        return refused(end.failure);
      case "expired":
        return { kind: "unavailable", message: end.message };
    }
  }

  return {
    setTarget({ room, player, value, requestId = options.requestId() }) {
      const request = { room, player, value, requestId };
      return command(requestId, ({ game }, callOptions) => game.setTarget(request, callOptions));
    },
    submitGuess({ room, player, value, requestId = options.requestId() }) {
      const request = { room, player, value, requestId };
      return command(requestId, ({ game }, callOptions) => game.submitGuess(request, callOptions));
    },
    closeRound({ room, player, requestId = options.requestId() }) {
      const request = { room, player, requestId };
      return command(requestId, ({ game }, callOptions) => game.closeRound(request, callOptions));
    },
    getGame: (query) => read(({ game }, callOptions) => game.getGame(query, callOptions)),
    listRooms: (query) => read(({ game }, callOptions) => game.listRooms(query, callOptions)),
    listEvents: (query) => read(({ game }, callOptions) => game.listEvents(query, callOptions)),
    getStatus: () => read(({ cluster }, callOptions) => cluster.getStatus({}, callOptions)),
    getCluster: () => read(({ cluster }, callOptions) => cluster.getCluster({}, callOptions)),
  };
}

function refused({ code, message, info }: Failure): Refused {
  return { kind: "refused", code, message, info };
}

function unknown(requestId: string, why: string): Unknown {
  const message =
    `The outcome is unknown: ${why}. An attempt may have happened or may still happen; ` +
    `repeating the command with the same request id (${requestId}) is safe.`;
  return { kind: "unknown", requestId, message };
}
