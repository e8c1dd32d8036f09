/**
 * The time that a client gives a call, read before the library does: it would set a timer even for
 * more than a timer can hold, which then ends at once.
 */
import { Code, ConnectError } from "@connectrpc/connect";

/** The longest timer that Node can set; a longer client deadline is refused, not cut to 1 ms. */
export const TIMEOUT_MS_MAX = 2_147_483_647;

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["H", 3_600_000],
  ["M", 60_000],
  ["S", 1000],
  ["m", 1],
  ["u", 1e-3],
  ["n", 1e-6],
]);

/** The headers of Connect and of gRPC that say it. */
export const TIMEOUT_HEADERS = ["connect-timeout-ms", "grpc-timeout"];

/** Undefined if it is bearable, or so malformed that the library refuses it. */
export function timeoutRefusal(header: Headers): ConnectError | undefined {
  const [, amount = "0", unit = "m"] =
    /^(\d{1,8})([HMSmun])$/.exec(header.get("grpc-timeout") ?? "") ?? [];
  const grpcMs = Number(amount) * (UNITS_MS.get(unit) ?? 0);
  const connect = header.get("connect-timeout-ms") ?? "";
  const connectMs = /^\d+$/.test(connect) ? Number(connect) : 0;
  if (Math.max(grpcMs, connectMs) <= TIMEOUT_MS_MAX) return undefined;
  const words = `A call's timeout is at most ${TIMEOUT_MS_MAX} ms; leave it out for none.`;
  return new ConnectError(words, Code.InvalidArgument);
}
