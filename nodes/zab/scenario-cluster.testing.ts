/**
 * Test support: cores whose every message, disk write and tick is ordered by hand. It owes the
 * cores what io.ts says a driver owes, and tells one line for each thing that happens. The disk is
 * the simulator's, told when to sync; there is no time and no chance here.
 */
import { createPlatter, type Platter, type SimDisk } from "../../test/sim/sim-disk.js";
import { chainCrc } from "../store/chain.js";
import { type Core, type CoreConfig, createCore } from "./core.js";
import type { Entry, NodeId, SnapshotData } from "./entry.js";
import type { Input, Output } from "./io.js";
import { crcAt, lastCrc, lastZxid } from "./log.js";
import type { Message } from "./message.js";
import { createScenarioDisk, diskWords, keepFirst } from "./scenario-disk.testing.js";
import { ScenarioWires } from "./scenario-wires.testing.js";
import {
  learnerWords,
  messageWords,
  opWords,
  span,
  statusWords,
  traceWords,
} from "./scenario-words.testing.js";
import { step } from "./step.js";
import { epochOf, formatZxid } from "./zxid.js";

interface Life {
  readonly core: Core;
  readonly disk: SimDisk;
  held: Extract<Output, { t: "send" }>[];
  /** How many ops each batch has that is not durable yet. */
  unsynced: { readonly batch: number; readonly ops: number }[];
  /** Snapshots that were cut, while nobody is to get one. */
  snapshots: Extract<Input, { t: "snapshot" }>[];
}

interface Machine {
  readonly id: NodeId;
  readonly platter: Platter;
  /** Undefined while the process is down. */
  life: Life | undefined;
  /** Its disk syncs only when told to. */
  diskHeld: boolean;
  /** What the disk is at work on. */
  diskWork: (() => void)[];
  /** It cuts snapshots, but they do not become ready. */
  snapshotsHeld: boolean;
}

export type ClusterSettings = Omit<CoreConfig, "self" | "voters">;

/** Who watches. Without `tell` nothing is put into words, which takes most of the time. */
export interface Witness {
  readonly tell?: (line: string) => void;
  /** After each input that a core took. */
  readonly stepped?: (id: NodeId, core: Core) => void;
}

export class ScenarioCluster {
  readonly wires = new ScenarioWires();
  readonly #machines = new Map<NodeId, Machine>();
  readonly #settings: ClusterSettings;
  readonly #witness: Witness;

  constructor(
    ids: readonly NodeId[],
    blank: readonly NodeId[],
    settings: ClusterSettings,
    witness: Witness,
  ) {
    this.#settings = settings;
    this.#witness = witness;
    for (const id of ids) {
      const platter = createPlatter(!blank.includes(id));
      const down = { life: undefined, diskHeld: false, diskWork: [], snapshotsHeld: false };
      this.#machines.set(id, { id, platter, ...down });
    }
  }

