/** Test support: what a core says and does, in the words of the scenario files. */
import { type Core, phaseOf } from "./core.js";
import type { WriteOp } from "./entry.js";
import type { CoreTrace } from "./io.js";
import { lastZxid } from "./log.js";
import type { Message } from "./message.js";
import { formatZxid } from "./zxid.js";

export function messageWords(msg: Message): string {
  switch (msg.t) {
    case "notify": {
      const { leader, epoch, zxid } = msg.vote;
      const candidate = `${leader} (epoch ${epoch}, log to ${formatZxid(zxid)})`;
      const vote = `round ${msg.round} for ${leader === "" ? "nobody" : candidate}`;
      const promised = msg.empty && msg.acceptedEpoch > 0 ? ` promised ${msg.acceptedEpoch}` : "";
      // Its log is empty now, and it does not say that it always was.
      const hadLog = msg.blank && !msg.empty && zxid === 0n;
      const standing = hadLog ? " blank, lost a log" : msg.blank ? " blank" : "";
      return `notify ${msg.role} ${vote}${standing}${promised}`;
    }
    case "cepoch":
      return `cepoch promised ${msg.acceptedEpoch}${notCounting(msg.counts)}`;
    case "newEpoch":
      return `newEpoch ${msg.epoch}`;
    case "ackEpoch":
      return `ackEpoch ${msg.epoch} log to ${formatZxid(msg.last)}${notCounting(msg.counts)}`;
    case "refuse":
      return `refuse: ${msg.reason}`;
    case "sync":
      return `sync ${msg.mode} after ${formatZxid(msg.zxid)}`;
    case "snapChunk":
      return `snapChunk ${msg.index}`;
    case "propose": {
      const entries = span(msg.entries.map(({ zxid }) => zxid));
      return `propose ${entries} after ${formatZxid(msg.prev)} commit ${formatZxid(msg.commit)}`;
    }
    case "ack":
      return `ack ${formatZxid(msg.zxid)}`;
    case "upToDate":
      return `upToDate commit ${formatZxid(msg.commit)}`;
    case "admit":
      return "admit";
    case "commit":
      return `commit ${formatZxid(msg.zxid)}`;
    case "ping":
      return `ping ${msg.n} commit ${formatZxid(msg.commit)}`;
    case "pong":
      return `pong ${msg.n}`;
    case "readIndex":
      return `readIndex ${msg.id}`;
    case "readIndexReply":
      return `readIndexReply ${msg.id} ${msg.ok ? formatZxid(msg.zxid) : "no"}`;
    default:
      throw new Error(`unknown message ${JSON.stringify(msg satisfies never)}`);
  }
}

function notCounting(counts: boolean): string {
  return counts ? "" : " (does not count)";
}

/** The first and the last of a run of entries. */
export function span(zxids: readonly bigint[]): string {
  const [first = 0n] = zxids;
  const last = zxids.at(-1) ?? 0n;
  return first === last ? formatZxid(first) : `${formatZxid(first)}..${formatZxid(last)}`;
}

export function opWords(op: WriteOp): string {
  switch (op.kind) {
    case "append":
      return span(op.entries.map(({ zxid }) => zxid));
    case "promise":
      return `promise of ${op.epoch} to ${op.to}`;
    case "truncate":
      return `truncation to ${formatZxid(op.to)}`;
    case "reset":
      return `snapshot ${formatZxid(op.snapshot.zxid)}`;
    case "initialize":
      return "initialized";
    default:
      throw new Error(`unknown op ${JSON.stringify(op satisfies never)}`);
  }
}

/** Undefined for facts that other lines tell already. */
export function traceWords(event: CoreTrace): string | undefined {
  const { kind, role, phase, peer = "", detail = "" } = event;
  switch (kind) {
    case "ROLE":
      if (role === "LOOKING") return `LOOKING: ${detail}`;
      return role === "FOLLOWING" ? `FOLLOWING ${peer} ${phase}` : `LEADING ${phase}`;
    case "VOTE":
      return `decides for ${peer}: ${detail}`;
    case "ESTABLISHED":
      return `ESTABLISHED in epoch ${event.epoch}`;
    case "SYNC_SENT":
      return `syncs ${peer}: ${detail}`;
    case "LEARNER":
      return `learner ${peer}: ${detail}`;
    default:
      return undefined;
  }
}

export function statusWords(core: Core): string {
  const { role } = core;
  const of = role.kind === "FOLLOWING" ? ` ${role.leader}` : "";
  const log = `log ${formatZxid(core.log.base)}..${formatZxid(lastZxid(core.log))}`;
  const commit = `commit ${formatZxid(core.commit)} applied ${formatZxid(core.delivered)}`;
  const promised = `promised ${core.acceptedEpoch} to ${core.promisedTo || "nobody"}`;
  return `${role.kind}${of} ${phaseOf(core)}, ${log}, ${commit}, ${promised}`;
}

/** What a leader knows of each learner; nothing, of a node that does not lead. */
export function learnerWords({ role }: Core): string[] {
  if (role.kind !== "LEADING") return [];
  return [...role.learners].map(([peer, { stage, sent, match, upToDate }]) => {
    const words = `${peer}: ${stage}, sent ${formatZxid(sent)}, acked ${formatZxid(match)}`;
    return `${words}${upToDate ? ", up to date" : ""}`;
  });
}
