/**
 * Connections to servers, for programs of Node; pages bring their own. Connect over HTTP/2 without
 * TLS, one session per server. No pings: a dead server is noticed by the client's own time-outs.
 */
import { ConnectError, type Transport } from "@connectrpc/connect";
import { createConnectTransport, Http2SessionManager } from "@connectrpc/connect-node";

/**
 * Twice what a snapshot can be long: 1000 rooms, each with 1000 scores of players whose names have
 * 24 characters of four bytes, and three marks of four bytes on each of them.
 */
const MESSAGE_BYTES_MAX = 1024 * 1024 * 1024;

export interface TransportPool {
  /** The server's transport, made at the first call. */
  transport(server: string): Transport;
  /** Ends all sessions at once, so that nothing keeps the process alive. */
  close(): void;
}

export function createTransportPool(): TransportPool {
  const pool = new Map<string, { transport: Transport; session: Http2SessionManager }>();
  return {
    transport(server) {
      const known = pool.get(server);
      if (known !== undefined) return known.transport;
      const session = new Http2SessionManager(server);
      const transport = createConnectTransport({
        baseUrl: server,
        httpVersion: "2",
        sessionManager: session,
        // Squeezing a page of the log costs both sides more time than sending it.
        acceptCompression: [],
        readMaxBytes: MESSAGE_BYTES_MAX,
      });
      pool.set(server, { transport, session });
      return transport;
    },
    close() {
      for (const { session } of pool.values()) session.abort();
      pool.clear();
    },
  };
}

/**
 * True for exactly the two errors that connect-node 2.1.2 is known to raise outside of any call
 * when a server goes away: connect-es#1795 (a ping on a destroyed session) and #1768 (GOAWAY on an
 * idle one). The call that comes next meets the same loss, as an ordinary failure.
 */
export function isStraySessionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("code" in error && error.code === "ERR_HTTP2_INVALID_SESSION") {
    return error.stack?.includes("Http2Session.ping") === true;
  }
  const goaway = "received GOAWAY without any open streams";
  return error instanceof ConnectError && error.rawMessage === goaway;
}
