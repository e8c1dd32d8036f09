/** Prints a simulated run as one line an event, for whoever repeats a failing seed. */
import { formatZxid } from "../../nodes/zab/zxid.js";
import type { Watch } from "./run-case.js";

export const printTrace: Watch = (world, cluster) => {
  const { onStart, network, onWrite } = cluster;
  const { onSend } = network;
  const line = (node: string, text: string): void => {
    console.log(`${world.nowMs.toFixed(2).padStart(10)} ${node.padEnd(6)} ${text}`);
  };
  const show = (value: unknown): string =>
    JSON.stringify(value, (key, inner) => {
      if (typeof inner === "bigint") return formatZxid(inner);
      if (key === "entries" && Array.isArray(inner)) {
        return inner.map((entry: { zxid: bigint }) => formatZxid(entry.zxid)).join(" ");
      }
      return key === "chunks" && Array.isArray(inner) ? inner.length : inner;
    });
  cluster.onStart = (node) => {
    line(node.id, `START life ${node.life}`);
    onStart(node);
    node.running?.node.trace((event) =>
      line(node.id, `${event.kind} ${event.peerId} ${event.detail}`),
    );
  };
  cluster.onWrite = (node, ops, batch) => {
    for (const op of ops) line(node.id, `write ${show(op)}`);
    onWrite(node, ops, batch);
  };
  network.onSend = (from, to, messages) => {
    for (const msg of messages) if (msg.t !== "gossip") line(from, `-> ${to} ${show(msg)}`);
    onSend(from, to, messages);
  };
};
