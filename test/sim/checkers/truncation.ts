/**
 * CommittedLogDurability: no truncation or reset takes a committed entry from a node, except by a
 * snapshot that covers it. LogMatching (X1): a zxid has one content, ever.
 */
import { formatZxid, type Zxid } from "../../../nodes/zab/zxid.js";
import { Violation } from "../violation.js";
import type { CheckContext, Checker } from "./checker.js";

export function truncation({ committed }: CheckContext): Checker {
  const contents = new Map<Zxid, number>();
  return {
    onWrite(node, ops) {
      for (const op of ops) {
        if (op.kind === "append") {
          for (const { zxid, crc } of op.entries) {
            const known = contents.get(zxid);
            if (known === undefined) contents.set(zxid, crc);
            else if (known !== crc) {
              throw new Violation("LogMatching", `${node.id} appends another ${formatZxid(zxid)}`);
            }
          }
        } else if (op.kind === "truncate") {
          const lost = node.platter.entries.find(
            (entry) => entry.zxid > op.to && committed.indexOf(entry.zxid) !== undefined,
          );
          if (lost === undefined) continue;
          const name = formatZxid(lost.zxid);
          throw new Violation("CommittedLogDurability", `${node.id} truncates committed ${name}`);
        } else if (op.kind === "reset" && committed.indexOf(op.snapshot.zxid) === undefined) {
          const name = formatZxid(op.snapshot.zxid);
          throw new Violation("CommittedLogDurability", `${node.id} resets to unknown ${name}`);
        }
      }
    },
  };
}
