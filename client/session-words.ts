/** What a player's session amounts to, in sentences that every screen shows. Pure. */
import { eventInWords } from "../game/view.js";
import { formatZxid } from "../game/zxid.js";
import { changesInWords } from "./changes.js";
import { nodesTakingPart } from "./cluster-model.js";
import { wishInWords } from "./pending-command.js";
import { type Session, standingOf } from "./session-model.js";
import { phaseInWords, roleInWords } from "./status-words.js";
import { transactionOf, zxidOfPast } from "./time-travel.js";

/** Why the screen is not live, whole sentences; undefined while nothing is wrong. */
export function troubleInWords(session: Session): string | undefined {
  const standing = standingOf(session);
  const { connection, live, status } = session;
  if (standing === "lost" || (standing === "joining" && connection.state !== "live")) {
    if (live === undefined) return connection.words;
    return `${connection.words} Below: what was known at ${formatZxid(live.now.zxid)}.`;
  }
  if (standing !== "electing" || status === undefined) return undefined;
  const quorum = quorumInWords(session);
  if (quorum !== undefined) {
    return `${quorum}: nothing can be confirmed until they are back. Nothing confirmed is lost.`;
  }
  const { nodeId, role, phase, acceptedEpoch } = status;
  return (
    `${nodeId} has no leader (${roleInWords(role)}, ${phaseInWords(phase)}). ` +
    `Nothing confirmed is lost. Epoch ${acceptedEpoch} is promised.`
  );
}

/** "2 of 5 nodes are up, 3 are needed"; undefined unless that is known to be so. */
export function quorumInWords({ cluster }: Session): string | undefined {
  if (cluster === undefined || cluster.seenFrom === "") return undefined;
  const up = nodesTakingPart(cluster);
  if (up >= cluster.quorum) return undefined;
  return `${up} of ${cluster.nodes.length} nodes are up, ${cluster.quorum} are needed`;
}

/** What the player's oldest command waits for while the screen is not live. */
export function waitingInWords(session: Session): string | undefined {
  const [waiting] = session.pending;
  const standing = standingOf(session);
  if (waiting === undefined || standing === "live") return undefined;
  const what = wishInWords(waiting.wish);
  if (waiting.zxid !== undefined) {
    return `${what} is committed (${formatZxid(waiting.zxid)}); it has yet to come to this screen`;
  }
  const who = standing === "electing" ? "leader" : "server";
  return `${what} waits for a ${who}; it will be sent with the same id`;
}

/** Where in the past the screen stands: the zxid and what happened there; "" in the present. */
export function pastInWords({ past }: Session): string {
  if (past === undefined) return "";
  const transaction = transactionOf(past);
  const what =
    transaction === undefined
      ? "before the first event known here"
      : transaction.events.map(eventInWords).join("; ");
  return `${formatZxid(zxidOfPast(past))}  ${what}`;
}

/** What else there is to say of that place; none in the present. */
export function pastNotes({ past, room }: Session): string[] {
  if (past === undefined) return [];
  const kept = past.stretch.place?.keptFrom;
  const changes = changesInWords(past.before, past.after, room);
  return [
    past.reading === undefined ? "" : `reading the log ${Math.floor(past.reading.done * 100)} %`,
    changes.length === 0 ? "" : `changed: ${changes.join(", ")}`,
    kept === undefined ? "" : `the log is kept from ${formatZxid(kept)}: scores count from there`,
  ].filter((note) => note !== "");
}
