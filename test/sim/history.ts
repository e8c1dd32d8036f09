/** What clients asked and what they were told, with the real-time order that they can prove. */
import type { Zxid } from "../../nodes/zab/zxid.js";
import type { Operation as ClientOperation } from "../history/operation.js";

export interface Operation {
  readonly requestId: string;
  /** The newest zxid that any client had been told of when this one was first sent. */
  readonly newestBefore: Zxid;
  /** "unknown" until told otherwise; "refused" if no attempt can have happened. */
  outcome: "ok" | "refused" | "unknown";
  zxid: Zxid;
}

export interface ReadOperation {
  readonly newestBefore: Zxid;
  readonly zxid: Zxid;
}

export interface History {
  readonly operations: Operation[];
  readonly reads: ReadOperation[];
  /** The same in full, with times and answers, and nothing of the log: see client-operations.ts. */
  readonly clientOperations: ClientOperation[];
  newestTold: Zxid;
}

export function createHistory(): History {
  return { operations: [], reads: [], clientOperations: [], newestTold: 0n };
}
