/** What must wait until a client has its answer, such as ending the process that gave it. */
import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** In a handler's context: runs a function once the answer is out, or its connection is gone. */
export const afterAnswer: ContextKey<(run: () => void) => void> = createContextKey(
  (run: () => void) => run(),
  { description: "runs a function once the answer is out" },
);
