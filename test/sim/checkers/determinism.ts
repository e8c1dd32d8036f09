/**
 * Determinism (X10): at one zxid the state is the same everywhere, byte for byte, whether it was
 * reached by replay from zero, from a snapshot on disk or from one that a leader sent.
 */
import { applyTransaction, createGame, type Game } from "../../../game/game.js";
import { cutSnapshot, snapshotChunks } from "../../../game/snapshot.js";
import { decodeTransaction } from "../../../game/transaction.js";
import { formatZxid } from "../../../nodes/zab/zxid.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function determinism({ cluster, committed }: CheckContext): Checker {
  /** Replayed from zero along the committed log. */
  const replay = createGame();
  let replayed = 0;

  function compare(node: SimNode): void {
    const game = node.running?.node.game();
    if (game === undefined || game.zxid < replay.zxid) return;
    while (replay.zxid < game.zxid) {
      const entry = committed.entries[replayed++];
      if (entry === undefined) return;
      applyTransaction(replay, decodeTransaction(entry.text));
    }
    if (replay.zxid !== game.zxid || digest(replay) === digest(game)) return;
    throw new Violation("Determinism", `${node.id} differs at ${formatZxid(game.zxid)}`);
  }

  return {
    onInstalled: compare,
    atEnd() {
      for (const node of cluster.nodes) compare(node);
    },
  };
}

function digest(game: Game): string {
  return [...snapshotChunks(cutSnapshot(game))].join("\n");
}
