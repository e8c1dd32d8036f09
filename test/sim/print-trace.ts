/** Prints a simulated run as one line an event, for whoever repeats a failing seed. */
import { formatZxid } from "../../nodes/zab/zxid.js";
import type { Watch } from "./run-case.js";

export const printTrace: Watch = (world, cluster) => {
  const { onStart, onCrash, onLoss, onFault, network, onWrite } = cluster;
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
  cluster.onCrash = (node) => {
    line(node.id, "END");
    onCrash(node);
  };
  cluster.onLoss = (node) => {
    line(node.id, "LOSES what is on its disk, or some of it");
    onLoss(node);
  };
  cluster.onFault = (fault, struck) => {
    const [first, ...others] = struck.map(({ id }) => id);
    const forMs = fault.forMs.toFixed(0);
    line(first ?? "", `FAULT ${fault.kind} for ${forMs} ms, with ${others.join(" ") || "nobody"}`);
    onFault(fault, struck);
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
