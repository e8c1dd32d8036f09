/**
 * The leanest honest load: one HTTP/2 stream of GameService.Play, one frame a turn, driven by hand
 * so that the client's share of the two cores is small. It speaks to a node as any client may.
 */
import http2 from "node:http2";
import net from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type PlayCall,
  PlayCallSchema,
  PlayRequestSchema,
  PlayResponseSchema,
  type PlayResult,
} from "../gen/zabble/v1/game_pb.js";
import { createEnvelopeReader, encodeEnvelope } from "../nodes/rpc/envelope.js";

/** What the load asks of a client: this one, or the library's (library-client.ts). */
export interface LoadClient {
  /** Rejects if the guess is not committed. */
  guess(room: string, player: string, value: number, requestId: string): Promise<void>;
  close(): void;
}

const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** Resolves when the stream is open; every call pending at its end is rejected. */
export function openPlay(host: string, port: number): Promise<LoadClient> {
  const socket = net.connect({ host, port, noDelay: true });
  const session = http2.connect(`http://${host}:${port}`, { createConnection: () => socket });
  const stream = session.request({
    ":method": "POST",
    ":path": "/zabble.v1.GameService/Play",
    "content-type": "application/connect+proto",
    "connect-protocol-version": "1",
  });
  const pending = new Map<
    string,
    { resolve: (result: PlayResult) => void; reject: (error: Error) => void }
  >();
  let calls: PlayCall[] = [];
  const read = createEnvelopeReader(FRAME_BYTES_MAX, (flags, bytes) => {
    if (flags !== 0) return end(new Error(`the node ended the stream: ${bytes.toString()}`));
    for (const result of fromBinary(PlayResponseSchema, bytes).results) {
      pending.get(result.requestId)?.resolve(result);
      pending.delete(result.requestId);
    }
  });

  function end(error: Error): void {
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
    session.destroy();
  }

  function flush(): void {
    const frame = create(PlayRequestSchema, { calls });
    calls = [];
    stream.write(encodeEnvelope([toBinary(PlayRequestSchema, frame)]));
  }

  function call(requestId: string, what: PlayCall["call"]): Promise<PlayResult> {
    if (calls.length === 0) queueMicrotask(flush);
    calls.push(create(PlayCallSchema, { requestId, call: what }));
    return new Promise((resolve, reject) => pending.set(requestId, { resolve, reject }));
  }

  stream.on("data", (chunk: Buffer) => read(chunk));
  stream.on("error", end);
  session.on("error", end);
  stream.on("close", () => end(new Error("the stream is closed")));
  const client: LoadClient = {
    async guess(room, player, value, requestId) {
      const guess = { $typeName: "zabble.v1.SubmitGuessRequest", requestId: "" } as const;
      const what = { case: "submitGuess", value: { ...guess, room, player, value } } as const;
      const { result } = await call(requestId, what);
      if (result.case !== "done") throw new Error(`not committed: ${JSON.stringify(result.value)}`);
    },
    close() {
      stream.end();
      session.destroy();
    },
  };
  return new Promise((resolve, reject) => {
    session.once("connect", () => resolve(client));
    session.once("error", reject);
  });
}
