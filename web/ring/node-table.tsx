/** All nodes below each other, the most telling few things of each. */
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { age } from "../../client/durations.js";
import { phaseInWords } from "../../client/status-words.js";
import { formatZxid } from "../../game/zxid.js";
import { nodeLabel } from "./node-sentence.js";
import { standingInWords, standingOfNode } from "./node-standing.js";
import { SparkLine } from "./spark-line.js";

export interface NodeTableProps {
  readonly cluster: ClusterModel;
  readonly onSelect: (nodeId: string) => void;
  readonly nowMs: number;
}

export function NodeTable({ cluster, onSelect, nowMs }: NodeTableProps) {
  const most = Math.max(1, ...cluster.nodes.flatMap(({ rates }) => rates));
  return (
    <table class="node-table">
      <thead>
        <tr>
          <th scope="col">node</th>
          <th scope="col">role</th>
          <th scope="col" class="is-phase">
            phase
          </th>
          <th scope="col" class="is-number">
            zxid
          </th>
          <th scope="col" class="is-number">
            lag
          </th>
          <th scope="col">commits/s</th>
        </tr>
      </thead>
      <tbody>
        {cluster.nodes.map((node) => (
          <tr key={node.nodeId} class={`is-${standingOfNode(node)}`}>
            <th scope="row">
              <button
                type="button"
                aria-label={`Show ${nodeLabel(node)}`}
                onClick={() => onSelect(node.nodeId)}
              >
                {node.nodeId}
              </button>
            </th>
            <td>{roleWords(node, nowMs)}</td>
            <td class="is-phase">{phaseWords(node)}</td>
            <td class="is-number">
              {node.status === undefined ? "" : formatZxid(node.status.commitZxid)}
            </td>
            <td class="is-number">{node.lag ?? ""}</td>
            <td>
              <span class="node-rate">
                <SparkLine values={node.rates} most={most} />
                {Math.round(node.rates.at(-1) ?? 0)}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function roleWords(node: NodeView, nowMs: number): string {
  const { downSinceMs } = node;
  const word = standingInWords(standingOfNode(node));
  return downSinceMs === undefined ? word : `${word} ${age(nowMs - downSinceMs)}`;
}

function phaseWords({ state, status }: NodeView): string {
  return state === "down" || status === undefined ? "" : phaseInWords(status.phase);
}
