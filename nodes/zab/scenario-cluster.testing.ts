/**
 * Test support: cores whose every message, disk write and tick a scenario orders by hand. It owes
 * the cores what io.ts says a driver owes, and prints one line for each thing that happens. The
 * disk is the simulator's, told when to sync; there is no time and no chance here.
 */
import { createPlatter, type Platter, type SimDisk } from "../../test/sim/sim-disk.js";
import { chainCrc } from "../store/chain.js";
import { type Core, type CoreConfig, createCore, phaseOf } from "./core.js";
import type { Entry, NodeId } from "./entry.js";
import type { Input, Output } from "./io.js";
import { crcAt, lastCrc, lastZxid } from "./log.js";
import type { Message } from "./message.js";
import { createScenarioDisk, diskWords, keepFirst } from "./scenario-disk.testing.js";
import { messageWords, opWords, span, traceWords } from "./scenario-words.testing.js";
import { step } from "./step.js";
import { epochOf, formatZxid } from "./zxid.js";

interface Life {
  readonly core: Core;
  readonly disk: SimDisk;
  held: Extract<Output, { t: "send" }>[];
}

interface Machine {
  readonly id: NodeId;
  readonly platter: Platter;
  /** Undefined while the process is down. */
  life: Life | undefined;
  /** Its disk syncs only when told to. */
  diskHeld: boolean;
  /** The sync under way. */
  pendingSync: (() => void) | undefined;
}

export type ClusterSettings = Omit<CoreConfig, "self" | "voters">;

export class ScenarioCluster {
  readonly #machines = new Map<NodeId, Machine>();
  /** What is on its way, by "from>to". */
  readonly #wires = new Map<string, Message[]>();
  readonly #links = new Set<string>();
  readonly #severed = new Set<string>();
  readonly #muted = new Set<string>();
  readonly #settings: ClusterSettings;
  #lines: string[] = [];

  constructor(ids: readonly NodeId[], blank: readonly NodeId[], settings: ClusterSettings) {
    this.#settings = settings;
    for (const id of ids) {
      const platter = createPlatter(!blank.includes(id));
      const down = { life: undefined, diskHeld: false, pendingSync: undefined };
      this.#machines.set(id, { id, platter, ...down });
    }
  }

