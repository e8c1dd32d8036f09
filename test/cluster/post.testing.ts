/** A call as a person would make it with curl: JSON over HTTP/1.1, and what came back. */
import { fromBinary } from "@bufbuild/protobuf";
import { type ErrorInfo, ErrorInfoSchema } from "../../gen/zabble/v1/error_pb.js";
import type { TestNode } from "./node-process.testing.js";

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** The Connect code of an error, e.g. "invalid_argument"; empty if it is none. */
  readonly code: string;
  /** Zabble's explanation of an error. */
  readonly info: ErrorInfo | undefined;
}

/**
 * `method` is e.g. "GameService/SetTarget". A body that is a text is sent as it is. Rejects if the
 * node does not answer within a little more than `timeoutMs`, which the node is told.
 */
export async function post(
  { url }: Pick<TestNode, "url">,
  method: string,
  body: object | string = {},
  timeoutMs = 5000,
): Promise<Answer> {
  const response = await fetch(`${url}/zabble.v1.${method}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "connect-protocol-version": "1",
      "connect-timeout-ms": String(timeoutMs),
    },
    body: typeof body === "string" ? body : JSON.stringify(body),
    signal: AbortSignal.timeout(timeoutMs + 5000),
  });
  const answer: Record<string, unknown> = JSON.parse(await response.text());
  const { code = "", details } = answer;
  const info = Array.isArray(details) ? infoOf(details) : undefined;
  return { status: response.status, body: answer, code: String(code), info };
}

function infoOf(details: readonly { type?: unknown; value?: unknown }[]): ErrorInfo | undefined {
  const detail = details.find(({ type }) => type === ErrorInfoSchema.typeName);
  if (typeof detail?.value !== "string") return undefined;
  return fromBinary(ErrorInfoSchema, Buffer.from(detail.value, "base64"));
}
