/**
 * Whose limits a connection counts against. It is the address of the socket itself: headers such
 * as X-Forwarded-For are what the caller makes them, so they are not believed. Behind a proxy all
 * its callers therefore share the limits of one; raise them there.
 */
import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** In a handler's context: the key of whoever calls; empty if the call came not over HTTP. */
export const callerAddress: ContextKey<string> = createContextKey("", {
  description: "whose limits the call counts against",
});

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The key of a caller: its IPv4 address, or the /64 network of its IPv6 address, of which a single
 * machine may use every address. Empty if the connection is already gone.
 */
export function clientAddress(remoteAddress: string | undefined): string {
  const address = remoteAddress ?? "";
  const ipv4 = IPV4_IN_IPV6.exec(address)?.[1];
  if (ipv4 !== undefined) return ipv4;
  if (!address.includes(":")) return address;
  const [start = "", end] = address.split("::", 2);
  const groups = start === "" ? [] : start.split(":");
  if (end !== undefined) while (groups.length < 4) groups.push("0");
  return `${groups.slice(0, 4).join(":")}::/64`;
}
