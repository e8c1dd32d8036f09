/**
 * Stands between one node that dials and the node that it dials, and does to their connections what
 * networks do: delay, throttle, swallow, reset in the middle of a frame, close one half. It reads
 * no byte of what passes.
 */
import net, { type Socket } from "node:net";
import { createShapedPipe, FREE_TRAFFIC, type ShapedPipe, type Traffic } from "./shaped-pipe.js";

/** Seen from the node that dials. */
export type Way = "out" | "back";

export interface TcpProxy {
  readonly port: number;
  /** Holds for the connections that are open and for those to come. */
  setTraffic(way: Way, traffic: Traffic): void;
  /** Lets so many bytes more pass on each open connection, then resets both its ends. */
  reset(way: Way, afterBytes: number): void;
  /** Closes one half of each open connection: the other goes on. */
  halfClose(way: Way): void;
  /** How many are open. */
  connections(): number;
  close(): Promise<void>;
}

type Pipes = Readonly<Record<Way, ShapedPipe>>;

/** Listens on a free port of 127.0.0.1. */
export async function openProxy(targetPort: number): Promise<TcpProxy> {
  const traffic: Record<Way, Traffic> = { out: FREE_TRAFFIC, back: FREE_TRAFFIC };
  const open = new Map<Socket, Pipes & { readonly both: readonly Socket[] }>();

  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (dialer) => {
    const options = { host: "127.0.0.1", port: targetPort, noDelay: true, allowHalfOpen: true };
    const target = net.connect(options);
    const both = [dialer, target];
    for (const socket of both) {
      // What has happened to it, its pipe tells the other, when the traffic lets it.
      socket.on("error", () => socket.destroy());
      socket.once("close", () => {
        if (both.every(({ closed }) => closed)) open.delete(dialer);
      });
    }
    open.set(dialer, {
      out: createShapedPipe(dialer, target, () => traffic.out),
      back: createShapedPipe(target, dialer, () => traffic.back),
      both,
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy has no port");

  return {
    port: address.port,
    setTraffic(way, next) {
      traffic[way] = next;
      for (const pipes of open.values()) pipes[way].changed();
    },
    reset(way, afterBytes) {
      for (const { both, ...pipes } of open.values()) {
        pipes[way].breakAfter(afterBytes, () => {
          for (const socket of both) socket.resetAndDestroy();
        });
      }
    },
    halfClose(way) {
      for (const pipes of open.values()) pipes[way].shut();
    },
    connections: () => open.size,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const { both } of open.values()) for (const socket of both) socket.destroy();
      await closed;
    },
  };
}
