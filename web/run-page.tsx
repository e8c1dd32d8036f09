/**
 * Runs the page: watches the gateway, feeds what comes to the model, carries out what the model
 * asks for, draws. It decides nothing about the game or the picture.
 */

import type { Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { render } from "preact";
import { createAdmin } from "../client/admin.js";
import { carryOut } from "../client/break-cluster.js";
import { afterPoll } from "../client/cluster-model.js";
import { createClusterPoll } from "../client/cluster-poll.js";
import { createPastDesk } from "../client/past-desk.js";
import { createSessionEffects } from "../client/session-effects.js";
import { shownRoom, standingOf } from "../client/session-model.js";
import type { SessionMessage } from "../client/session-update.js";
import { systemClock } from "../client/system-clock.js";
import { watch } from "../client/watch.js";
import { createZabbleClient } from "../client/zabble-client.js";
import type { Actions } from "./actions.js";
import { keep } from "./kept-settings.js";
import { Page } from "./page.js";
import { addressOfRoom } from "./page-address.js";
import type { PageModel } from "./page-model.js";
import type { PageTrace } from "./page-trace.js";
import { type PageEffect, type PageMessage, updatePage } from "./page-update.js";
import { showTheme } from "./show-theme.js";
import { createVisibleLife } from "./visible-life.js";
import { takeWindowSlot } from "./window-slots.js";

/** One try of a command; then the page says what it waits for, and goes on. */
const SEND_MS = 2000;
const POLL_EVERY_MS = 500;
/** Clocks on the page move this often; faster while they show tenths of seconds. */
const TICK_MS = 1000;
const TICK_FAST_MS = 100;
/** A glance at another tab is no reason to leave; other windows may wait for the place. */
const HIDDEN_GRACE_MS = 3000;

export interface RunPageOptions {
  readonly root: HTMLElement;
  /** The gateway that served the page. */
  readonly server: string;
  readonly first: PageModel;
  readonly trace: PageTrace;
  /** Takes a bug; the page cannot go on. */
  readonly fail: (error: unknown) => void;
}

/** Runs as long as the page is open. */
export function runPage({ root, server, first, trace, fail }: RunPageOptions): Actions {
  const clock = systemClock;
  const over = new AbortController();
  const { signal } = over;
  const client = createZabbleClient({
    servers: [server],
    transport: pageTransport,
    clock,
    requestId: newRequestId,
    deadlineMs: SEND_MS,
  });
  let model = first;
  let isDrawing = false;
  let pollNow = (): void => {};
  const admin = createAdmin({ transport: pageTransport, clock });
  const forSession = createSessionEffects({
    client,
    past: createPastDesk(client.listEvents, tell),
    poll: { pollNow: () => pollNow() },
    signal,
    tell,
    fail: broken,
  });

  function broken(error: unknown): void {
    over.abort();
    document.title = "✕ Zabble";
    fail(error);
  }

  function tell(message: SessionMessage): void {
    dispatch({ type: "session", message });
  }

  function dispatch(message: PageMessage): void {
    if (signal.aborted) return;
    try {
      const step = updatePage(model, message, clock.now());
      model = step.model;
      for (const effect of step.effects) perform(effect);
    } catch (error) {
      broken(error);
    }
    showTitle();
    draw();
  }

  /** At once: hidden pages are not drawn, and their title is all that is seen of them. */
  function showTitle(): void {
    if (signal.aborted) return;
    const title = titleOf(model);
    if (document.title !== title) document.title = title;
  }

  /** At most once a frame, however much has come. */
  function draw(): void {
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      if (signal.aborted) return;
      render(<Page model={model} actions={actions} trace={trace} />, root);
    });
  }

  function perform(effect: PageEffect): void {
    switch (effect.type) {
      case "forSession":
        forSession(effect.effect);
        return;
      case "breakCluster":
        void carryOut(effect.wish, model.session.cluster, admin, nodeBehind).then((done) => {
          tell({ type: "say", kind: done.ok ? "good" : "bad", text: done.words });
          pollNow();
        }, broken);
        return;
      case "rememberPlayer":
        keep("player", effect.player);
        return;
      case "showTheme":
        keep("theme", effect.theme);
        showTheme(effect.theme);
        return;
      case "showRoom":
        history.pushState(undefined, "", addressOfRoom(location, effect.room));
    }
  }

  /** The gateway passes on what is meant for one node. */
  function nodeBehind({ nodeId }: { readonly nodeId: string }): string {
    return `${server}/nodes/${nodeId}`;
  }

  const actions: Actions = {
    give: (wish) => tell({ type: "wish", wish, requestId: newRequestId() }),
    travel: (move) => tell({ type: "travel", move }),
    enterRoom: (room) => dispatch({ type: "enterRoom", room }),
    arriveIn: (room) => tell({ type: "enterRoom", room }),
    playAs: (player) => tell({ type: "player", player }),
    open: (dialog) => dispatch({ type: "open", dialog }),
    chooseNode: (nodeId) => dispatch({ type: "chooseNode", nodeId }),
    breakCluster: (wish) => dispatch({ type: "breakCluster", wish }),
    setTheme: (theme) => dispatch({ type: "theme", theme }),
  };

  async function live(seen: AbortSignal): Promise<void> {
    const hasSlot = await takeWindowSlot(navigator.locks, seen, () => {
      const words = "Two other windows of this browser show the game; this one waits for a place.";
      tell({ type: "connection", change: { state: "connecting", server, words } });
    });
    if (!hasSlot) return;
    trace.follow(seen);
    const poll = createClusterPoll({
      servers: [server],
      transport: pageTransport,
      clock,
      serverOf: () => server,
      direct: false,
      everyMs: POLL_EVERY_MS,
      onPoll: (one) => tell({ type: "cluster", cluster: afterPoll(model.session.cluster, one) }),
      signal: seen,
    });
    pollNow = poll.pollNow;
    poll.ended.catch(broken);
    watch({
      servers: [server],
      transport: pageTransport,
      clock,
      room: "",
      from: model.session.live?.now.zxid ?? 0n,
      signal: seen,
      onSnapshot: (snapshot) => tell({ type: "snapshot", snapshot }),
      onTransactions: (transactions, upTo) =>
        tell({ type: "transactions", transactions, seen: upTo }),
      onStatus: (status) => tell({ type: "status", status }),
      onConnection: (change) => tell({ type: "connection", change }),
    }).then((refused) => {
      if (refused !== undefined) broken(new Error(refused.message));
    }, broken);
    void tick(seen);
  }

  async function tick(seen: AbortSignal): Promise<void> {
    while (!seen.aborted) {
      const isCalm = standingOf(model.session) === "live" && model.session.pending.length === 0;
      await clock.sleep(isCalm ? TICK_MS : TICK_FAST_MS, seen);
      dispatch({ type: "tick" });
    }
  }

  function liveUntilHidden(seen: AbortSignal): void {
    seen.addEventListener("abort", () => dispatch({ type: "asleep" }), { once: true });
    live(seen).catch(broken);
  }

  const graceMs = HIDDEN_GRACE_MS;
  createVisibleLife({ page: document, clock, graceMs, live: liveUntilHidden, signal });
  showTheme(model.theme);
  showTitle();
  draw();
  return actions;
}

export function pageTransport(server: string): Transport {
  return createConnectTransport({ baseUrl: server, useBinaryFormat: true });
}

/** Not crypto.randomUUID: browsers have it only on pages that they hold for safe. */
function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function titleOf({ session, isAsleep }: PageModel): string {
  const target = shownRoom(session)?.target;
  const isLive = standingOf(session) === "live" && session.past === undefined && !isAsleep;
  return `${isLive ? "" : "◌ "}${target ?? "–"} in ${session.room} · Zabble`;
}
