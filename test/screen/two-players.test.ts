// Proves with real terminals, real keys and a real cluster that players on different nodes see each
// other's guesses, that one of them can kill the leader from the screen, and that both go on.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { type Action, type KeyContext, keyFor } from "../../tui/screen/keys.js";
import { DIST, startCluster } from "../cluster/cluster.testing.js";
import { startTmux, type TmuxPane } from "./tmux.testing.js";

const LIMIT = { timeout: 90_000 };

function act(pane: TmuxPane, context: KeyContext, ...actions: readonly Action[]): void {
  pane.press(...actions.map((action) => keyFor(context, action)));
}

test("two players on two nodes see each other, kill the leader, and go on", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3, overrides: { admin: true } });
  const leader = await cluster.leader();
  const [first, second] = cluster.others(leader.nodeId);
  assert.ok(first !== undefined && second !== undefined);
  const tmux = startTmux(t);
  const open = (player: string, nodeId: string, columns: number, rows: number): TmuxPane => {
    const words = [process.execPath, join(DIST, "zabble.js"), "play", "--player", player];
    const where = ["--config", cluster.configFile, "--node", nodeId];
    return tmux.open([...words, ...where].join(" "), columns, rows);
  };
  const ann = open("ann", first.id, 120, 40);
  const bob = open("bob", second.id, 80, 24);
  await ann.shows(new RegExp(`ann @ ${first.id}`), /● live/, /3 of 3 nodes up/);
  await bob.shows(new RegExp(`bob @ ${second.id}`), /● live/);

  act(ann, "play", "write");
  ann.type("45");
  act(ann, "line", "submit");
  await bob.shows(/round 1: set by ann/);
  bob.type("47");
  act(bob, "play", "submit");
  await ann.shows(/◆ bob 47, off by 2/, /bob guessed 47/);
  ann.type("44");
  act(ann, "play", "submit");
  await bob.shows(/◆ ann 44, off by 1/);

  const killed = cluster.node(leader.nodeId).endsByItself();
  act(ann, "play", "breakThings");
  await ann.shows(/break things/, new RegExp(`▶ ★ ${leader.nodeId}`));
  act(ann, "breaking", "kill");
  await ann.shows(/are you sure\?/);
  act(ann, "confirm", "yes");
  await killed;
  await ann.shows(new RegExp(`✕ ${leader.nodeId} +down`), /★ node\d +leader/, /● live/);
  await bob.shows(/★ node\d epoch \d/, /● live/);

  bob.type("45");
  act(bob, "play", "submit");
  await ann.shows(/◆ bob 45, exact/, /━ \d+\.0 +node\d leads epoch \d/);
  act(ann, "play", "closeRound");
  await bob.shows(/✓ you won round 1|✓ bob won round 1/);

  act(ann, "play", "travel");
  await ann.shows(/THIS IS THE PAST/, /round 1 went to bob/);
  act(ann, "past", "leaderBack");
  await ann.shows(/changed: leader .*node\d/);
  act(ann, "past", "live");
  await ann.shows(/● live/);

  act(ann, "play", "quit");
  act(bob, "play", "interrupt");
  await ann.shows(/^exit 0$/m);
  await bob.shows(/^exit 130$/m);
  assert.ok(ann.isRestored() && bob.isRestored());
});

test("a screen moves on when its own node dies, and misses nothing", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  const leader = await cluster.leader();
  const tmux = startTmux(t);
  const words = [process.execPath, join(DIST, "zabble.js"), "play", "--player", "ann"];
  const pane = tmux.open([...words, "--config", cluster.configFile].join(" "), 100, 30);
  const shown = await pane.shows(/ann @ node\d/, /● live/);
  const own = /ann @ (node\d)/.exec(shown)?.[1] ?? "";
  const client = cluster.client(cluster.others(own)[0]?.id ?? "");
  const command = { room: "lobby", player: "bob" };
  assert.equal((await client.setTarget({ ...command, value: 50 })).kind, "committed");
  await pane.shows(/round 1: set by bob/);
  await cluster.node(own).kill();
  assert.equal((await client.submitGuess({ ...command, value: 49 })).kind, "committed");
  await pane.shows(/◆ bob 49, off by 1/, /● live/, new RegExp(`✕ ${own} +down`));
  assert.doesNotMatch(pane.text(), new RegExp(`ann @ ${own}`), `${leader.nodeId} led`);
  act(pane, "play", "quit");
  await pane.shows(/^exit 0$/m);
});
