/**
 * The peer port: PeerService.Exchange on HTTP/2 and nothing else, and the dialing of other ones.
 */
import http2 from "node:http2";
import net from "node:net";
import type { Duplex } from "node:stream";
import { PeerService } from "../../gen/zabble/v1/peer_pb.js";

export const EXCHANGE_PATH = `/${PeerService.typeName}/${PeerService.method.exchange.name}`;
const CONTENT_TYPE = "application/connect+proto";

/** Flow-control windows: a whole catch-up should not wait for window updates. */
const WINDOW_BYTES = 8 * 1024 * 1024;
const SETTINGS: http2.Settings = { initialWindowSize: WINDOW_BYTES, maxConcurrentStreams: 8 };

const CONNECTIONS_MAX = 256;
const DIAL_TIMEOUT_MS = 2000;
const KEEP_ALIVE_MS = 5000;

export interface PeerPort {
  readonly port: number;
  close(): void;
}

/** Rejects if the port cannot be bound. `onStranger` hears of whatever is no Exchange stream. */
export function listenForPeers(
  host: string,
  port: number,
  onStream: (duplex: Duplex, from: string) => void,
  onStranger: (what: string) => void,
): Promise<PeerPort> {
  const server = http2.createServer({ settings: SETTINGS });
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket: net.Socket) => {
    if (sockets.size >= CONNECTIONS_MAX) {
      onStranger("too many connections");
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.once("close", () => sockets.delete(socket));
    // Nothing to do about it here: the stream on it closes and says so.
    socket.on("error", () => socket.destroy());
  });
  server.on("session", (session) => {
    session.setLocalWindowSize(WINDOW_BYTES);
    session.on("error", () => session.destroy());
    // Whoever opens no stream in this time wants something else.
    const timer = setTimeout(() => session.destroy(), DIAL_TIMEOUT_MS);
    session.once("stream", () => clearTimeout(timer));
    session.once("close", () => clearTimeout(timer));
  });
  server.on("sessionError", (error: NodeJS.ErrnoException) => {
    // A peer that dies resets its connection: that is no stranger.
    if (error.code !== "ECONNRESET" && error.code !== "EPIPE") {
      onStranger("it does not speak HTTP/2");
    }
  });
  server.on("stream", (stream, headers) => {
    const path = headers[":path"] ?? "";
    stream.on("error", () => stream.destroy());
    // One stream a connection: without it the connection only takes a peer's place.
    stream.once("close", () => stream.session?.destroy());
    if (path !== EXCHANGE_PATH || headers["content-type"] !== CONTENT_TYPE) {
      onStranger(`it asked for ${path.slice(0, 80)}`);
      stream.respond({ ":status": path === EXCHANGE_PATH ? 415 : 404 }, { endStream: true });
      return;
    }
    stream.respond({ ":status": 200, "content-type": CONTENT_TYPE });
    onStream(stream, stream.session?.socket.remoteAddress ?? "");
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      server.on("error", () => {});
      const address = server.address();
      resolve({
        port: typeof address === "object" && address !== null ? address.port : port,
        close() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
    });
  });
}

/** Opens an Exchange stream; `onFailed` if the peer cannot be reached or refuses. */
export function dialPeer(
  host: string,
  port: number,
  onStream: (duplex: Duplex) => void,
  onFailed: () => void,
): { close(): void } {
  let settled = false;
  const socket = net.connect({ host, port, noDelay: true });
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const session = http2.connect(`http://${host}:${port}`, {
    createConnection: () => socket,
    settings: { ...SETTINGS, enablePush: false },
  });
  const timer = setTimeout(fail, DIAL_TIMEOUT_MS);
  function fail(): void {
    clearTimeout(timer);
    session.destroy();
    socket.destroy();
    if (settled) return;
    settled = true;
    onFailed();
  }
  session.once("error", fail);
  // Later errors end the stream, which tells its owner.
  session.on("error", () => session.destroy());
  session.once("close", fail);
  session.once("connect", () => {
    session.setLocalWindowSize(WINDOW_BYTES);
    const stream = session.request({
      ":method": "POST",
      ":path": EXCHANGE_PATH,
      "content-type": CONTENT_TYPE,
      "connect-protocol-version": "1",
    });
    stream.on("error", () => stream.destroy());
    stream.once("close", fail);
    stream.once("response", (headers) => {
      clearTimeout(timer);
      if (settled || headers[":status"] !== 200) {
        fail();
        return;
      }
      settled = true;
      onStream(stream);
    });
  });
  return { close: fail };
}
