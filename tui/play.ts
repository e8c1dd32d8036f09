/**
 * `zabble play` itself: watches the cluster, feeds what comes to the screen's model, carries out
 * what the model asks for, paints. It decides nothing about the game or the picture.
 */
import { afterPoll } from "../client/cluster-model.js";
import { createClusterPoll } from "../client/cluster-poll.js";
import { ledElsewhere } from "../client/led-elsewhere.js";
import { createPastDesk } from "../client/past-desk.js";
import { serverOf } from "../client/server-of.js";
import { createSessionEffects } from "../client/session-effects.js";
import { standingOf } from "../client/session-model.js";
import type { SessionMessage } from "../client/session-update.js";
import { watch } from "../client/watch.js";
import { createZabbleClient } from "../client/zabble-client.js";
import type { CommandContext } from "./command-context.js";
import { createEffects, type PlayEnd } from "./play-effects.js";
import { type Frame, sameFrame } from "./screen/frame.js";
import { createPainter } from "./screen/painter.js";
import { newScreen, type ScreenModel, type ScreenSetting } from "./screen/screen-model.js";
import { type ScreenMessage, updateScreen } from "./screen/screen-update.js";
import { createTerminal } from "./screen/terminal.js";
import { view } from "./screen/view.js";

/** One try of a command over all servers; then the screen says what it waits for, and goes on. */
const SEND_MS = 2000;
const POLL_EVERY_MS = 500;
/** Clocks on the screen move this often; faster while they show tenths of seconds. */
const TICK_MS = 1000;
const TICK_FAST_MS = 100;

export interface PlayOptions {
  /** Base addresses; the screen begins with the first that answers. */
  readonly servers: readonly string[];
  readonly setting: Omit<ScreenSetting, "columns" | "rows" | "nowMs">;
  /** Takes a function that shows a line to the player; for whoever has something to say. */
  readonly onNotice?: (say: (text: string) => void) => void;
}

/** Resolves when the terminal is restored. Rejects only with a bug, the terminal restored too. */
export async function play(context: CommandContext, options: PlayOptions): Promise<PlayEnd> {
  const { clock, transport } = context;
  const { servers, setting } = options;
  const over = new AbortController();
  const { signal } = over;
  let setEnd: (end: PlayEnd) => void = () => {};
  let fail: (error: unknown) => void = () => {};
  const ended = new Promise<PlayEnd>((resolve, reject) => {
    setEnd = resolve;
    fail = reject;
  });
  const forget = (["SIGTERM", "SIGHUP", "SIGINT"] as const).map((name) =>
    context.onSignal(name, () => setEnd({ kind: "signal", signal: name })),
  );
  const terminal = createTerminal({
    input: context.stdin,
    output: context.stdout,
    env: context.env,
    theme: setting.theme,
    onKey: (key) => dispatch({ type: "key", key }, true),
    onMouse: (event) => dispatch({ type: "mouse", event }, true),
    onResize: () => dispatch({ type: "resize", ...terminal.size() }, true),
    onLost: () => setEnd({ kind: "lost" }),
  });
  let model: ScreenModel = newScreen({ ...setting, ...terminal.size(), nowMs: clock.now() });
  let shown: Frame | undefined;
  const painter = createPainter({
    clock,
    soon: setImmediate,
    fail,
    paint() {
      const frame = view(model);
      if (shown !== undefined && sameFrame(frame, shown)) return false;
      shown = frame;
      terminal.paint(frame);
      return true;
    },
  });
  const client = createZabbleClient({
    servers,
    transport,
    clock,
    requestId: context.requestId,
    deadlineMs: SEND_MS,
  });
  const past = createPastDesk(client.listEvents, tell);
  const poll = createClusterPoll({
    servers,
    transport,
    clock,
    serverOf,
    direct: true,
    everyMs: POLL_EVERY_MS,
    onPoll: (one) => tell({ type: "cluster", cluster: afterPoll(model.session.cluster, one) }),
    signal,
  });

  const perform = createEffects({
    context,
    terminal,
    poll,
    model: () => model,
    tell,
    forSession: createSessionEffects({ client, past, poll, signal, tell, fail }),
    give(wish) {
      const message = { type: "wish", wish, requestId: context.requestId() } as const;
      dispatch({ type: "session", message }, true);
    },
    paintAnew: () => {
      shown = undefined;
    },
    end: setEnd,
    fail,
  });

  /** A message of the session that nobody waits for with a finger on a key. */
  function tell(message: SessionMessage): void {
    dispatch({ type: "session", message }, false);
  }

  function dispatch(message: ScreenMessage, urgent: boolean): void {
    if (signal.aborted) return;
    const waitedFor = model.session.pending.length;
    try {
      const step = updateScreen(model, message, clock.now());
      model = step.model;
      for (const effect of step.effects) perform(effect);
    } catch (error) {
      // A bug; whoever called is a stream or a timer, and knows nothing to do about it.
      fail(error);
    }
    // What a player waits for has come, or the round is another: that is as urgent as a key.
    const hasCome = model.session.pending.length < waitedFor;
    painter.request(urgent || hasCome || turnsRound(message, model.session.room));
  }

  async function tick(): Promise<void> {
    while (!signal.aborted) {
      const isCalm = standingOf(model.session) === "live" && model.session.pending.length === 0;
      await clock.sleep(isCalm ? TICK_MS : TICK_FAST_MS, signal);
      dispatch({ type: "tick" }, false);
    }
  }

  const watched = watch({
    servers,
    transport,
    clock,
    room: "",
    from: 0n,
    signal,
    ledElsewhere: () => ledElsewhere(model.session.cluster),
    onSnapshot: (snapshot) => tell({ type: "snapshot", snapshot }),
    onTransactions: (transactions, seen) => tell({ type: "transactions", transactions, seen }),
    onStatus: (status) => tell({ type: "status", status }),
    onConnection: (change) => tell({ type: "connection", change }),
  });
  watched.then((refused) => {
    if (refused !== undefined) setEnd({ kind: "refused", message: refused.message });
  }, fail);
  terminal.setMouse(model.mouse);
  options.onNotice?.((text) => tell({ type: "say", kind: "info", text }));
  const ticking = tick();
  ticking.catch(fail);
  painter.request(true);
  try {
    return await ended;
  } finally {
    over.abort();
    painter.close();
    past.stop();
    terminal.close();
    for (const off of forget) off();
    await Promise.allSettled([watched, ticking, poll.ended]);
  }
}

/** Whether the message opens or closes a round of the room, or names a new leader. */
function turnsRound(message: ScreenMessage, room: string): boolean {
  if (message.type !== "session" || message.message.type !== "transactions") return false;
  return message.message.transactions.some(({ events }) =>
    events.some(
      (event) =>
        event.type === "LeaderEstablished" ||
        (event.type !== "GuessSubmitted" && event.room === room),
    ),
  );
}
