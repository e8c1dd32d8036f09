/**
 * Carries out what a player's session asks for, and hands what comes of it back; the same for every
 * screen. One case an effect; it decides nothing and keeps nothing.
 */
import { readLogTail } from "./log-tail.js";
import type { PastDesk } from "./past-desk.js";
import type { PendingCommand } from "./pending-command.js";
import type { SessionEffect, SessionMessage } from "./session-update.js";
import type { CommandOutcome, ZabbleClient } from "./zabble-client.js";

/** Transactions from before the snapshot, for the list of events. */
const EARLIER_COUNT = 300;

export interface SessionEffectsOptions {
  readonly client: ZabbleClient;
  readonly past: PastDesk;
  readonly poll: { pollNow(): void };
  /** Aborts when the screen ends. */
  readonly signal: AbortSignal;
  readonly tell: (message: SessionMessage) => void;
  /** Takes a bug. */
  readonly fail: (error: unknown) => void;
}

export function createSessionEffects(
  options: SessionEffectsOptions,
): (effect: SessionEffect) => void {
  const { client, past, poll, signal, tell, fail } = options;
  return (effect) => {
    switch (effect.type) {
      case "send": {
        const { requestId } = effect.command;
        void send(client, effect.command).then((outcome) => {
          tell({ type: "outcome", requestId, outcome });
        }, fail);
        return;
      }
      case "readEarlier": {
        const { before } = effect;
        const { listEvents } = client;
        void readLogTail({ listEvents, before, count: EARLIER_COUNT, signal }).then(
          (transactions) => tell({ type: "earlier", transactions }),
          fail,
        );
        return;
      }
      case "readPast":
        void past.read(effect).catch(fail);
        return;
      case "stopPast":
        past.stop();
        return;
      case "pollCluster":
        poll.pollNow();
    }
  };
}

function send(client: ZabbleClient, command: PendingCommand): Promise<CommandOutcome> {
  const { wish, room, player, requestId } = command;
  switch (wish.kind) {
    case "guess":
      return client.submitGuess({ room, player, value: wish.value, requestId });
    case "write":
      return client.setTarget({ room, player, value: wish.value, requestId });
    case "close":
      return client.closeRound({ room, player, requestId });
  }
}