  get ids(): NodeId[] {
    return [...this.#machines.keys()];
  }

  /** The lines since the last call. */
  takeLines(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  start(id: NodeId): void {
    const machine = this.#machine(id);
    if (machine.life !== undefined) throw new Error(`${id} is up already`);
    const disk = createScenarioDisk(machine.platter, (done) => {
      machine.pendingSync = done;
    });
    const { recovered } = disk;
    const snapshotZxid = recovered.snapshot?.zxid ?? 0n;
    const core = createCore(
      { ...this.#settings, self: id, voters: this.ids },
      { ...recovered, snapshotZxid },
    );
    machine.life = { core, disk, held: [] };
    disk.onDurable((batch) => {
      this.#say(`${id} disk synced`);
      this.#turn(id, { t: "durable", batch });
    });
    this.#say(`${id} starts with a log to ${formatZxid(lastZxid(core.log))}`);
    this.#turn(id, { t: "flush" });
    for (const peer of this.ids) if (peer !== id) this.#connect(id, peer);
  }

  /** What was not synced is lost, but for the first `kept` ops. */
  crash(id: NodeId, kept: number): void {
    const machine = this.#machine(id);
    const { disk } = this.#life(id);
    machine.life = undefined;
    machine.pendingSync = undefined;
    disk.crash(keepFirst(kept));
    this.#say(`${id} crashed with ${diskWords(machine.platter)} on disk`);
    for (const peer of this.ids) if (peer !== id) this.#disconnect(id, peer);
  }

  wipe(id: NodeId): void {
    const machine = this.#machine(id);
    if (machine.life !== undefined) throw new Error(`${id} is still up`);
    Object.assign(machine.platter, createPlatter(false));
  }

  holdDisk(id: NodeId, held: boolean): void {
    this.#machine(id).diskHeld = held;
    if (!held) this.sync(id);
  }

  /** Lets the disk catch up with all that was written. */
  sync(id: NodeId): void {
    const machine = this.#machine(id);
    for (let done = machine.pendingSync; done !== undefined; done = machine.pendingSync) {
      machine.pendingSync = undefined;
      done();
    }
  }

  /** Breaks the link; what was on its way is lost, and both ends are told. */
  sever(a: NodeId, b: NodeId): void {
    this.#severed.add(pair(a, b));
    this.#disconnect(a, b);
  }

  mend(a: NodeId, b: NodeId): void {
    this.#severed.delete(pair(a, b));
    this.#connect(a, b);
  }

  /** From now on everything from `a` to `b` is lost without notice. */
  mute(a: NodeId, b: NodeId, muted: boolean): void {
    if (muted) this.#muted.add(`${a}>${b}`);
    else this.#muted.delete(`${a}>${b}`);
  }

  drop(a: NodeId, b: NodeId): void {
    for (const msg of this.#take(a, b, Number.POSITIVE_INFINITY)) {
      this.#say(`lost: ${a} -> ${b} ${messageWords(msg)}`);
    }
  }

  /** Hands over up to `count` messages from `a` to `b` that are on their way now. */
  deliver(a: NodeId, b: NodeId, count = Number.POSITIVE_INFINITY): boolean {
    const messages = this.#take(a, b, count);
    for (const msg of messages) {
      if (this.#machine(b).life !== undefined) this.#turn(b, { t: "recv", from: a, msg });
    }
    return messages.length > 0;
  }

  /** One round: whatever is on its way now. False if nothing was. */
  deliverAll(): boolean {
    const waiting = [...this.#wires.values()].map((messages) => messages.length);
    let any = false;
    for (const [index, wire] of [...this.#wires.keys()].entries()) {
      const [from = "", to = ""] = wire.split(">");
      if (this.deliver(from, to, waiting[index] ?? 0)) any = true;
    }
    return any;
  }

  tick(ids: readonly NodeId[], ticks: number): void {
    for (const id of ids) {
      if (this.#machine(id).life !== undefined) this.#turn(id, { t: "tick", ticks });
    }
  }

  propose(id: NodeId, texts: readonly string[]): void {
    const { core } = this.#life(id);
    let zxid = lastZxid(core.log);
    let crc = lastCrc(core.log);
    const entries: Entry[] = texts.map((text) => {
      zxid += 1n;
      crc = chainCrc(text, crc);
      return { zxid, text, crc };
    });
    this.#turn(id, { t: "propose", entries });
  }

  input(id: NodeId, input: Input): void {
    this.#turn(id, input);
  }

  status(): void {
    for (const { id, life, platter } of this.#machines.values()) {
      if (life === undefined) {
        this.#say(`${id} down, ${diskWords(platter)} on disk`);
        continue;
      }
      const { core } = life;
      const { role } = core;
      const of = role.kind === "FOLLOWING" ? ` ${role.leader}` : "";
      const log = `log ${formatZxid(core.log.base)}..${formatZxid(lastZxid(core.log))}`;
      const commit = `commit ${formatZxid(core.commit)} applied ${formatZxid(core.delivered)}`;
      const promised = `promised ${core.acceptedEpoch} to ${core.promisedTo || "nobody"}`;
      this.#say(`${id} ${role.kind}${of} ${phaseOf(core)}, ${log}, ${commit}, ${promised}`);
    }
  }

  #turn(id: NodeId, input: Input): void {
    const life = this.#life(id);
    this.#feed(id, life, input);
    if (input.t !== "flush" && this.#machine(id).life === life) {
      this.#feed(id, life, { t: "flush" });
    }
    const machine = this.#machine(id);
    if (!machine.diskHeld && machine.life === life) this.sync(id);
  }

  #feed(id: NodeId, life: Life, input: Input): void {
    const follow: Input[] = [];
    const sends: { to: NodeId; words: string; fate: string }[] = [];
    for (const output of step(life.core, input)) {
      if (output.t === "send") {
        const { to, msg, after } = output;
        const waits = after > life.core.durableBatch;
        if (waits) life.held.push(output);
        const gone = !waits && !this.#transmit(id, to, msg);
        const fate = waits ? " (waits for the disk)" : gone ? " (lost)" : "";
        sends.push({ to, words: messageWords(msg), fate });
      } else {
        this.#saySends(id, sends.splice(0));
        this.#act(id, life, output, follow);
      }
    }
    if (input.t === "durable") {
      const due = life.held.filter(({ after }) => after <= life.core.durableBatch);
      life.held = life.held.filter((one) => !due.includes(one));
      for (const { to, msg } of due) {
        const fate = this.#transmit(id, to, msg) ? "" : " (lost)";
        sends.push({ to, words: messageWords(msg), fate });
      }
    }
    this.#saySends(id, sends);
    for (const next of follow) this.#feed(id, life, next);
  }

  #act(id: NodeId, life: Life, output: Exclude<Output, { t: "send" }>, follow: Input[]): void {
    switch (output.t) {
      case "write":
        this.#say(`${id} writes ${output.ops.map(opWords).join(", ")}`);
        life.disk.write(output.batch, output.ops);
        break;
      case "deliver":
        this.#say(`${id} applies ${span(output.entries.map(({ zxid }) => zxid))}`);
        life.disk.noteCommit(life.core.delivered);
        break;
      case "install":
        this.#say(`${id} installs snapshot ${formatZxid(output.snapshot.zxid)}`);
        break;
      case "readReady":
        this.#say(`${id} read ${output.id} may be answered at ${formatZxid(output.zxid)}`);
        break;
      case "readFailed":
        this.#say(`${id} read ${output.id} failed`);
        break;
      case "wantMarker": {
        const text = `epoch ${epochOf(output.zxid)} of ${id}`;
        const crc = chainCrc(text, output.prevCrc);
        follow.push({ t: "marker", entry: { zxid: output.zxid, text, crc } });
        break;
      }
      case "wantSnapshot": {
        const { core } = life;
        const { delivered: zxid } = core;
        const ends = core.log.epochEnds.filter((end) => epochOf(end) < epochOf(zxid));
        const crc = crcAt(core.log, zxid) ?? 0;
        const snapshot = { zxid, crc, epochEnds: [...ends, zxid], chunks: ["the state"] };
        follow.push({ t: "snapshot", peer: output.peer, attempt: output.attempt, snapshot });
        break;
      }
      case "leave":
        life.held = [];
        break;
      case "trace": {
        const words = traceWords(output.event);
        if (words !== undefined) this.#say(`${id} ${words}`);
        break;
      }
      case "halt":
        this.#say(`${id} HALTS: ${output.why}`);
        break;
      default:
        throw new Error(`unknown output ${JSON.stringify(output satisfies never)}`);
    }
  }

  /** False if nobody will ever receive it. */
  #transmit(from: NodeId, to: NodeId, msg: Message): boolean {
    if (!this.#links.has(pair(from, to)) || this.#muted.has(`${from}>${to}`)) return false;
    const wire = `${from}>${to}`;
    const waiting = this.#wires.get(wire);
    if (waiting === undefined) this.#wires.set(wire, [msg]);
    else waiting.push(msg);
    return true;
  }

  /** One line for the same words to several peers. */
  #saySends(id: NodeId, sends: readonly { to: NodeId; words: string; fate: string }[]): void {
    const lines = new Map<string, NodeId[]>();
    for (const { to, words, fate } of sends) {
      const line = `${words}${fate}`;
      lines.set(line, [...(lines.get(line) ?? []), to]);
    }
    for (const [line, peers] of lines) this.#say(`${id} -> ${peers.join(" ")} ${line}`);
  }

  #connect(a: NodeId, b: NodeId): void {
    const both = this.#machine(a).life !== undefined && this.#machine(b).life !== undefined;
    if (!both || this.#severed.has(pair(a, b)) || this.#links.has(pair(a, b))) return;
    this.#links.add(pair(a, b));
    this.#turn(a, { t: "link", peer: b, up: true });
    this.#turn(b, { t: "link", peer: a, up: true });
  }

  #disconnect(a: NodeId, b: NodeId): void {
    this.#wires.delete(`${a}>${b}`);
    this.#wires.delete(`${b}>${a}`);
    if (!this.#links.delete(pair(a, b))) return;
    if (this.#machine(a).life !== undefined) this.#turn(a, { t: "link", peer: b, up: false });
    if (this.#machine(b).life !== undefined) this.#turn(b, { t: "link", peer: a, up: false });
  }

  #take(a: NodeId, b: NodeId, count: number): Message[] {
    const waiting = this.#wires.get(`${a}>${b}`) ?? [];
    return waiting.splice(0, Math.min(count, waiting.length));
  }

  #say(line: string): void {
    this.#lines.push(line);
  }

  #machine(id: NodeId): Machine {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw new Error(`there is no node ${id}`);
    return machine;
  }

  #life(id: NodeId): Life {
    const { life } = this.#machine(id);
    if (life === undefined) throw new Error(`${id} is down`);
    return life;
  }
}

function pair(a: NodeId, b: NodeId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