  get ids(): NodeId[] {
    return [...this.#machines.keys()];
  }

  /** Undefined while the process is down. */
  core(id: NodeId): Core | undefined {
    return this.#machine(id).life?.core;
  }

  start(id: NodeId): void {
    const machine = this.#stopped(id);
    const disk = createScenarioDisk(machine.platter, (done) => machine.diskWork.push(done));
    const { recovered } = disk;
    const snapshotZxid = recovered.snapshot?.zxid ?? 0n;
    const core = createCore(
      { ...this.#settings, self: id, voters: this.ids },
      { ...recovered, snapshotZxid },
    );
    const life: Life = { core, disk, held: [], unsynced: [], snapshots: [] };
    machine.life = life;
    disk.onDurable((batch) => {
      this.#say(() => `${id} disk synced`);
      life.unsynced = life.unsynced.filter((one) => one.batch > batch);
      this.#turn(id, { t: "durable", batch });
    });
    this.#say(() => `${id} starts with a log to ${formatZxid(lastZxid(core.log))}`);
    this.#turn(id, { t: "flush" });
    for (const peer of this.ids) if (peer !== id) this.#connect(id, peer);
  }

  /** What was not synced is lost, but for the first `kept` ops. */
  crash(id: NodeId, kept: number): void {
    const machine = this.#machine(id);
    const { disk } = this.#life(id);
    machine.life = undefined;
    machine.diskWork = [];
    disk.crash(keepFirst(kept));
    this.#say(() => `${id} crashed with ${diskWords(machine.platter)} on disk`);
    for (const peer of this.ids) if (peer !== id) this.#disconnect(id, peer);
  }

  /** What is on the medium of a stopped node, to be changed. */
  stoppedPlatter(id: NodeId): Platter {
    return this.#stopped(id).platter;
  }

  platter(id: NodeId): Readonly<Platter> {
    return this.#machine(id).platter;
  }

  holdDisk(id: NodeId, held: boolean): void {
    this.#machine(id).diskHeld = held;
    if (!held) this.sync(id);
  }

  /** Lets the disk catch up with all that was written. */
  sync(id: NodeId): void {
    while (this.syncOnce(id));
  }

  isDiskBusy(id: NodeId): boolean {
    return this.#machine(id).diskWork.length > 0;
  }

  /** Ends what the disk is at work on. False if it is idle. */
  syncOnce(id: NodeId): boolean {
    const done = this.#machine(id).diskWork.shift();
    done?.();
    return done !== undefined;
  }

  /** How many ops a crash would lose now. */
  unsyncedOps(id: NodeId): number {
    return this.#life(id).unsynced.reduce((sum, { ops }) => sum + ops, 0);
  }

  /** Saves the state as of what it has applied. */
  saveSnapshot(id: NodeId): void {
    const { core, disk } = this.#life(id);
    const snapshot = cutSnapshot(core);
    this.#say(() => `${id} saves snapshot ${formatZxid(snapshot.zxid)}`);
    disk.saveSnapshot(snapshot, () => {
      this.#say(() => `${id} has saved snapshot ${formatZxid(snapshot.zxid)}`);
    });
    this.#syncUnlessHeld(id);
  }

  holdSnapshots(id: NodeId, held: boolean): void {
    this.#machine(id).snapshotsHeld = held;
    if (!held) for (const input of this.#life(id).snapshots.splice(0)) this.#turn(id, input);
  }

  /** Breaks the link; what was on its way is lost, and both ends are told. */
  sever(a: NodeId, b: NodeId): void {
    this.wires.allow(a, b, false);
    this.#disconnect(a, b);
  }

  mend(a: NodeId, b: NodeId): void {
    this.wires.allow(a, b, true);
    this.#connect(a, b);
  }

  drop(a: NodeId, b: NodeId): void {
    for (const msg of this.wires.take(a, b, Number.POSITIVE_INFINITY)) {
      this.#say(() => `lost: ${a} -> ${b} ${messageWords(msg)}`);
    }
  }

  /** Hands over up to `count` messages from `a` to `b` that are on their way now. */
  deliver(a: NodeId, b: NodeId, count = Number.POSITIVE_INFINITY): boolean {
    const messages = this.wires.take(a, b, count);
    for (const msg of messages) this.#receive(a, b, msg);
    return messages.length > 0;
  }

  /** What was copied comes once more, as from a transport that does not keep its word. */
  deliverCopies(a: NodeId, b: NodeId): void {
    for (const msg of this.wires.copies(a, b)) {
      this.#say(() => `again: ${a} -> ${b} ${messageWords(msg)}`);
      this.#receive(a, b, msg);
    }
  }

  /** One round: whatever is on its way now. False if nothing was. */
  deliverAll(): boolean {
    let any = false;
    for (const { from, to, count } of this.wires.wires()) {
      if (this.deliver(from, to, count)) any = true;
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
      if (life === undefined) this.#say(() => `${id} down, ${diskWords(platter)} on disk`);
      else this.#say(() => `${id} ${statusWords(life.core)}`);
    }
  }

  learners(id: NodeId): void {
    for (const words of learnerWords(this.#life(id).core)) this.#say(() => `${id} has ${words}`);
  }

  #receive(from: NodeId, to: NodeId, msg: Message): void {
    if (this.#machine(to).life !== undefined) this.#turn(to, { t: "recv", from, msg });
  }

  #turn(id: NodeId, input: Input): void {
    const life = this.#life(id);
    this.#feed(id, life, input);
    if (input.t !== "flush" && this.#machine(id).life === life) {
      this.#feed(id, life, { t: "flush" });
    }
    if (this.#machine(id).life === life) this.#syncUnlessHeld(id);
  }

  #syncUnlessHeld(id: NodeId): void {
    if (!this.#machine(id).diskHeld) this.sync(id);
  }

  #feed(id: NodeId, life: Life, input: Input): void {
    const follow: Input[] = [];
    const sends: { to: NodeId; msg: Message; fate: string }[] = [];
    for (const output of step(life.core, input)) {
      if (output.t === "send") {
        const { to, msg, after } = output;
        const waits = after > life.core.durableBatch;
        if (waits) life.held.push(output);
        const gone = !waits && !this.wires.transmit(id, to, msg);
        sends.push({ to, msg, fate: waits ? " (waits for the disk)" : gone ? " (lost)" : "" });
      } else {
        this.#saySends(id, sends.splice(0));
        this.#act(id, life, output, follow);
      }
    }
    if (input.t === "durable") {
      const due = life.held.filter(({ after }) => after <= life.core.durableBatch);
      life.held = life.held.filter((one) => !due.includes(one));
      for (const { to, msg } of due) {
        sends.push({ to, msg, fate: this.wires.transmit(id, to, msg) ? "" : " (lost)" });
      }
    }
    this.#saySends(id, sends);
    this.#witness.stepped?.(id, life.core);
    for (const next of follow) this.#feed(id, life, next);
  }

  #act(id: NodeId, life: Life, output: Exclude<Output, { t: "send" }>, follow: Input[]): void {
    switch (output.t) {
      case "write":
        this.#say(() => `${id} writes ${output.ops.map(opWords).join(", ")}`);
        life.unsynced.push({ batch: output.batch, ops: output.ops.length });
        life.disk.write(output.batch, output.ops);
        break;
      case "deliver":
        this.#say(() => `${id} applies ${span(output.entries.map(({ zxid }) => zxid))}`);
        life.disk.noteCommit(life.core.delivered);
        break;
      case "install":
        this.#say(() => `${id} installs snapshot ${formatZxid(output.snapshot.zxid)}`);
        break;
      case "readReady":
        this.#say(() => `${id} read ${output.id} may be answered at ${formatZxid(output.zxid)}`);
        break;
      case "readFailed":
        this.#say(() => `${id} read ${output.id} failed`);
        break;
      case "wantMarker": {
        const text = `epoch ${epochOf(output.zxid)} of ${id}`;
        const crc = chainCrc(text, output.prevCrc);
        follow.push({ t: "marker", entry: { zxid: output.zxid, text, crc } });
        break;
      }
      case "wantSnapshot": {
        const { peer, attempt } = output;
        const snapshot = cutSnapshot(life.core);
        const { snapshotsHeld } = this.#machine(id);
        if (snapshotsHeld) this.#say(() => `${id} cuts snapshot ${formatZxid(snapshot.zxid)}`);
        const ready = snapshotsHeld ? life.snapshots : follow;
        ready.push({ t: "snapshot", peer, attempt, snapshot });
        break;
      }
      case "leave":
        life.held = [];
        break;
      case "trace": {
        const words = traceWords(output.event);
        if (words !== undefined) this.#say(() => `${id} ${words}`);
        break;
      }
      case "halt":
        this.#say(() => `${id} HALTS: ${output.why}`);
        break;
      default:
        throw new Error(`unknown output ${JSON.stringify(output satisfies never)}`);
    }
  }

  /** One line for the same words to several peers. */
  #saySends(id: NodeId, sends: readonly { to: NodeId; msg: Message; fate: string }[]): void {
    const { tell } = this.#witness;
    if (tell === undefined) return;
    const lines = new Map<string, NodeId[]>();
    for (const { to, msg, fate } of sends) {
      const line = `${messageWords(msg)}${fate}`;
      lines.set(line, [...(lines.get(line) ?? []), to]);
    }
    for (const [line, peers] of lines) tell(`${id} -> ${peers.join(" ")} ${line}`);
  }

  #connect(a: NodeId, b: NodeId): void {
    const both = this.#machine(a).life !== undefined && this.#machine(b).life !== undefined;
    if (!both || !this.wires.connect(a, b)) return;
    this.#turn(a, { t: "link", peer: b, up: true });
    this.#turn(b, { t: "link", peer: a, up: true });
  }

  #disconnect(a: NodeId, b: NodeId): void {
    if (!this.wires.disconnect(a, b)) return;
    if (this.#machine(a).life !== undefined) this.#turn(a, { t: "link", peer: b, up: false });
    if (this.#machine(b).life !== undefined) this.#turn(b, { t: "link", peer: a, up: false });
  }

  #say(line: () => string): void {
    this.#witness.tell?.(line());
  }

  #machine(id: NodeId): Machine {
    const machine = this.#machines.get(id);
    if (machine === undefined) throw new Error(`there is no node ${id}`);
    return machine;
  }

  #stopped(id: NodeId): Machine {
    const machine = this.#machine(id);
    if (machine.life !== undefined) throw new Error(`${id} is up`);
    return machine;
  }

  #life(id: NodeId): Life {
    const { life } = this.#machine(id);
    if (life === undefined) throw new Error(`${id} is down`);
    return life;
  }
}

/** The state at what the core has delivered. */
function cutSnapshot(core: Core): SnapshotData {
  const { delivered: zxid } = core;
  const ends = core.log.epochEnds.filter((end) => epochOf(end) < epochOf(zxid));
  const crc = crcAt(core.log, zxid) ?? 0;
  return { zxid, crc, epochEnds: [...ends, zxid], chunks: ["the state"] };
}
