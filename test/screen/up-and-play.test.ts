// Proves what `npm start` does on a terminal: a cluster comes up with the game on it, and goes with
// the screen, whether that is left with q, ended by a signal or loses its terminal.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { ClusterConfig } from "../../config/cluster-config.js";
import { formatConfig } from "../../config/format-config.js";
import { livePid } from "../../nodes/launch-pid-file.js";
import { keyFor } from "../../tui/screen/keys.js";
import { DIST } from "../cluster/cluster.testing.js";
import { testConfig } from "../cluster/cluster-config.testing.js";
import { eventually } from "../cluster/eventually.testing.js";
import { goesWithUs } from "../cluster/leftovers.testing.js";
import { startTmux, type Tmux, type TmuxPane } from "./tmux.testing.js";

const LIMIT = { timeout: 60_000 };

interface Game {
  readonly config: ClusterConfig;
  readonly configFile: string;
  readonly tmux: Tmux;
  readonly pane: TmuxPane;
}

async function startGame(t: TestContext): Promise<Game> {
  const dir = mkdtempSync(join(tmpdir(), "zabble-play-"));
  goesWithUs(dir);
  const config = await testConfig(3, join(dir, "data"), { admin: true });
  const configFile = join(dir, "three.yaml");
  writeFileSync(configFile, formatConfig(config, "Three nodes for a test."));
  const tmux = startTmux(t);
  const program = `${process.execPath} ${join(DIST, "zabble.js")}`;
  const pane = tmux.open(`${program} up --play --config ${configFile}`, 100, 30);
  t.after(async () => {
    await nodesAreGone(config);
    rmSync(dir, { recursive: true, force: true });
  });
  await pane.shows(/Who plays\?/, /● live/, /3 of 3 nodes up/);
  return { config, configFile, tmux, pane };
}

/** Ends what is left, so that a failed test leaves nothing behind either. */
async function nodesAreGone({ nodes, dataDir }: ClusterConfig): Promise<void> {
  const running = () => nodes.flatMap(({ id }) => livePid(join(dataDir, `${id}.pid`)) ?? []);
  try {
    await eventually("all nodes to be gone", () => (running().length === 0 ? true : undefined), {
      limitMs: 8000,
    });
  } catch (error) {
    for (const pid of running()) process.kill(pid, "SIGKILL");
    throw error;
  }
}

test("the game opens on a fresh cluster, and q ends both", LIMIT, async (t) => {
  const { config, configFile, tmux, pane } = await startGame(t);
  pane.press(keyFor("line", "submit"));
  await pane.shows(/A number and Enter guess, w sets a target, x breaks nodes, \? shows all keys/);
  const program = `${process.execPath} ${join(DIST, "zabble.js")}`;
  const other = tmux.open(`${program} play --player bob --config ${configFile}`, 80, 24);
  await other.shows(/bob @ node\d/, /● live/);
  other.press(keyFor("play", "write"));
  other.type("30");
  other.press(keyFor("line", "submit"));
  await pane.shows(/round 1: set by bob/);
  pane.press(keyFor("play", "quit"));
  await pane.shows(/^Stopping\.$/m, /^exit 0$/m);
  assert.ok(pane.isRestored());
  await other.shows(/✕ reconnecting/, /round 1: set by bob/, /no node has been heard from/);
  await nodesAreGone(config);
});

test("a node that dies is started again, and the player is told", LIMIT, async (t) => {
  const { config, pane } = await startGame(t);
  pane.press(keyFor("line", "submit"));
  const pid = livePid(join(config.dataDir, "node1.pid"));
  assert.ok(pid !== undefined);
  process.kill(pid, "SIGKILL");
  await pane.shows(/node1 ended \(SIGKILL\); 2 of 3 nodes run, the cluster goes on/);
  await pane.shows(/3 of 3 nodes up/);
  process.kill(pane.pid(), "SIGTERM");
  await pane.shows(/^exit 143$/m);
  assert.ok(pane.isRestored());
  await nodesAreGone(config);
});

test("a lost terminal ends the whole cluster", LIMIT, async (t) => {
  const { config, pane } = await startGame(t);
  pane.closeTerminal();
  await nodesAreGone(config);
});

test("a screen that is killed takes the cluster with it", LIMIT, async (t) => {
  const { config, pane } = await startGame(t);
  process.kill(pane.pid(), "SIGKILL");
  await pane.shows(/^exit 137$/m);
  await nodesAreGone(config);
});
