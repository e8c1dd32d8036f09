/**
 * What a watcher of all rooms must be sent, over all its connections: each transaction follows the
 * last one seen, without gap or repeat, and nothing goes back. Pure; watchers.ts connects.
 */
import { crc32 } from "node:zlib";
import { formatZxid, zxidOf } from "../../game/zxid.js";
import type { Committed, WatchResponse } from "../../gen/zabble/v1/game_pb.js";

export interface SeenTransaction {
  readonly zxid: bigint;
  /** Of its request id. */
  readonly crc: number;
}

export interface WatchOrder {
  take(response: Pick<WatchResponse, "message">, server: string): void;
  /** Everything up to here was seen; what to resume from. */
  last(): bigint;
  readonly seen: readonly SeenTransaction[];
  /** Sent instead of what was missed, the first one included. */
  snapshots(): number;
}

export function createWatchOrder(onViolation: (what: string) => void): WatchOrder {
  const seen: SeenTransaction[] = [];
  let last = 0n;
  let snapshots = 0;

  function complain(what: string, server: string): void {
    onViolation(`a watcher at ${formatZxid(last)} was sent ${what} by ${server}`);
  }

  function takeCommitted({ transactions, zxid }: Committed, server: string): void {
    for (const { epoch, counter, prev, requestId } of transactions) {
      const at = zxidOf(epoch, counter);
      const words = `${formatZxid(at)} after ${formatZxid(prev)}`;
      if (at <= last) complain(`${words}: a repeat`, server);
      else if (prev !== last) complain(`${words}: a gap`, server);
      last = at;
      seen.push({ zxid: at, crc: crc32(requestId) });
    }
    if (zxid > last) complain(`no more, and told that it has seen ${formatZxid(zxid)}`, server);
  }

  return {
    take({ message }, server) {
      if (message.case === "committed") takeCommitted(message.value, server);
      if (message.case !== "snapshot") return;
      const { zxid } = message.value;
      if (zxid < last) complain(`the older state of ${formatZxid(zxid)}`, server);
      last = zxid;
      snapshots += 1;
    },
    last: () => last,
    seen,
    snapshots: () => snapshots,
  };
}
