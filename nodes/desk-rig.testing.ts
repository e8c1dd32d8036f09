/**
 * Test support: a command desk on a real core and a real game, whose turns, disk and quorum come
 * when the test says so. What node.ts does between them is done here in its order.
 */

import type { Outcome } from "../api/replica.js";
import { patternConfig } from "../config/pattern-config.js";
import { applyTransaction, createGame, type Game } from "../game/game.js";
import { decodeTransaction, encodeTransaction } from "../game/transaction.js";
import type { Clock } from "./clock.js";
import { type CommandDesk, createCommandDesk } from "./command-desk.js";
import type { ForwardedCommand, ForwardOutcome } from "./rpc/peer-message.js";
import type { Core } from "./zab/core.js";
import type { Entry } from "./zab/entry.js";
import { ackAll, followingCore, leadingCore, streamFrom } from "./zab/established.testing.js";
import type { Input, Output } from "./zab/io.js";
import { lastCrc, lastZxid } from "./zab/log.js";
import { step } from "./zab/step.js";
import { zxidOf } from "./zab/zxid.js";

export interface DeskRig {
  readonly core: Core;
  readonly game: Game;
  readonly desk: CommandDesk;
  /** What clients were told, by request id, in order: "ok 1.1 round 1" or the refusal's reason. */
  readonly told: string[];
  /** What went to the leader: request ids, frame by frame, each with its epoch. */
  readonly forwarded: { readonly epoch: number; readonly requestIds: readonly string[] }[];
  /** What peers were told. */
  readonly replies: { readonly to: string; readonly requestId: string; outcome: ForwardOutcome }[];
  /** Quorum rounds that were asked for and not answered yet. */
  readonly rounds: ((leads: boolean) => void)[];
  nowMs: number;
  submit(requestId: string, value?: number): void;
  /** Takes proposals into the core's log; returns how many. */
  propose(): number;
  /** All that was proposed becomes committed and is applied. */
  commit(): void;
  /** As a follower: the leader streams these transactions, already committed. */
  stream(entries: readonly Entry[]): void;
  input(input: Input): void;
  /** Lets run what was put off to after the caller's return. */
  settle(): void;
}

const MARKER_TEXT = encodeTransaction({
  zxid: zxidOf(1, 0),
  prev: 0n,
  time: 1,
  requestId: "",
  events: [{ type: "LeaderEstablished", epoch: 1, nodeId: "node3" }],
});

export interface DeskRigOptions {
  readonly role: "LEADING" | "FOLLOWING";
  readonly outstandingMax?: number;
  readonly framesInFlight?: number;
  readonly counterMax?: number;
}

export function createDeskRig(options: DeskRigOptions): DeskRig {
  const { role, counterMax } = options;
  const established = { markerText: MARKER_TEXT, ...(counterMax ? { counterMax } : {}) };
  const core = role === "LEADING" ? leadingCore(established) : followingCore(established);
  const game = createGame();
  applyTransaction(game, decodeTransaction(MARKER_TEXT));
  const pattern = patternConfig(3);
  const { outstandingMax = 100, framesInFlight = 2 } = options;
  const config = { ...pattern, limits: { ...pattern.limits, outstandingMax, framesInFlight } };
  let later: (() => void)[] = [];
  const clock: Clock = {
    nowMs: () => rig.nowMs,
    wallMs: () => 1_700_000_000_000 + rig.nowMs,
    every: () => () => {},
    soon: (fn) => later.push(fn),
    next: (fn) => later.push(fn),
  };
  const desk = createCommandDesk({
    core,
    config,
    clock,
    game: () => game,
    forward: (_leader, epoch, commands: readonly ForwardedCommand[]) => {
      rig.forwarded.push({ epoch, requestIds: commands.map(({ requestId }) => requestId) });
    },
    replyTo: (to, _epoch, requestId, outcome) => rig.replies.push({ to, requestId, outcome }),
    confirm: (then) => rig.rounds.push(then),
    wake: () => {},
  });

  function act(outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.t === "leave") desk.leave();
      if (output.t !== "deliver") continue;
      const transactions = output.entries.map(
        (entry) => desk.decided(entry) ?? decodeTransaction(entry.text),
      );
      for (const transaction of transactions) applyTransaction(game, transaction);
      desk.applied(transactions);
    }
    desk.noticeRole();
  }

  const rig: DeskRig = {
    core,
    game,
    desk,
    told: [],
    forwarded: [],
    replies: [],
    rounds: [],
    nowMs: 0,
    submit(requestId, value = 42) {
      const wish = { type: "SetTarget", room: "lobby", player: "alice", value } as const;
      desk.submit({ ...wish, requestId }, 1000, (outcome) => {
        rig.told.push(`${requestId}: ${outcomeWords(outcome)}`);
      });
    },
    propose() {
      const entries = desk.takeProposals();
      if (entries.length > 0) act(step(core, { t: "propose", entries }));
      return entries.length;
    },
    commit: () => act(ackAll(core)),
    stream: (entries) => act(streamFrom(core, lastZxid(core.log), lastCrc(core.log), entries)),
    input: (input) => act(step(core, input)),
    settle() {
      const due = later;
      later = [];
      for (const fn of due) fn();
    },
  };
  desk.noticeRole();
  return rig;
}

export function outcomeWords(outcome: Outcome): string {
  if (!outcome.ok) return outcome.refusal.reason;
  return `ok ${outcome.zxid >> 32n}.${outcome.zxid & 0xffff_ffffn} round ${outcome.round}`;
}
