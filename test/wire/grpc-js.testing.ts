/**
 * The official gRPC client for Node, told of our methods by their generated descriptors. It knows
 * nothing else of them: what goes over the wire is the client's own doing.
 */
import type { TestContext } from "node:test";
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import type { ErrorInfo } from "../../gen/zabble/v1/error_pb.js";
import { decodeStatus, infoIn, type RpcStatus } from "./grpc-status.testing.js";
import type { Place } from "./places.testing.js";

export interface GrpcError {
  readonly kind: "error";
  readonly code: grpc.status;
  readonly message: string;
  /** The google.rpc.Status sent along, and Zabble's explanation in it. */
  readonly status: RpcStatus | undefined;
  readonly info: ErrorInfo | undefined;
}

export type GrpcAnswer<T> = { readonly kind: "ok"; readonly value: T } | GrpcError;

export interface GrpcCall {
  /** The client's own, from now. */
  readonly deadlineMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GrpcStream<T> {
  /** The next message; rejects with the error that ended the stream, or if it just ended. */
  next(): Promise<T>;
  /** Takes messages until `pick` finds something in one. */
  until<P>(pick: (message: T) => P | undefined): Promise<P>;
  cancel(): void;
  /** How it ended. */
  readonly over: Promise<grpc.StatusObject>;
}

export interface GrpcDuplex<I, O> extends GrpcStream<O> {
  send(message: I): void;
  /** Says that nothing more will be sent; answers still come. */
  halfClose(): void;
}

export interface GrpcClient {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    call?: GrpcCall,
  ): Promise<GrpcAnswer<MessageShape<O>>>;
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
  ): GrpcStream<MessageShape<O>>;
  bidi<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
  ): GrpcDuplex<MessageInitShape<I>, MessageShape<O>>;
}

/** A connection of its own; when the test is over it is closed, and what streams on it ended. */
export function openGrpc(
  test: TestContext,
  { url }: Pick<Place, "url">,
  options: grpc.ClientOptions = {},
): GrpcClient {
  const client = new grpc.Client(new URL(url).host, grpc.credentials.createInsecure(), {
    // Clients of one process would share a connection.
    "grpc.use_local_subchannel_pool": 1,
    ...options,
  });
  const streams: grpc.Call[] = [];
  test.after(() => {
    // To close a connection is to wait for what runs on it.
    for (const stream of streams) stream.cancel();
    client.close();
  });
  return {
    unary(method, request, { deadlineMs, headers = {} } = {}) {
      const { path, serialize, deserialize } = wireOf(method);
      const metadata = new grpc.Metadata();
      for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
      const limits = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
      return new Promise((resolve) => {
        const answered = (error: grpc.ServiceError | null, value?: MessageOf<typeof method>) => {
          if (error !== null) resolve(errorOf(error));
          else if (value === undefined) throw new Error("neither an answer nor an error");
          else resolve({ kind: "ok", value });
        };
        client.makeUnaryRequest(path, serialize, deserialize, request, metadata, limits, answered);
      });
    },
    serverStream(method, request) {
      const { path, serialize, deserialize } = wireOf(method);
      const call = client.makeServerStreamRequest(path, serialize, deserialize, request);
      streams.push(call);
      return streamOf(call);
    },
    bidi(method) {
      const { path, serialize, deserialize } = wireOf(method);
      const call = client.makeBidiStreamRequest(path, serialize, deserialize);
      streams.push(call);
      return {
        ...streamOf(call),
        send: (message) => void call.write(message),
        halfClose: () => void call.end(),
      };
    },
  };
}

type MessageOf<M extends { output: DescMessage }> = MessageShape<M["output"]>;

/** A method as gRPC sees it: a path, and how to make bytes of a request and a message of bytes. */
function wireOf<I extends DescMessage, O extends DescMessage>(method: {
  readonly parent: { readonly typeName: string };
  readonly name: string;
  readonly input: I;
  readonly output: O;
}) {
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    serialize: (request: MessageInitShape<I>): Buffer =>
      Buffer.from(toBinary(method.input, create(method.input, request))),
    deserialize: (bytes: Buffer): MessageShape<O> => fromBinary(method.output, bytes),
  };
}

function streamOf<T>(
  call: grpc.ClientReadableStream<T> | grpc.ClientDuplexStream<never, T>,
): GrpcStream<T> {
  const over = new Promise<grpc.StatusObject>((resolve) => call.once("status", resolve));
  // Whoever reads meets it; when nobody does, it would be uncaught.
  call.on("error", () => {});
  const messages: AsyncIterator<T> = call[Symbol.asyncIterator]();

  async function next(): Promise<T> {
    const result = await messages.next();
    if (result.done === true) throw new Error("the stream has ended");
    return result.value;
  }

  return {
    next,
    async until(pick) {
      for (;;) {
        const found = pick(await next());
        if (found !== undefined) return found;
      }
    },
    cancel: () => call.cancel(),
    over,
  };
}

function errorOf({ code, details, metadata }: grpc.ServiceError): GrpcError {
  const [bytes] = metadata.get("grpc-status-details-bin");
  const status = Buffer.isBuffer(bytes) ? decodeStatus(bytes) : undefined;
  const info = status === undefined ? undefined : infoIn(status);
  return { kind: "error", code, message: details, status, info };
}
