/**
 * HTTP/2 connections that nobody uses: HTTP/1.1 servers end idle connections themselves, HTTP/2
 * ones keep them for ever, also one that never opened a stream or stopped within a header.
 */
import type { ServerHttp2Session } from "node:http2";
import type { Socket } from "node:net";

/** For the goodbye of an idle connection to be heard, before it is cut off. */
const GOODBYE_MS = 5000;

/** Says GOAWAY and closes once there was no stream for `idleMs`. Pings do not count. */
export function closeWhenIdle(session: ServerHttp2Session, socket: Socket, idleMs: number): void {
  let streams = 0;
  const timer = setTimeout(() => {
    if (streams > 0) return;
    session.close();
    const cut = setTimeout(() => socket.destroy(), Math.min(idleMs, GOODBYE_MS));
    socket.once("close", () => clearTimeout(cut));
  }, idleMs);
  session.on("stream", (stream) => {
    streams += 1;
    stream.once("close", () => {
      streams -= 1;
      if (streams === 0 && !session.closed) timer.refresh();
    });
  });
  session.once("close", () => clearTimeout(timer));
}
