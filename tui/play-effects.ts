/**
 * Carries out what the screen's model asks for, and hands what comes of it back. One case an
 * effect; it decides nothing and keeps nothing.
 */
import { createAdmin } from "../client/admin.js";
import { carryOut } from "../client/break-cluster.js";
import type { NodeView } from "../client/cluster-model.js";
import type { Wish } from "../client/pending-command.js";
import { serverOf } from "../client/server-of.js";
import type { SessionEffect, SessionMessage } from "../client/session-update.js";
import type { CommandContext } from "./command-context.js";
import { rememberPlayer } from "./remembered-player.js";
import type { ScreenModel } from "./screen/screen-model.js";
import type { ScreenEffect } from "./screen/screen-step.js";
import type { Terminal } from "./screen/terminal.js";

/** How the screen came to its end. */
export type PlayEnd =
  | { readonly kind: "quit" | "interrupt" | "lost" }
  | { readonly kind: "signal"; readonly signal: "SIGTERM" | "SIGHUP" | "SIGINT" }
  /** The servers do not serve such a watch. */
  | { readonly kind: "refused"; readonly message: string };

export interface EffectsOptions {
  readonly context: CommandContext;
  readonly terminal: Terminal;
  readonly poll: { pollNow(): void };
  readonly model: () => ScreenModel;
  readonly tell: (message: SessionMessage) => void;
  /** Takes what the player's session asks for. */
  readonly forSession: (effect: SessionEffect) => void;
  /** Gives a wish its request id and hands it to the session. */
  readonly give: (wish: Wish) => void;
  /** The terminal has forgotten what it showed. */
  readonly paintAnew: () => void;
  readonly end: (end: PlayEnd) => void;
  /** Takes a bug. */
  readonly fail: (error: unknown) => void;
}

export function createEffects(options: EffectsOptions): (effect: ScreenEffect) => void {
  const { context, terminal, poll, model, tell, fail } = options;
  const { transport, clock, env } = context;
  const admin = createAdmin({ transport, clock });
  return (effect) => {
    switch (effect.type) {
      case "give":
        options.give(effect.wish);
        return;
      case "send":
      case "readEarlier":
      case "readPast":
      case "stopPast":
      case "pollCluster":
        options.forSession(effect);
        return;
      case "break":
        void carryOut(effect.wish, model().session.cluster, admin, atNode).then((done) => {
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

function atNode({ address }: NodeView): string {
  return serverOf(address);
}
