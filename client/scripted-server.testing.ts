/** Servers for tests of the client: they do what the test says and nothing else. */

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Transport } from "@connectrpc/connect";
import { Code, ConnectError, createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../gen/zabble/v1/error_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";

/** A server in memory. */
export function gameServer(methods: Partial<ServiceImpl<typeof GameService>>): Transport {
  return createRouterTransport(({ service }) => {
    service(GameService, methods);
  });
}

/** An error as Zabble raises it. */
export function zabbleError(
  code: Code,
  info: MessageInitShape<typeof ErrorInfoSchema>,
  message = "said so by the test",
): ConnectError {
  return new ConnectError(message, code, undefined, [{ desc: ErrorInfoSchema, value: info }]);
}

export function noLeader(): ConnectError {
  return zabbleError(Code.Unavailable, { reason: "NO_LEADER", retryAfterMs: 200 }, "no leader");
}

/** What a connection that breaks in the middle of a call looks like. */
export function brokenConnection(): ConnectError {
  return new ConnectError("read ECONNRESET", Code.Aborted);
}

/** What a server that is not there looks like to connect-node. */
export function connectionRefused(): ConnectError {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  return new ConnectError(cause.message, Code.Unavailable, undefined, undefined, cause);
}

/** A transport on which every call fails before anything is sent. */
export function deadServer(): Transport {
  return {
    unary: () => Promise.reject(connectionRefused()),
    stream: () => Promise.reject(connectionRefused()),
  };
}

/** Never answers; ends when the caller gives up. */
export function never(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
