/**
 * Test support: what is on its way between the nodes of a scenario, and between whom anything can
 * be. A link is symmetric and loses what is on its way when it breaks; muting is one way.
 */
import type { NodeId } from "./entry.js";
import type { Message } from "./message.js";

export interface Wire {
  readonly from: NodeId;
  readonly to: NodeId;
  /** How many messages are on their way. */
  readonly count: number;
}

export class ScenarioWires {
  /** What is on its way, by "from>to". */
  readonly #waiting = new Map<string, Message[]>();
  readonly #copies = new Map<string, Message[]>();
  readonly #links = new Set<string>();
  readonly #severed = new Set<string>();
  readonly #muted = new Set<string>();

  /** Both ends are up. False if that changes nothing. */
  connect(a: NodeId, b: NodeId): boolean {
    if (this.#severed.has(pair(a, b)) || this.#links.has(pair(a, b))) return false;
    this.#links.add(pair(a, b));
    return true;
  }

  /** False if there was no link. */
  disconnect(a: NodeId, b: NodeId): boolean {
    this.#waiting.delete(`${a}>${b}`);
    this.#waiting.delete(`${b}>${a}`);
    return this.#links.delete(pair(a, b));
  }

  /** Whether the two may have a link; what is up already stays up. */
  allow(a: NodeId, b: NodeId, allowed: boolean): void {
    if (allowed) this.#severed.delete(pair(a, b));
    else this.#severed.add(pair(a, b));
  }

  /** From now on everything from `a` to `b` is lost without notice. */
  mute(a: NodeId, b: NodeId, muted: boolean): void {
    if (muted) this.#muted.add(`${a}>${b}`);
    else this.#muted.delete(`${a}>${b}`);
  }

  /** False if nobody will ever receive it. */
  transmit(from: NodeId, to: NodeId, msg: Message): boolean {
    if (!this.#links.has(pair(from, to)) || this.#muted.has(`${from}>${to}`)) return false;
    const wire = `${from}>${to}`;
    const waiting = this.#waiting.get(wire);
    if (waiting === undefined) this.#waiting.set(wire, [msg]);
    else waiting.push(msg);
    return true;
  }

  /** The wires in the order of their first use since they last broke. */
  wires(): Wire[] {
    return [...this.#waiting].map(([wire, messages]) => {
      const [from = "", to = ""] = wire.split(">");
      return { from, to, count: messages.length };
    });
  }

  take(from: NodeId, to: NodeId, count: number): Message[] {
    const waiting = this.#waiting.get(`${from}>${to}`) ?? [];
    return waiting.splice(0, Math.min(count, waiting.length));
  }

  /** What is on its way now will come once more, whatever becomes of the link: see `copies`. */
  copy(from: NodeId, to: NodeId): void {
    this.#copies.set(`${from}>${to}`, [...(this.#waiting.get(`${from}>${to}`) ?? [])]);
  }

  copies(from: NodeId, to: NodeId): readonly Message[] {
    return this.#copies.get(`${from}>${to}`) ?? [];
  }
}

function pair(a: NodeId, b: NodeId): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}
