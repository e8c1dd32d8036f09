/** AdminService: breaking a node on purpose, where the configuration allows it. */
import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { quote } from "../game/quote.js";
import {
  type AdminService,
  LinkDirection,
  PauseNodeResponseSchema,
  SetLinkResponseSchema,
  StepDownResponseSchema,
  StopNodeResponseSchema,
} from "../gen/zabble/v1/admin_pb.js";
import { afterAnswer } from "./after-answer.js";
import { badRequest, toConnectError } from "./errors.js";
import type { Replica } from "./replica.js";

const PAUSE_MS_MAX = 600_000;
const DELAY_MS_MAX = 600_000;

const PEER_RULE = "the id of another node of the cluster";

export function createAdminService(replica: Replica): ServiceImpl<typeof AdminService> {
  function checkAdmin(): void {
    if (replica.admin) return;
    throw toConnectError({
      reason: "NOT_ADMIN",
      message: "This cluster's configuration does not say `admin: true`.",
    });
  }

  return {
    stopNode(_request, context) {
      checkAdmin();
      context.values.get(afterAnswer)(() => setImmediate(() => replica.stop()));
      return create(StopNodeResponseSchema);
    },
    pauseNode({ durationMs }) {
      checkAdmin();
      if (durationMs > PAUSE_MS_MAX) {
        throw toConnectError(badRequest("duration_ms", `a whole number up to ${PAUSE_MS_MAX}`));
      }
      replica.pause(durationMs);
      return create(PauseNodeResponseSchema);
    },
    setLink({ peerId, direction, cut, delayMs }) {
      checkAdmin();
      if (delayMs > DELAY_MS_MAX) {
        throw toConnectError(badRequest("delay_ms", `a whole number up to ${DELAY_MS_MAX}`));
      }
      if (peerId === "") {
        throw toConnectError({
          reason: "BAD_REQUEST",
          message: `The field peerId is empty; it must be ${PEER_RULE}.`,
          field: "peer_id",
          rule: PEER_RULE,
        });
      }
      const both = isBoth(direction);
      const known = replica.setLink(peerId, {
        cutOut: cut && (both || direction === LinkDirection.OUT),
        cutIn: cut && (both || direction === LinkDirection.IN),
        delayMs,
      });
      if (!known) {
        throw toConnectError({
          reason: "NO_SUCH_PEER",
          message: `Node ${replica.nodeId} has no peer ${quote(peerId)}.`,
          field: "peer_id",
          rule: PEER_RULE,
        });
      }
      return create(SetLinkResponseSchema);
    },
    stepDown() {
      checkAdmin();
      if (replica.stepDown()) return create(StepDownResponseSchema);
      const leaderHint = replica.status().leaderId;
      throw toConnectError({
        reason: "NOT_LEADING",
        message: `Node ${replica.nodeId} does not lead.`,
        leaderHint,
      });
    },
  };
}

function isBoth(direction: LinkDirection): boolean {
  return direction === LinkDirection.UNSPECIFIED || direction === LinkDirection.BOTH;
}
