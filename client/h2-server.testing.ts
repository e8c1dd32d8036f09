/** A real server over HTTP/2 without TLS, on a free port of the loopback. */
import { createServer } from "node:http2";
import type { Socket } from "node:net";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";

export interface H2Server {
  /** Its base address. */
  readonly url: string;
  /** Breaks all connections off, as a killed process does. */
  breakOff(): void;
  /** The same, and takes no new ones. */
  close(): Promise<void>;
}

export async function startH2Server(routes: (router: ConnectRouter) => void): Promise<H2Server> {
  const server = createServer(connectNodeAdapter({ routes }));
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("It has no port.");
  function breakOff(): void {
    for (const socket of sockets) socket.destroy();
  }
  return {
    url: `http://127.0.0.1:${address.port}`,
    breakOff,
    close() {
      breakOff();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
