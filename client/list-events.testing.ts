/**
 * A log in memory that is read as from a node: pages are cut as api/list-events.ts cuts them,
 * so a page of a quiet room may be empty although the log goes on.
 */
import { create } from "@bufbuild/protobuf";
import type { Command } from "../game/command.js";
import { createGame } from "../game/game.js";
import { createTable } from "../game/table.testing.js";
import type { Transaction } from "../game/transaction.js";
import { transactionToMessage } from "../game/transaction-message.js";
import { type ListEventsResponse, ListEventsResponseSchema } from "../gen/zabble/v1/game_pb.js";
import type { ZabbleClient } from "./zabble-client.js";

export interface ScriptedLog {
  /** Oldest first; the test may add to its end and take from its beginning. */
  readonly log: Transaction[];
  /** As a client offers it. */
  readonly listEvents: ZabbleClient["listEvents"];
  /** As a server answers it. */
  answer(query: ListQuery): ListEventsResponse;
  /** What was asked so far. */
  readonly asked: readonly ListQuery[];
  /** This many calls are answered; those after that find no server. */
  answers: number;
}

type ListQuery = Pick<Parameters<ZabbleClient["listEvents"]>[0], "room" | "afterZxid" | "limit">;

/** `scanMax`: how many transactions one call looks at to find those of a room. */
export function scriptedLog(log: Transaction[], scanMax = 5000): ScriptedLog {
  const asked: ListQuery[] = [];
  function answer({ room, afterZxid, limit }: ListQuery): ListEventsResponse {
    asked.push({ room, afterZxid, limit });
    const behind = log.filter(({ zxid }) => zxid > afterZxid);
    const looked = behind.slice(0, room === "" ? limit : scanMax);
    const found = looked.filter((one) => room === "" || concerns(one, room)).slice(0, limit);
    const last = found.length === limit ? found.at(-1) : looked.at(-1);
    const nextZxid = last?.zxid ?? afterZxid;
    return create(ListEventsResponseSchema, {
      transactions: found.map(transactionToMessage),
      nextZxid,
      end: looked.length === 0 || nextZxid >= (log.at(-1)?.zxid ?? 0n),
      oldestZxid: log[0]?.zxid ?? 0n,
    });
  }
  const script: ScriptedLog = {
    log,
    asked,
    answers: Number.POSITIVE_INFINITY,
    answer,
    async listEvents(query) {
      if (script.answers <= 0) return { kind: "unavailable", message: "no answer within 1 s" };
      script.answers -= 1;
      return { kind: "ok", value: answer(query), server: "memory", attempts: 1 };
    },
  };
  return script;
}

/** What follows from these commands, each list under a leader of its own. */
export function logOfEpochs(epochs: readonly (readonly Command[])[]): Transaction[] {
  const game = createGame();
  return epochs.flatMap((commands) => {
    const table = createTable(game);
    for (const command of commands) table.submit(command);
    table.apply();
    return table.log;
  });
}

/** Whether a server lists it among the transactions of the room. */
export function concerns({ events }: Transaction, room: string): boolean {
  return events.some((event) => event.type === "LeaderEstablished" || event.room === room);
}
