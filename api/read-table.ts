/**
 * The plain reads: which path stands for which method, and how its query is written. For whoever
 * answers them (read-routes.ts) and whoever describes them (open-api-plain.ts).
 */
import type { DescMethodUnary, JsonObject } from "@bufbuild/protobuf";
import { parseZxid } from "../game/zxid.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { LIST_LIMIT_MAX } from "./list-events.js";

/** One key that a query may have. */
export interface QueryKey {
  readonly name: string;
  /** What may be written after it, in words. */
  readonly rule: string;
  /** The fields of the request that it stands for; undefined if it is written wrongly. */
  readonly fields: (text: string) => JsonObject | undefined;
}

export interface ReadRoute {
  /** With {room} where the name of a room stands. */
  readonly path: string;
  readonly summary: string;
  readonly method: DescMethodUnary;
  readonly keys: readonly QueryKey[];
}

const CONSISTENCY: QueryKey = {
  name: "consistency",
  rule: "local or linearizable",
  fields: (text) =>
    /^(local|linearizable)$/i.test(text)
      ? { consistency: `CONSISTENCY_${text.toUpperCase()}` }
      : undefined,
};

const AFTER: QueryKey = {
  name: "after",
  rule: "a zxid, written 3.1842 or as one number",
  fields(text) {
    const zxid = parseZxid(text);
    return zxid === undefined ? undefined : { afterZxid: zxid.toString() };
  },
};

const LIMIT: QueryKey = {
  name: "limit",
  rule: `a whole number from 1 to ${LIST_LIMIT_MAX}`,
  // In a request 0 means that none is given. Its decoding says what is wrong with any other text.
  fields: (limit) => (Number(limit) === 0 ? undefined : { limit }),
};

export const READ_ROUTES: readonly ReadRoute[] = [
  {
    path: "/rooms",
    summary: "All rooms, in short",
    method: GameService.method.listRooms,
    keys: [CONSISTENCY],
  },
  {
    path: "/rooms/{room}",
    summary: "The room as it stands",
    method: GameService.method.getGame,
    keys: [CONSISTENCY],
  },
  {
    path: "/rooms/{room}/log",
    summary: "Committed transactions of the room, oldest first",
    method: GameService.method.listEvents,
    keys: [AFTER, LIMIT],
  },
  {
    path: "/cluster",
    summary: "All nodes as seen from here",
    method: ClusterService.method.getCluster,
    keys: [],
  },
  {
    path: "/status",
    summary: "How this node or gateway stands",
    method: ClusterService.method.getStatus,
    keys: [],
  },
];
