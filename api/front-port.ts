/**
 * One TCP port that speaks HTTP/1.1 and cleartext HTTP/2. Node's servers speak one of them, so the
 * first bytes of a connection decide which server gets it. It knows nothing of services.
 *
 * Bounds: connections, in all and from one address (beyond them a connection is closed at once),
 * the time a peer may take for its first bytes, its headers and (HTTP/1.1) its body, the size of
 * the headers, the streams of one HTTP/2 connection and how long it may have none. Floods of
 * resets, pings, settings and continued headers are stopped by Node's HTTP/2 itself.
 */
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";
import type { connectNodeAdapter } from "@connectrpc/connect-node";
import { createAddressSlots } from "./address-slots.js";
import { clientAddress } from "./client-address.js";
import { closeWhenIdle } from "./idle-session.js";

/** Serves one request of either protocol. */
export type RequestListener = ReturnType<typeof connectNodeAdapter>;
export type HttpRequest = Parameters<RequestListener>[0];
export type HttpResponse = Parameters<RequestListener>[1];

/**
 * What the port turned away before any service saw it: a connection beyond a limit; a request
 * beyond its address's rate, for a name that is not the port's, of a foreign page, or with an
 * overlong URL.
 */
export type RefusedKind = "connection" | "rate" | "host" | "origin" | "url";
export type OnRefused = (kind: RefusedKind) => void;

export interface FrontPortOptions {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly listener: RequestListener;
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** From the first connect to the last header. */
  readonly headerTimeoutMs: number;
  /** For a whole HTTP/1.1 request with its body. */
  readonly requestTimeoutMs: number;
  /** For an HTTP/2 connection without any stream. */
  readonly idleSessionMs: number;
  readonly onRefused: OnRefused;
}

export interface FrontPort {
  readonly port: number;
  /**
   * Takes no new connections, says GOAWAY, lets what runs finish for `graceMs`, then destroys the
   * rest. Resolves when every socket is gone.
   */
  close(graceMs: number): Promise<void>;
}

/** How an HTTP/2 client begins (RFC 9113, 3.4). */
const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** So many first bytes tell the preface from every HTTP/1.1 method ("PRI " is none). */
const DECIDING_BYTES = 4;

const LISTENING = { noDelay: true, keepAlive: true, allowHalfOpen: true };

const STREAMS_PER_CONNECTION_MAX = 1000;

/** Of all headers of one request, with its path. */
const HEADER_BYTES_MAX = 16_384;
const HEADERS_MAX = 100;

/** Frames that break the protocol, or streams that were refused, before a session is ended. */
const BAD_FRAMES_MAX = 100;

/** Rejects if the port cannot be bound. */
export async function createFrontPort(options: FrontPortOptions): Promise<FrontPort> {
  const sockets = new Set<net.Socket>();
  const undecided = new Set<net.Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  let closing = false;

  const running = new Set<HttpResponse>();

  /** HTTP/1.1 has no GOAWAY: each answer says that its connection will not be kept. */
  function sayGoodbye(response: HttpResponse): void {
    const isHttp1 = !("stream" in response);
    if (isHttp1 && !response.headersSent) response.setHeader("connection", "close");
  }

  const onRequest: RequestListener = (request, response) => {
    running.add(response);
    if (closing) sayGoodbye(response);
    response.once("close", () => {
      running.delete(response);
      // A writer that waits for "drain" would wait for ever on a connection that is gone, and its
      // handler would never end. Waking it lets it meet the error.
      if (!response.writableFinished) response.emit("drain");
      if (closing) setImmediate(() => h1.closeIdleConnections());
    });
    options.listener(request, response);
  };

  const h1 = http.createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: options.headerTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(options.headerTimeoutMs, 1000),
  });
  // Whoever closes its side after the request still hears the answer. Node has no option for it.
  Object.assign(h1, { httpAllowHalfOpen: true });
  h1.on("request", onRequest);
  // A server that does not listen itself tracks no connections, so without this its timeouts and
  // closeIdleConnections would do nothing.
  h1.emit("listening");

  const h2 = http2.createServer({
    settings: {
      maxConcurrentStreams: STREAMS_PER_CONNECTION_MAX,
      maxHeaderListSize: HEADER_BYTES_MAX,
    },
    maxHeaderListPairs: HEADERS_MAX,
    maxSessionInvalidFrames: BAD_FRAMES_MAX,
    maxSessionRejectedStreams: BAD_FRAMES_MAX,
  });
  h2.on("request", onRequest);
  h2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
    if (closing) session.close();
  });
  // A broken session closes itself; what it carried hears of it by its own "close".
  h2.on("sessionError", () => {});

  function serveHttp2(socket: net.Socket): void {
    // Emitted within the hand-over, which returns nothing.
    socket.allowHalfOpen = false;
    h2.once("session", (session) => closeWhenIdle(session, socket, options.idleSessionMs));
    h2.emit("connection", socket);
  }

  const perAddress = createAddressSlots(options.connectionsPerAddressMax);
  const front = net.createServer(LISTENING, (socket) => {
    const leave = perAddress.take(clientAddress(socket.remoteAddress));
    if (leave === undefined) {
      options.onRefused("connection");
      socket.destroy();
      return;
    }
    socket.once("close", leave);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    undecided.add(socket);
    socket.once("close", () => undecided.delete(socket));
    sniff(socket, options.headerTimeoutMs, (isHttp2) => {
      undecided.delete(socket);
      if (isHttp2) serveHttp2(socket);
      else h1.emit("connection", socket);
    });
  });
  front.maxConnections = options.connectionsMax;
  front.on("drop", () => options.onRefused("connection"));

  await new Promise<void>((resolve, reject) => {
    front.once("error", reject);
    front.listen(options.port, options.host, () => {
      front.off("error", reject);
      resolve();
    });
  });
  // Out of file descriptors: the connection is lost, the port stays.
  front.on("error", () => {});
  const address = front.address();
  if (address === null || typeof address === "string") throw new Error("the port has no number");

  return {
    port: address.port,
    close: (graceMs) =>
      new Promise((resolve) => {
        closing = true;
        for (const response of running) sayGoodbye(response);
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, graceMs);
        front.close(() => {
          clearTimeout(timer);
          // Ends the check of its timeouts, which would keep the process alive.
          h1.close();
          resolve();
        });
        for (const socket of undecided) socket.destroy();
        h1.closeIdleConnections();
        for (const session of sessions) session.close();
      }),
  };
}

/**
 * Waits for enough bytes, gives them back to the socket and says who speaks. The bytes are kept
 * here until it is decided: to put back one byte and wait for more would wake at once, for ever.
 */
function sniff(socket: net.Socket, timeoutMs: number, decide: (isHttp2: boolean) => void): void {
  const timer = setTimeout(() => socket.destroy(), timeoutMs);
  socket.once("close", () => clearTimeout(timer));
  const leave = (): void => void socket.destroy();
  socket.once("end", leave);
  let head: Buffer = Buffer.alloc(0);
  socket.on("readable", function peek() {
    const chunk: Buffer | null = socket.read();
    if (chunk === null) return;
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    const length = Math.min(head.length, PREFACE.length);
    const same = head.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (same && length < DECIDING_BYTES) return;
    clearTimeout(timer);
    socket.off("readable", peek);
    socket.off("end", leave);
    socket.unshift(head);
    decide(same);
  });
}
