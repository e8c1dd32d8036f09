/**
 * Which server to ask next. It remembers the last one that answered and moves on from one that did
 * not. Several calls share a ring, so a call may only move it away from the server it tried itself.
 */

export interface ServerRing {
  readonly size: number;
  /** The server to try now. */
  current(): string;
  /** Moves on to the next server unless somebody else already did. */
  leave(server: string): void;
}

/** Throws if `servers` is empty: a client without servers is a mistake of the program. */
export function createServerRing(servers: readonly string[]): ServerRing {
  let index = 0;
  function current(): string {
    const server = servers[index];
    if (server === undefined) throw new Error("A client needs at least one server.");
    return server;
  }
  current();
  return {
    size: servers.length,
    current,
    leave(server) {
      if (current() === server) index = (index + 1) % servers.length;
    },
  };
}
