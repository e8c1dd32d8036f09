/**
 * GameService's unary methods: raw fields in, one answer or one ConnectError out. The rules are in
 * game/, the deciding in the node; watch.ts and play.ts have the streams.
 */
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { Limits } from "../config/cluster-config.js";
import { checkCommand, checkRoom, type RawCommand } from "../game/check-command.js";
import { roomSummary, roomToMessage } from "../game/view.js";
import {
  CloseRoundResponseSchema,
  Consistency,
  type GameService,
  GetGameResponseSchema,
  ListRoomsResponseSchema,
  SetTargetResponseSchema,
  SubmitGuessResponseSchema,
} from "../gen/zabble/v1/game_pb.js";
import { callDeadlineMs, ofRead, READ_DEADLINE, untilAnswered } from "./answer.js";
import { deadlineRefusal, toConnectError } from "./errors.js";
import { listEvents } from "./list-events.js";
import type { Play } from "./play.js";
import type { AppliedState, Outcome, ReadOutcome, Replica } from "./replica.js";
import type { WatchService } from "./watch.js";

export interface GameServiceOptions {
  readonly replica: Replica;
  readonly limits: Pick<Limits, "deadlineMs">;
  readonly watch: WatchService["watch"];
  readonly play: Play;
}

export function createGameService(options: GameServiceOptions): ServiceImpl<typeof GameService> {
  const { replica, watch, play } = options;
  const { deadlineMs } = options.limits;

  async function run(
    raw: RawCommand,
    context: HandlerContext,
  ): Promise<{ zxid: bigint; round: number }> {
    const checked = checkCommand({ ...raw, requestId: raw.requestId || randomUUID() });
    if (!checked.ok) throw toConnectError(checked.rejection);
    const { command } = checked;
    const outcome = await untilAnswered<Outcome>(
      context,
      (reply) => replica.submit(command, callDeadlineMs(context, deadlineMs), reply),
      () => deadlineRefusal(command.requestId),
    );
    if (!outcome.ok) throw toConnectError(outcome.refusal);
    return { zxid: outcome.zxid, round: outcome.round };
  }

  /** The applied state; for a linearizable read only after it holds what a quorum confirmed. */
  async function read(consistency: Consistency, context: HandlerContext): Promise<AppliedState> {
    if (consistency === Consistency.LOCAL) return replica.game();
    const outcome = await untilAnswered<ReadOutcome>(
      context,
      (reply) => replica.readIndex(callDeadlineMs(context, deadlineMs), reply),
      () => READ_DEADLINE,
    );
    if (!outcome.ok) throw toConnectError(ofRead(outcome.refusal));
    return replica.game();
  }

  return {
    async setTarget({ room, player, value, requestId }, context) {
      const raw = { type: "SetTarget", room, player, value, requestId } as const;
      return create(SetTargetResponseSchema, await run(raw, context));
    },
    async submitGuess({ room, player, value, requestId }, context) {
      const raw = { type: "SubmitGuess", room, player, value, requestId } as const;
      return create(SubmitGuessResponseSchema, await run(raw, context));
    },
    async closeRound({ room, player, requestId }, context) {
      const raw = { type: "CloseRound", room, player, requestId } as const;
      return create(CloseRoundResponseSchema, await run(raw, context));
    },
    async getGame(request, context) {
      const checked = checkRoom(request.room);
      if (!checked.ok) throw toConnectError(checked.rejection);
      const { zxid, rooms } = await read(request.consistency, context);
      const room = roomToMessage(rooms.get(checked.name), checked.name);
      return create(GetGameResponseSchema, { zxid, room });
    },
    async listRooms(request, context) {
      const { zxid, rooms } = await read(request.consistency, context);
      return create(ListRoomsResponseSchema, { zxid, rooms: [...rooms.values()].map(roomSummary) });
    },
    listEvents: (request) => listEvents(replica, request),
    watch,
    play,
  };
}
