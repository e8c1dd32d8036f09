/**
 * ResourceBounds (X17): queues, windows and memories stay within what is configured, at all times:
 * what waits for the disk, for acks and for answers, the log in memory, the request ids, snapshots.
 */
import { GUESSES_MAX, ROOMS_MAX, ROUNDS_MAX } from "../../../game/limits.js";
import type { Core } from "../../../nodes/zab/core.js";
import { indexAfter, positionOf } from "../../../nodes/zab/log.js";
import type { MessageOf } from "../../../nodes/zab/message.js";
import type { SimNode } from "../sim-cluster.js";
import { Violation } from "../violation.js";
import type { Checker } from "./checker.js";

/** Batches on their way to a disk, where the window allows fewer, and what else may join them. */
const BATCHES_IN_DISK = 64;
const BATCHES_BESIDES = 8;

/** What changes slowly is looked at this rarely, counted in events of all nodes. */
const RARELY = 512;

export function resourceBounds(): Checker {
  let events = 0;

  function atMost(node: SimNode, what: string, is: number, limit: number): void {
    if (is <= limit) return;
    throw new Violation("ResourceBounds", `${node.id}: ${is} ${what}, allowed are ${limit}`);
  }

  /** Before the last frame the window was not full. */
  function checkWindow(node: SimNode, core: Core, to: string, frame: MessageOf<"propose">): void {
    const learner = core.role.kind === "LEADING" ? core.role.learners.get(to) : undefined;
    // What was sent at once may leave in pieces: the last of them tells.
    if (learner === undefined || frame.entries.at(-1)?.zxid !== learner.sent) return;
    const { log, config } = core;
    const inFlight = positionOf(log, learner.sent) - positionOf(log, learner.acked);
    const before = inFlight - frame.entries.length;
    atMost(node, `entries on their way to ${to}`, before, config.windowEntries - 1);
  }

  function checkRarely(node: SimNode): void {
    const replica = node.running?.node;
    if (replica === undefined) return;
    atMost(node, "commands waiting", replica.status().outstanding, 3 * node.limits.outstandingMax);
    const { rooms, requests } = replica.game();
    const { generationMax, previous, current } = requests.cut();
    atMost(node, "request ids", previous.size + current.size, 2 * generationMax - 1);
    atMost(node, "rooms", rooms.size, ROOMS_MAX);
    for (const room of rooms.values()) {
      atMost(node, `rounds of ${room.name}`, room.rounds.length, ROUNDS_MAX);
      const guesses = room.status === "open" ? room.guesses.length : 0;
      atMost(node, `guesses in ${room.name}`, guesses, GUESSES_MAX);
    }
  }

  return {
    onSend(node, to, messages) {
      const core = node.running?.node.core;
      if (core?.role.kind !== "LEADING") return;
      const frame = messages.findLast((msg) => msg.t === "propose");
      if (frame !== undefined) checkWindow(node, core, to, frame);
    },
    onApplied(node) {
      const core = node.running?.node.core;
      if (core === undefined) return;
      const kept = indexAfter(core.log, core.delivered);
      const { logTailEntries } = core.config;
      const limit = logTailEntries + (logTailEntries >>> 2) + 16;
      atMost(node, "delivered entries in memory", kept, limit);
    },
    onDurable(node) {
      atMost(node, "snapshots", node.platter.snapshots.length, 2);
    },
    afterEvent(node) {
      const core = node.running?.node.core;
      if (core === undefined) return;
      const batches = Math.max(BATCHES_IN_DISK, core.config.windowEntries) + BATCHES_BESIDES;
      atMost(node, "batches on their way to disk", core.inDisk.length, batches);
      const { role } = core;
      if (role.kind === "LEADING") {
        atMost(node, "uncommitted frames", role.frames.length, node.limits.framesInFlight);
      }
      if (events++ % RARELY === 0) checkRarely(node);
    },
  };
}
