/**
 * Prints what a watch delivers, as lines for people or as JSON lines for programs. Used by
 * `zabble watch` and `zabble client`.
 */
import { afterTransactions, emptyProjection, projectionOf } from "../client/projection.js";
import { phaseInWords } from "../client/status-words.js";
import { type ConnectionChange, watch } from "../client/watch.js";
import type { GameEvent } from "../game/event.js";
import type { Transaction } from "../game/transaction.js";
import { eventInWords, missInWords } from "../game/view.js";
import { formatZxid } from "../game/zxid.js";
import { type NodeStatus, Phase } from "../gen/zabble/v1/cluster_pb.js";
import type { CommandContext } from "./command-context.js";
import { ExitCode } from "./exit-code.js";
import { failureFields, reportFailure } from "./report-failure.js";
import { roomJson, roomLines, zxidFields } from "./room-text.js";

export interface WatchRoomOptions {
  readonly room: string;
  /** The last zxid already seen; 0n to begin with the room as it stands. */
  readonly from: bigint;
  readonly json: boolean;
  /** Takes one line without its end. */
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Resolves with the exit code once `signal` aborts or the servers refuse such a watch. */
export async function watchRoom(
  context: CommandContext,
  servers: readonly string[],
  options: WatchRoomOptions,
): Promise<number> {
  const { clock, transport } = context;
  const { room, from, json, print, signal } = options;
  let projection = emptyProjection;
  let status: NodeStatus | undefined;
  // A watch that resumed has no room to fold on until a snapshot comes; it shows the facts alone.
  let folds = from === 0n;
  const say = (line: string, value: object): void => print(json ? JSON.stringify(value) : line);
  let connectionState: ConnectionChange["state"] | undefined;
  const refusal = await watch({
    servers,
    transport,
    clock,
    room,
    from,
    signal,
    onConnection(change) {
      // Which server is tried in between says nothing; that the stream broke and came back does.
      if (change.state === "connecting" || change.state === connectionState) return;
      connectionState = change.state;
      say(`-- ${change.words}`, { type: "connection", ...change });
    },
    onSnapshot(snapshot) {
      projection = projectionOf(snapshot);
      folds = true;
      const { zxid, rooms } = projection;
      const fields = { ...zxidFields(zxid), ...roomJson(room, rooms.get(room)) };
      say(roomLines(room, rooms.get(room), zxid).join("\n"), { type: "snapshot", ...fields });
    },
    onTransactions(transactions, seen) {
      for (const transaction of transactions) {
        if (folds) projection = afterTransactions(projection, [transaction], transaction.zxid);
        const target = projection.rooms.get(room)?.target;
        say(transactionLines(transaction, target).join("\n"), transactionJson(transaction));
      }
      projection = { ...projection, zxid: seen };
    },
    onStatus(next) {
      const before = status;
      status = next;
      if (before !== undefined && isSameView(before, next)) return;
      const words = leaderInWords(next);
      if (words !== undefined) say(banner(words), statusJson(next));
    },
  });
  if (refusal === undefined) return ExitCode.done;
  if (json) print(JSON.stringify({ type: "refused", ...failureFields(refusal) }));
  return reportFailure(context, refusal, json);
}

function transactionLines(transaction: Transaction, target: number | undefined): string[] {
  const place = formatZxid(transaction.zxid);
  return transaction.events.map((event) => {
    const words = eventInWords(event);
    if (event.type === "LeaderEstablished") return banner(`${place}  ${words}`);
    return `${place}  ${words}${missSuffix(event, target)}`;
  });
}

/** How far off a guess was; a target that is not known says nothing. */
function missSuffix(event: GameEvent, target: number | undefined): string {
  if (event.type !== "GuessSubmitted" || target === undefined) return "";
  return `, ${missInWords(Math.abs(event.value - target))}`;
}

function transactionJson({ zxid, prev, time, requestId, events }: Transaction): object {
  const place = { ...zxidFields(zxid), prev: formatZxid(prev), prevDecimal: prev.toString() };
  return { type: "transaction", ...place, time, requestId, events };
}

function isSameView(before: NodeStatus, now: NodeStatus): boolean {
  const broadcasts = ({ phase }: NodeStatus): boolean => phase === Phase.BROADCAST;
  const sameNode = before.nodeId === now.nodeId && before.leaderId === now.leaderId;
  return sameNode && broadcasts(before) === broadcasts(now);
}

/** Undefined while the node is between two leaders it could name. */
function leaderInWords({ nodeId, leaderId, phase, epoch }: NodeStatus): string | undefined {
  if (leaderId === "") return `${nodeId} has no leader and looks for one`;
  if (phase !== Phase.BROADCAST) return undefined;
  return leaderId === nodeId
    ? `${nodeId} leads epoch ${epoch}`
    : `${nodeId} follows ${leaderId} in epoch ${epoch}`;
}

function statusJson({ nodeId, leaderId, phase, epoch, commitZxid }: NodeStatus): object {
  const { zxid, zxidDecimal } = zxidFields(commitZxid);
  const commit = { commitZxid: zxid, commitZxidDecimal: zxidDecimal };
  const leader = leaderId === "" ? null : leaderId;
  return { type: "status", nodeId, leader, phase: phaseInWords(phase), epoch, ...commit };
}

/** Stands out among the plain lines, without colour too. */
function banner(words: string): string {
  return `━━ ${words} ${"━".repeat(Math.max(2, 60 - words.length))}`;
}
