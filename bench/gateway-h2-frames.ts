/**
 * HTTP/2 by hand, as little of it as it takes to read very many streams of one server cheaply, so
 * that the reader's share of the CPU is small. Requests are a POST with a whole body; of answers
 * only the data is read. For nothing but benches on one machine.
 */
import net from "node:net";
import { machineMs } from "./gateway-clock.js";

export interface FrameStream {
  /** Bytes of the answer's body, and when they were read (machineMs). */
  onData(chunk: Buffer, atMs: number): void;
  /** At most once. */
  onEnd(why: string): void;
}

export interface FrameConnection {
  post(
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    stream: FrameStream,
  ): void;
  /** Reads no more from the socket. */
  pause(): void;
  resume(): void;
  close(): void;
}

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
const PING = 6;
const GOAWAY = 7;
const WINDOW_UPDATE = 8;

const END_STREAM = 1;
const ACK = 1;
const END_HEADERS = 4;
const PADDED = 8;

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_BYTES = 9;
const INITIAL_WINDOW_SIZE = 4;
const WINDOW_DEFAULT_BYTES = 65_535;
const WINDOW_MAX_BYTES = 2 ** 31 - 1;
/** The window of a connection, in windows of a stream. */
const STREAMS_AT_ONCE = 64;

/** `windowBytes`: how much a server may send on one stream before it is read. */
export function openFrames(
  host: string,
  port: number,
  windowBytes = WINDOW_DEFAULT_BYTES,
): Promise<FrameConnection> {
  const socket = net.connect({ host, port, noDelay: true });
  const streams = new Map<number, FrameStream>();
  const unacknowledged = new Map<number, number>();
  const allBytes = Math.min(
    WINDOW_MAX_BYTES,
    windowBytes > WINDOW_DEFAULT_BYTES ? windowBytes * STREAMS_AT_ONCE : WINDOW_DEFAULT_BYTES,
  );
  let rest: Buffer = Buffer.alloc(0);
  let nextId = 1;
  let closed = false;

  function send(type: number, flags: number, id: number, payload: Uint8Array): void {
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUIntBE(payload.length, 0, 3);
    head.writeUInt8(type, 3);
    head.writeUInt8(flags, 4);
    head.writeUInt32BE(id, 5);
    socket.write(Buffer.concat([head, payload]));
  }

  /** Gives back what was read in large portions; `id` 0 is the connection. */
  function giveBack(id: number, bytes: number, windowSize: number): void {
    const owed = (unacknowledged.get(id) ?? 0) + bytes;
    unacknowledged.set(id, owed < windowSize / 2 ? owed : 0);
    if (owed >= windowSize / 2) send(WINDOW_UPDATE, 0, id, uint32(owed));
  }

  function end(id: number, why: string): void {
    const stream = streams.get(id);
    streams.delete(id);
    unacknowledged.delete(id);
    stream?.onEnd(why);
  }

  function endAll(why: string): void {
    for (const id of [...streams.keys()]) end(id, why);
  }

  function take(type: number, flags: number, id: number, payload: Buffer, atMs: number): void {
    if (type === DATA) {
      giveBack(0, payload.length, allBytes);
      if (streams.has(id)) giveBack(id, payload.length, windowBytes);
      const padding = (flags & PADDED) === 0 ? undefined : (payload[0] ?? 0);
      const body = padding === undefined ? payload : payload.subarray(1, payload.length - padding);
      if (body.length > 0) streams.get(id)?.onData(body, atMs);
    } else if (type === RST_STREAM) end(id, `reset with code ${payload.readUInt32BE(0)}`);
    else if (type === SETTINGS && (flags & ACK) === 0) send(SETTINGS, ACK, 0, new Uint8Array());
    else if (type === PING && (flags & ACK) === 0) send(PING, ACK, 0, payload);
    else if (type === GOAWAY && payload.readUInt32BE(4) !== 0) endAll("the connection is given up");
    const ends = (type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0;
    if (ends) end(id, "the server ended the stream");
  }

  socket.on("data", (chunk: Buffer) => {
    const atMs = machineMs();
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= HEAD_BYTES) {
      const until = at + HEAD_BYTES + rest.readUIntBE(at, 3);
      if (rest.length < until) break;
      const id = rest.readUInt32BE(at + 5) & WINDOW_MAX_BYTES;
      const [type = 0, flags = 0] = [rest[at + 3], rest[at + 4]];
      take(type, flags, id, rest.subarray(at + HEAD_BYTES, until), atMs);
      at = until;
    }
    rest = rest.subarray(at);
  });
  socket.on("error", () => {});
  socket.on("close", () => endAll(closed ? "closed here" : "the connection is lost"));

  const connection: FrameConnection = {
    post(path, headers, body, stream) {
      const id = nextId;
      nextId += 2;
      const all = { ":method": "POST", ":scheme": "http", ":path": path, ...headers };
      streams.set(id, stream);
      send(HEADERS, END_HEADERS, id, headerBlock({ ...all, ":authority": `${host}:${port}` }));
      send(DATA, END_STREAM, id, body);
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close() {
      closed = true;
      socket.destroy();
    },
  };
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.write(PREFACE);
      const setting = Buffer.alloc(6);
      setting.writeUInt16BE(INITIAL_WINDOW_SIZE, 0);
      setting.writeUInt32BE(windowBytes, 2);
      send(SETTINGS, 0, 0, setting);
      if (allBytes > WINDOW_DEFAULT_BYTES) {
        send(WINDOW_UPDATE, 0, 0, uint32(allBytes - WINDOW_DEFAULT_BYTES));
      }
      resolve(connection);
    });
  });
}

/** HPACK without any of its compression: each name and value as it is, below 127 bytes. */
function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  // A server takes those with a colon first.
  const entries = Object.entries(headers).sort(
    ([one], [other]) => Number(other.startsWith(":")) - Number(one.startsWith(":")),
  );
  const parts = entries.map(([name, value]) =>
    Buffer.concat([
      Buffer.from([0, name.length]),
      Buffer.from(name),
      Buffer.from([value.length]),
      Buffer.from(value),
    ]),
  );
  return Buffer.concat(parts);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value, 0);
  return bytes;
}
