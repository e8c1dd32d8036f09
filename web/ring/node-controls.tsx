/** What may be done to a node on purpose. What comes of it is told elsewhere. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type BreakWish, PAUSE_MS } from "../../client/break-cluster.js";
import type { ClusterModel, NodeView } from "../../client/cluster-model.js";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";

export interface NodeControlsProps {
  readonly node: NodeView;
  readonly cluster: ClusterModel;
  readonly onBreak: (wish: BreakWish) => void;
}

export function NodeControls({ node, cluster, onBreak }: NodeControlsProps) {
  const { nodeId } = node;
  const wish = (action: BreakWish["action"]) => () => onBreak({ action, nodeId });
  const heal = (
    <button type="button" aria-label="Heal all links of all nodes" onClick={wish("heal")}>
      heal all links
    </button>
  );
  if (node.state === "down") {
    return <div class="node-controls">{heal}</div>;
  }
  const others = cluster.nodes.filter((other) => other.nodeId !== nodeId);
  return (
    <div class="node-controls">
      <Kill nodeId={nodeId} onKill={wish("kill")} />
      <button
        type="button"
        aria-label={`Pause ${PAUSE_MS / 1000} s: ${nodeId}`}
        onClick={wish("pause")}
      >
        pause {PAUSE_MS / 1000} s
      </button>
      <button type="button" aria-label={`Resume ${nodeId}`} onClick={wish("resume")}>
        resume
      </button>
      {node.status?.role === Role.LEADING && (
        <button type="button" aria-label={`Step down: ${nodeId}`} onClick={wish("stepDown")}>
          step down
        </button>
      )}
      {others.length > 0 && <Cut nodeId={nodeId} {...{ others, onBreak }} />}
      {others.length > 1 && (
        <button
          type="button"
          aria-label={`Cut off from all others: ${nodeId}`}
          onClick={wish("isolate")}
        >
          cut off from all
        </button>
      )}
      {heal}
    </div>
  );
}

interface KillProps {
  readonly nodeId: string;
  readonly onKill: () => void;
}

function Kill({ nodeId, onKill }: KillProps) {
  const [isAsking, setAsking] = useState(false);
  const focused = useRef<HTMLButtonElement>(null);
  const isFirst = useRef(true);
  // Whoever uses the keyboard goes on at what has taken the place of the button just used.
  useLayoutEffect(() => {
    if (!isFirst.current) focused.current?.focus();
    isFirst.current = false;
  }, [isAsking]);
  if (!isAsking) {
    return (
      <button
        key="ask"
        type="button"
        class="is-grave"
        ref={focused}
        aria-label={`Kill ${nodeId}`}
        onClick={() => setAsking(true)}
      >
        kill
      </button>
    );
  }
  const confirm = (): void => {
    setAsking(false);
    onKill();
  };
  return (
    <div key="asked" class="node-confirm" role="alert">
      <span>{`Kill ${nodeId}? Its process ends without a goodbye.`}</span>
      <button
        type="button"
        class="is-grave"
        aria-label={`Confirm: kill ${nodeId}`}
        onClick={confirm}
      >
        Confirm
      </button>
      <button
        type="button"
        ref={focused}
        aria-label={`Cancel: do not kill ${nodeId}`}
        onClick={() => setAsking(false)}
      >
        Cancel
      </button>
    </div>
  );
}

interface CutProps {
  readonly nodeId: string;
  readonly others: readonly NodeView[];
  readonly onBreak: (wish: BreakWish) => void;
}

function Cut({ nodeId, others, onBreak }: CutProps) {
  const [chosen, setChosen] = useState("");
  const peerId = others.some((other) => other.nodeId === chosen)
    ? chosen
    : (others[0]?.nodeId ?? "");
  return (
    <span class="node-cut">
      <button
        type="button"
        aria-label={`Cut link to ${peerId} from ${nodeId}`}
        onClick={() => onBreak({ action: "cut", nodeId, peerId })}
      >
        cut link to
      </button>
      <select
        aria-label={`The other end of the link of ${nodeId} to cut`}
        value={peerId}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {others.map((other) => (
          <option key={other.nodeId} value={other.nodeId}>
            {other.nodeId}
          </option>
        ))}
      </select>
    </span>
  );
}
