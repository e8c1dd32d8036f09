/** The cluster's table in plain text and in JSON. */

import { phaseInWords, roleInWords } from "../client/status-words.js";
import { formatZxid } from "../game/zxid.js";
import { type ClusterView, lagOf, leaderOf, type NodeRow } from "./cluster-view.js";
import { zxidFields } from "./room-text.js";

const HEAD = ["node", "role", "phase", "epoch", "commit", "lag", "leader", "address"];
/** Right-aligned: epoch and lag. */
const NUMBER_COLUMNS: ReadonlySet<number> = new Set([3, 5]);

export function clusterLines(view: ClusterView): string[] {
  const table = [HEAD, ...view.rows.map((row) => cellsOf(row, view.rows))];
  const widths = HEAD.map((_, column) =>
    Math.max(...table.map((cells) => (cells[column] ?? "").length)),
  );
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return NUMBER_COLUMNS.has(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
  return [...lines, summary(view)];
}

/** Stable keys; zxids as `epoch.counter` and as decimal strings. */
export function clusterJson(view: ClusterView): object {
  const leader = leaderOf(view.rows);
  return {
    outcome: "ok",
    leader: leader?.nodeId ?? null,
    epoch: leader?.epoch ?? null,
    quorum: view.quorum,
    nodes: view.rows.map((row) => nodeJson(row, view.rows)),
  };
}

function cellsOf({ nodeId, address, status }: NodeRow, rows: readonly NodeRow[]): string[] {
  if (status === undefined) return [nodeId, "down", "", "", "", "", "", address];
  return [
    nodeId,
    roleInWords(status.role),
    phaseInWords(status.phase),
    String(status.epoch),
    formatZxid(status.commitZxid),
    String(lagOf(status, rows) ?? "?"),
    status.leaderId,
    address,
  ];
}

function summary({ rows, quorum }: ClusterView): string {
  const leader = leaderOf(rows);
  const up = rows.filter(({ status }) => status !== undefined).length;
  const who = leader === undefined ? "no leader" : `${leader.nodeId} leads epoch ${leader.epoch}`;
  return `${who}; ${up} of ${rows.length} nodes up, quorum ${quorum}`;
}

function nodeJson(row: NodeRow, rows: readonly NodeRow[]): object {
  const { nodeId, address, status, downReason } = row;
  if (status === undefined) return { node: nodeId, address, up: false, reason: downReason };
  const commit = zxidFields(status.commitZxid);
  return {
    node: nodeId,
    address,
    up: true,
    role: roleInWords(status.role),
    phase: phaseInWords(status.phase),
    epoch: status.epoch,
    commitZxid: commit.zxid,
    commitZxidDecimal: commit.zxidDecimal,
    lag: lagOf(status, rows) ?? null,
    leader: status.leaderId === "" ? null : status.leaderId,
  };
}
