/** All nodes below each other, the most telling few things of each. */
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { age } from "../../client/durations.js";
import { phaseInWords } from "../../client/status-words.js";
import { formatZxid } from "../../game/zxid.js";
import { nodeLabel, rateInWords, unheardFor } from "./node-sentence.js";
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
          <tr key={node.nodeId} class={`is-${standingOfNode(node, cluster)}`}>
            <th scope="row">
              <button
                type="button"
                aria-label={`Show ${nodeLabel(node, cluster)}`}
                onClick={() => onSelect(node.nodeId)}
              >
                {node.nodeId}
              </button>
            </th>
            <td>{roleWords(node, cluster, nowMs)}</td>
            <td class="is-phase">{phaseWords(node)}</td>
            <td class="is-number">
              {node.status === undefined ? "" : formatZxid(node.status.commitZxid)}
            </td>
            <td class="is-number">{node.state === "unknown" ? "" : (node.lag ?? "")}</td>
            <td>
              <span class="node-rate">
                <SparkLine values={node.rates} most={most} />
                {rateInWords(node)}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function roleWords(node: NodeView, cluster: ClusterModel, nowMs: number): string {
  const { downSinceMs } = node;
  const standing = standingOfNode(node, cluster);
  const word = standingInWords(standing);
  if (standing === "unheard") return `${word} ${unheardFor([node], nowMs) ?? ""}`;
  return downSinceMs === undefined ? word : `${word} ${age(nowMs - downSinceMs)}`;
}

function phaseWords({ state, status }: NodeView): string {
  return state !== "up" || status === undefined ? "" : phaseInWords(status.phase);
}
