/** Nodes tell where they are as "host:port"; clients call base addresses. */

/** The base address of "host:port"; an IPv6 address may be the host. */
export function serverOf(address: string): string {
  const end = address.lastIndexOf(":");
  const host = address.slice(0, end);
  return `http://${host.includes(":") ? `[${host}]` : host}${address.slice(end)}`;
}
