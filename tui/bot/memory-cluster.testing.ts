/**
 * Servers in memory that share one game with the real rules, for tests of bots. Each command meets
 * the fate that the test gives it.
 */
import { type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { brokenConnection, gameServer } from "../../client/scripted-server.testing.js";
import { checkCommand } from "../../game/check-command.js";
import type { Command } from "../../game/command.js";
import { decide } from "../../game/decide.js";
import { applyTransaction, createGame, outcomeRound } from "../../game/game.js";
import type { Transaction } from "../../game/transaction.js";
import { transactionToMessage } from "../../game/transaction-message.js";
import { roomToMessage } from "../../game/view.js";
import { zxidOf } from "../../game/zxid.js";
import {
  type PlayCall,
  PlayRequestSchema,
  type PlayResultSchema,
} from "../../gen/zabble/v1/game_pb.js";

/** What a server takes in one message. */
const MESSAGE_BYTES_MAX = 65_536;

/**
 * answered: as the rules say. lost: the stream breaks before anything happens. doubtful: it breaks
 * after the command was committed. leaderless: the answer is that there is no leader. ignored:
 * nothing happens and nothing is said.
 */
export type Fate = "answered" | "lost" | "doubtful" | "leaderless" | "ignored";

/** A command that reached a server, whatever became of it. */
export interface Arrival {
  readonly server: string;
  readonly command: Command;
}

export interface MemoryCluster {
  /** By base address. */
  readonly servers: Readonly<Record<string, Transport>>;
  readonly log: readonly Transaction[];
  readonly arrivals: readonly Arrival[];
  /** Somebody else plays. Throws if the rules refuse it. */
  play(command: Command): void;
}

type Result = MessageInitShape<typeof PlayResultSchema>;

/** `fateOf` is asked for each arrival; `before` counts the earlier ones. */
export function createMemoryCluster(
  addresses: readonly string[],
  fateOf: (arrival: Arrival, before: number) => Fate = () => "answered",
): MemoryCluster {
  const game = createGame();
  const log: Transaction[] = [];
  const arrivals: Arrival[] = [];
  const wakes: (() => void)[] = [];

  /** Resolves when the log has grown, or for no reason: look again. */
  function grown(): Promise<void> {
    return new Promise((resolve) => {
      wakes.push(resolve);
    });
  }

  function wakeAll(): void {
    for (const wake of wakes.splice(0)) wake();
  }

  /** A sentence if the rules refuse it. */
  function commit(command: Command): Transaction | string {
    const known = log.find(({ requestId }) => requestId === command.requestId);
    if (known !== undefined) return known;
    const decision = decide(command, game.rooms.get(command.room));
    if (!decision.ok) return decision.rejection.reason;
    const { events } = decision;
    const { requestId } = command;
    const zxid = zxidOf(1, log.length + 1);
    const transaction = { zxid, prev: game.zxid, time: log.length, requestId, events };
    applyTransaction(game, transaction);
    log.push(transaction);
    wakeAll();
    return transaction;
  }

  function answer(command: Command, fate: Fate): Result[] {
    const { requestId } = command;
    if (fate === "ignored") return [];
    if (fate === "lost") throw brokenConnection();
    if (fate === "leaderless") {
      const error = { code: "unavailable", message: "none", info: { reason: "NO_LEADER" } };
      return [{ requestId, result: { case: "error", value: error } }];
    }
    const done = commit(command);
    if (fate === "doubtful") throw brokenConnection();
    if (typeof done === "string") {
      const error = { code: "failed_precondition", message: done, info: { reason: done } };
      return [{ requestId, result: { case: "error", value: error } }];
    }
    const value = { zxid: done.zxid, round: outcomeRound(done.events) };
    return [{ requestId, result: { case: "done", value } }];
  }

  function take(server: string, call: PlayCall): Result[] {
    const { requestId } = call;
    if (call.call.case === "getGame") {
      const { room } = call.call.value;
      const value = { zxid: game.zxid, room: roomToMessage(game.rooms.get(room), room) };
      return [{ requestId, result: { case: "game", value } }];
    }
    const arrival = { server, command: commandOf(call) };
    const fate = fateOf(arrival, arrivals.length);
    arrivals.push(arrival);
    return answer(arrival.command, fate);
  }

  function serverAt(address: string): Transport {
    return gameServer({
      async *watch({ room }, { signal }) {
        signal.addEventListener("abort", wakeAll, { once: true });
        const known = game.rooms.get(room);
        const rooms = known === undefined ? [] : [roomToMessage(known, room)];
        yield { message: { case: "snapshot", value: { zxid: game.zxid, rooms } } };
        for (let told = log.length; !signal.aborted; ) {
          const transactions = log.slice(told).map(transactionToMessage);
          told = log.length;
          const value = { transactions, zxid: game.zxid };
          if (transactions.length > 0) yield { message: { case: "committed", value } };
          else await grown();
        }
      },
      async *play(requests) {
        for await (const request of requests) {
          if (toBinary(PlayRequestSchema, request).length > MESSAGE_BYTES_MAX) {
            throw new ConnectError("too large", Code.ResourceExhausted);
          }
          yield { results: request.calls.flatMap((call) => take(address, call)) };
        }
      },
    });
  }

  return {
    servers: Object.fromEntries(addresses.map((address) => [address, serverAt(address)])),
    log,
    arrivals,
    play(command) {
      const done = commit(command);
      if (typeof done === "string") throw new Error(done);
    },
  };
}

function commandOf({ requestId, call }: PlayCall): Command {
  if (call.case !== "setTarget" && call.case !== "submitGuess") throw new Error("no bot does that");
  const type = call.case === "setTarget" ? "SetTarget" : "SubmitGuess";
  const { room, player, value } = call.value;
  const checked = checkCommand({ type, room, player, value, requestId });
  if (!checked.ok) throw new Error(checked.rejection.message);
  return checked.command;
}
