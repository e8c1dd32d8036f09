/**
 * The three ways in which a bench opens a Watch: HTTP/2 by hand (very many on few connections),
 * HTTP/2 through Node's client (as the load of the other systems was made), and server-sent events
 * over HTTP/1.1. Each hands on whole messages with the time at which their bytes were read; none
 * looks into them.
 */
import http from "node:http";
import http2 from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { WatchRequestSchema } from "../gen/zabble/v1/game_pb.js";
import { createEnvelopeReader, END_STREAM_FLAG, encodeEnvelope } from "../nodes/rpc/envelope.js";
import { machineMs } from "./gateway-clock.js";
import { type FrameConnection, openFrames } from "./gateway-h2-frames.js";

/** "frames": HTTP/2 by hand; "http2": Node's client; "h1": server-sent events. */
export type StreamKind = "frames" | "http2" | "h1";

export interface MessageEars {
  /** A WatchResponse, or for "h1" the text of one event. */
  onMessage(message: Buffer, atMs: number): void;
  onEnd(why: string): void;
}

/** One connection and the streams on it. "h1" carries one stream a connection. */
export interface StreamConnection {
  watch(ears: MessageEars): void;
  /** Reads no more from the socket. */
  pause(): void;
  resume(): void;
  close(): void;
}

export interface StreamPlace {
  readonly host: string;
  readonly port: number;
  /** Empty: every room. */
  readonly room: string;
}

const PATH = "/zabble.v1.GameService/Watch";
const HEADERS = { "content-type": "application/connect+proto", "connect-protocol-version": "1" };
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/** As large as a browser's, for a reader that keeps up. */
const WIDE_WINDOW_BYTES = 6 * 1024 * 1024;

/** `isStalled`: it is going to be paused, and has the window of a plain client. */
export async function openStreams(
  kind: StreamKind,
  place: StreamPlace,
  isStalled = false,
): Promise<StreamConnection> {
  switch (kind) {
    case "frames":
      return overFrames(
        await openFrames(place.host, place.port, isStalled ? undefined : WIDE_WINDOW_BYTES),
        place.room,
      );
    case "http2":
      return overHttp2(place);
    case "h1":
      return overHttp1(place);
  }
}

function overFrames(connection: FrameConnection, room: string): StreamConnection {
  return {
    watch(ears) {
      let atMs = 0;
      const read = messageReader(ears, () => atMs);
      connection.post(PATH, HEADERS, requestOf(room), {
        onData(chunk, readAtMs) {
          atMs = readAtMs;
          read(chunk);
        },
        onEnd: ears.onEnd,
      });
    },
    pause: connection.pause,
    resume: connection.resume,
    close: connection.close,
  };
}

function overHttp2({ host, port, room }: StreamPlace): StreamConnection {
  const connection = http2.connect(`http://${host}:${port}`);
  connection.on("error", () => {});
  return {
    watch(ears) {
      const stream = connection.request({ ":method": "POST", ":path": PATH, ...HEADERS });
      stream.on("data", messageReader(ears, machineMs));
      stream.on("error", () => {});
      stream.on("close", () => ears.onEnd("the stream is closed"));
      stream.end(requestOf(room));
    },
    pause: () => void connection.socket.pause(),
    resume: () => void connection.socket.resume(),
    close: () => connection.destroy(),
  };
}

function overHttp1({ host, port, room }: StreamPlace): StreamConnection {
  let request: http.ClientRequest | undefined;
  let response: http.IncomingMessage | undefined;
  return {
    watch(ears) {
      const path = `/rooms/${room}/events`;
      request = http.get({ host, port, path, agent: false }, (answer) => {
        response = answer;
        if (answer.statusCode !== 200) ears.onEnd(`HTTP status ${answer.statusCode}`);
        answer.on("data", eventReader(ears));
        answer.on("error", () => {});
        answer.on("close", () => ears.onEnd("the answer is over"));
      });
      request.on("error", (error) => ears.onEnd(error.message));
    },
    pause: () => void response?.pause(),
    resume: () => void response?.resume(),
    close: () => void request?.destroy(),
  };
}

function requestOf(room: string): Buffer {
  return encodeEnvelope([toBinary(WatchRequestSchema, create(WatchRequestSchema, { room }))]);
}

function messageReader(ears: MessageEars, atMs: () => number): (chunk: Buffer) => void {
  const read = createEnvelopeReader(MESSAGE_BYTES_MAX, (flags, message) => {
    if (flags === 0) ears.onMessage(message, atMs());
    else if (flags === END_STREAM_FLAG) ears.onEnd(message.toString());
  });
  return (chunk) => {
    // What is no envelope is an answer in words: why the stream was refused.
    if (!read(chunk)) ears.onEnd(chunk.toString("utf8", 0, 200));
  };
}

function eventReader(ears: MessageEars): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const atMs = machineMs();
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf("\n\n"); end >= 0; end = bytes.indexOf("\n\n", at)) {
      ears.onMessage(bytes.subarray(at, end), atMs);
      at = end + 2;
    }
    rest = bytes.subarray(at);
  };
}
