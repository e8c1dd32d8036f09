/**
 * Carries out what the screen's model asks for, and hands what comes of it back. One case an
 * effect; it decides nothing and keeps nothing.
 */
import { createAdmin } from "../client/admin.js";
import { readLogTail } from "../client/log-tail.js";
import type { PendingCommand, Wish } from "../client/pending-command.js";
import { serverOf } from "../client/server-of.js";
import type { SessionMessage } from "../client/session-update.js";
import type { CommandOutcome, ZabbleClient } from "../client/zabble-client.js";
import type { CommandContext } from "./command-context.js";
import { carryOut } from "./play-breaker.js";
import type { PastDesk } from "./play-past.js";
import { rememberPlayer } from "./remembered-player.js";
import type { ScreenModel } from "./screen/screen-model.js";
import type { ScreenEffect } from "./screen/screen-step.js";
import type { Terminal } from "./screen/terminal.js";

/** Transactions from before the snapshot, for the list of events. */
const EARLIER_COUNT = 300;

/** How the screen came to its end. */
export type PlayEnd =
  | { readonly kind: "quit" | "interrupt" | "lost" }
  | { readonly kind: "signal"; readonly signal: "SIGTERM" | "SIGHUP" | "SIGINT" }
  /** The servers do not serve such a watch. */
  | { readonly kind: "refused"; readonly message: string };

export interface EffectsOptions {
  readonly context: CommandContext;
  readonly client: ZabbleClient;
  readonly past: PastDesk;
  readonly terminal: Terminal;
  readonly poll: { pollNow(): void };
  /** Aborts when the screen ends. */
  readonly signal: AbortSignal;
  readonly model: () => ScreenModel;
  readonly tell: (message: SessionMessage) => void;
  /** Gives a wish its request id and hands it to the session. */
  readonly give: (wish: Wish) => void;
  /** The terminal has forgotten what it showed. */
  readonly paintAnew: () => void;
  readonly end: (end: PlayEnd) => void;
  /** Takes a bug. */
  readonly fail: (error: unknown) => void;
}

export function createEffects(options: EffectsOptions): (effect: ScreenEffect) => void {
  const { context, client, past, terminal, poll, signal, model, tell, fail } = options;
  const { transport, clock, env } = context;
  const admin = createAdmin({ transport, clock });
  return (effect) => {
    switch (effect.type) {
      case "give":
        options.give(effect.wish);
        return;
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
      case "pollCluster":
        poll.pollNow();
        return;
      case "break":
        void carryOut(effect.wish, model().session.cluster, admin, serverOf).then((done) => {
          tell({ type: "say", kind: done.ok ? "good" : "bad", text: done.words });
          poll.pollNow();
        }, fail);
        return;
      case "rememberPlayer":
        rememberPlayer(env, effect.player);
        return;
      case "setTerminal":
        terminal.setMouse(model().mouse);
        terminal.setTheme(model().theme);
        options.paintAnew();
        return;
      case "redraw":
        terminal.redraw();
        options.paintAnew();
        return;
      case "suspend":
        terminal.suspend();
        return;
      case "quit":
        options.end({ kind: effect.interrupted ? "interrupt" : "quit" });
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
