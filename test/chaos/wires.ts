/**
 * The proxies between the nodes, one for each pair, and what the faults ask of them. The node of
 * lower rank dials, so a pair has one connection. Faults of one pair overlap: the worst holds.
 */
import type { NodeConfig } from "../../config/cluster-config.js";
import type { Undo } from "./chaos-node.js";
import { FREE_TRAFFIC, type Traffic } from "./shaped-pipe.js";
import { openProxy, type TcpProxy, type Way } from "./tcp-proxy.js";

export interface Wire {
  readonly proxy: TcpProxy;
  disturb(way: Way, traffic: Partial<Traffic>): Undo;
}

export interface Wires {
  /** The nodes as one of them must know them: its own port, and for the others a proxy's. */
  seenFrom(id: string): readonly NodeConfig[];
  /** In any order. */
  between(one: string, other: string): Wire;
  close(): Promise<void>;
}

export async function openWires(nodes: readonly NodeConfig[]): Promise<Wires> {
  const wires = new Map<string, Wire>();
  for (const [index, dialer] of nodes.entries()) {
    for (const target of nodes.slice(index + 1)) {
      wires.set(`${dialer.id} ${target.id}`, createWire(await openProxy(target.peerPort)));
    }
  }
  return {
    seenFrom: (id) =>
      nodes.map((node) => {
        const proxy = wires.get(`${id} ${node.id}`)?.proxy;
        return proxy === undefined ? node : { ...node, peerPort: proxy.port };
      }),
    between(one, other) {
      const wire = wires.get(`${one} ${other}`) ?? wires.get(`${other} ${one}`);
      if (wire === undefined) throw new Error(`no wire joins ${one} and ${other}`);
      return wire;
    },
    async close() {
      await Promise.all([...wires.values()].map(({ proxy }) => proxy.close()));
    },
  };
}

function createWire(proxy: TcpProxy): Wire {
  const faults: Record<Way, Set<Partial<Traffic>>> = { out: new Set(), back: new Set() };
  function apply(way: Way): void {
    let worst = FREE_TRAFFIC;
    for (const fault of faults[way]) {
      worst = {
        delayMs: Math.max(worst.delayMs, fault.delayMs ?? 0),
        bytesPerSecond: Math.min(worst.bytesPerSecond, fault.bytesPerSecond ?? Infinity),
        silent: worst.silent || fault.silent === true,
      };
    }
    proxy.setTraffic(way, worst);
  }
  return {
    proxy,
    disturb(way, traffic) {
      const fault = { ...traffic };
      faults[way].add(fault);
      apply(way);
      return () => {
        faults[way].delete(fault);
        apply(way);
      };
    },
  };
}
