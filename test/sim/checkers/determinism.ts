/**
 * Determinism (X10): at one zxid the state is the same everywhere, whether it was reached by replay
 * from zero, from a snapshot on disk or from one that a leader sent. After every delivery what it
 * touched is compared; the whole state after every `wholeEvery`-th entry and after each start; and
 * every `snapshotEvery`-th snapshot, restored.
 */
import type { Game } from "../../../game/game.js";
import { cutSnapshot, restoreGame } from "../../../game/snapshot.js";
import type { Transaction } from "../../../game/transaction.js";
import type { SnapshotData } from "../../../nodes/zab/entry.js";
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";
import { difference, sameOnTop } from "./same-state.js";

export interface DeterminismPace {
  readonly wholeEvery: number;
  readonly snapshotEvery: number;
}

export function determinism(
  { cluster, committed, replay }: CheckContext,
  { wholeEvery, snapshotEvery }: DeterminismPace,
): Checker {
  /** Nodes that have delivered nothing yet since they started from disk or from a snapshot. */
  const fresh = new Set<string>();
  let snapshots = 0;

  function placeOf(who: string, zxid: bigint): number {
    const place = zxid === 0n ? -1 : committed.indexOf(zxid);
    if (place === undefined) fail(`${who} is at ${formatZxid(zxid)}, which nobody committed`);
    return place;
  }

  function compare(who: string, game: Game): void {
    const what = difference(cutSnapshot(game), replay.cutAt(placeOf(who, game.zxid)));
    if (what !== undefined) fail(`${who} differs at ${formatZxid(game.zxid)} in ${what}`);
  }

  function compareNode(node: SimNode): void {
    const game = node.running?.node.game();
    if (game !== undefined) compare(node.id, game);
  }

  function compareTouched(node: SimNode, game: Game, { requestId, events }: Transaction): void {
    const place = placeOf(node.id, game.zxid);
    const event = events.at(-1);
    const room = event === undefined || event.type === "LeaderEstablished" ? undefined : event.room;
    const same =
      (room === undefined || sameOnTop(game.rooms.get(room), replay.roomAt(place, room))) &&
      (requestId === "" || game.requests.find(requestId)?.zxid === game.zxid) &&
      game.leader?.epoch === replay.cutAt(place).leader?.epoch;
    if (!same) fail(`${node.id} differs at ${formatZxid(game.zxid)} in what it just applied`);
  }

  function compareSnapshot(who: string, { zxid, chunks }: SnapshotData): void {
    if (snapshots++ % snapshotEvery !== 0) return;
    const game = restoreGame(chunks);
    if (game.zxid !== zxid) fail(`${who}: ${formatZxid(game.zxid)} under ${formatZxid(zxid)}`);
    compare(who, game);
  }

  return {
    onStart(node) {
      fresh.add(node.id);
    },
    onInstalled: compareNode,
    onApplied(node, transactions) {
      const game = node.running?.node.game();
      const last = transactions.at(-1);
      if (game === undefined || last === undefined) return;
      compareTouched(node, game, last);
      const place = placeOf(node.id, game.zxid);
      if (fresh.delete(node.id) || place % wholeEvery === 0) compare(node.id, game);
    },
    onSnapshot(node, snapshot) {
      compareSnapshot(`a snapshot of ${node.id}`, snapshot);
    },
    onWrite(node, ops) {
      for (const op of ops) {
        if (op.kind === "reset") compareSnapshot(`the snapshot sent to ${node.id}`, op.snapshot);
      }
    },
    atEnd() {
      for (const node of cluster.nodes) compareNode(node);
    },
  };
}

function fail(what: string): never {
  throw new Violation("Determinism", what);
}
