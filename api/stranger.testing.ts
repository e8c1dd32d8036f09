/**
 * Test support: one HTTP/2 request as no client library would send it, and what came back, whatever
 * the protocol: an HTTP status, the code that a call was refused with, and the words.
 */
import { once } from "node:events";
import http2 from "node:http2";
import type { TestContext } from "node:test";

export interface StrangeRequest {
  readonly headers: http2.OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

export interface Answer {
  readonly status: number;
  /**
   * The name of the Connect code, or "grpc 13" by its number, or "grpc none" if it was to be there
   * and is not; "" if it was no refusal.
   */
  readonly code: string;
  readonly body: string;
  /** Everything that was said: headers, body, trailers. */
  readonly text: string;
}

/** An HTTP/2 connection that ends with the test. */
export async function connectHttp2(
  t: TestContext,
  port: number,
): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  session.on("error", () => {});
  await once(session, "connect");
  return session;
}

/**
 * Resolves when the stream is over, however that came about; status 0 if nothing was answered. What
 * begins as a stream of events is left as soon as it has begun.
 */
export async function ask(
  session: http2.ClientHttp2Session,
  { headers, body }: StrangeRequest,
): Promise<Answer> {
  const stream = session.request(headers, { endStream: body.length === 0 });
  stream.on("error", () => {});
  let head: http2.IncomingHttpHeaders = {};
  let tail: http2.IncomingHttpHeaders = {};
  stream.on("response", (received) => {
    head = received;
    if (head["content-type"] === "text/event-stream") stream.close();
  });
  stream.on("trailers", (received) => {
    tail = received;
  });
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  if (body.length > 0) stream.end(body);
  await new Promise((resolve) => stream.once("close", resolve));
  const bytes = Buffer.concat(chunks);
  const status = Number(head[":status"] ?? 0);
  const text = [JSON.stringify(head), bytes.toString(), JSON.stringify(tail)].join("\n");
  return { status, code: codeOf({ ...head, ...tail }, bytes), body: bytes.toString(), text };
}

function codeOf(headers: http2.IncomingHttpHeaders, body: Buffer): string {
  const type = headers["content-type"] ?? "";
  const last = type === "application/json" ? { flags: 2, text: body.toString() } : lastFrame(body);
  const status = headers["grpc-status"] ?? /grpc-status: *(\d+)/.exec(last.text)?.[1] ?? "none";
  if (/^application\/grpc/.test(type)) return status === "0" ? "" : `grpc ${String(status)}`;
  if (last.flags !== 2 || last.text === "") return "";
  const said: Record<string, unknown> = { ...Object(JSON.parse(last.text)) };
  const error: Record<string, unknown> = { ...Object(said.error ?? said) };
  return typeof error.code === "string" ? error.code : "";
}

/** The last envelope of a stream: flags, a length in four bytes, a message. */
function lastFrame(body: Buffer): { readonly flags: number; readonly text: string } {
  let last = { flags: 0, text: "" };
  for (let at = 0; at + 5 <= body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    last = { flags: body.readUInt8(at), text: body.toString("utf8", at + 5, end) };
    at = end;
  }
  return last;
}
