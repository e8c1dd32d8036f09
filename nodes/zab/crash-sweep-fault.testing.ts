/** Test support: what a sweep does to a run, and how a fault is written in the command for it. */
import type { NodeId } from "./entry.js";

/** At the event of that number, counted from 1. */
export type Fault =
  /** A process dies, with the first `kept` of its unsynced ops on disk all the same. */
  | {
      readonly kind: "crash";
      readonly at: number;
      readonly node: NodeId;
      readonly kept: number;
      /** What it has sent arrives before its end is noticed, or never. */
      readonly words: "arrive" | "lost";
    }
  /** All processes die at once, and `node` comes back only when the others have gone on. */
  | {
      readonly kind: "power";
      readonly at: number;
      readonly node: NodeId;
      readonly kept: number;
    }
  /** The link breaks under the message. */
  | { readonly kind: "cut"; readonly at: number }
  /** The message is lost, and what follows it still comes; only later is the link broken for it. */
  | { readonly kind: "lose"; readonly at: number };

/** E.g. `crash 2 at 17 kept 1 arrive` or `cut at 5`. */
export function faultWords(fault: Fault): string {
  const node = "node" in fault ? ` ${fault.node}` : "";
  const kept = "kept" in fault ? ` kept ${fault.kept}` : "";
  const words = "words" in fault ? ` ${fault.words}` : "";
  return `${fault.kind}${node} at ${fault.at}${kept}${words}`;
}

/** The fault that `faultWords` put into words. Throws on anything else. */
export function readFault(text: string): Fault {
  const node = /^\w+ (\S+) at/.exec(text)?.[1] ?? "";
  const at = Number(/at (\d+)/.exec(text)?.[1]);
  const kept = Number(/kept (\d+)/.exec(text)?.[1]);
  const faults: readonly Fault[] = [
    { kind: "cut", at },
    { kind: "lose", at },
    { kind: "power", at, node, kept },
    { kind: "crash", at, node, kept, words: "lost" },
    { kind: "crash", at, node, kept, words: "arrive" },
  ];
  const found = faults.find((fault) => faultWords(fault) === text);
  if (found === undefined) throw new Error(`not a fault: ${text}`);
  return found;
}
