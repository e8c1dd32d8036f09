/**
 * X13, monotonic sessions: what a client is told never lies before what it had been told when it
 * asked, whichever nodes and rooms it went to. Linearizability says so of each room alone; zxids
 * are of the whole log.
 */
import { isAnswered, isNumbered, type Numbered, type Operation } from "./operation.js";
import { operationInWords } from "./words.js";

/** The first answer that went back, and what its client had been told, in words. */
export function sessionStepBack(operations: readonly Operation[]): string | undefined {
  const answers = operations.filter(isAnswered).filter(isNumbered);
  const byEnd = answers.toSorted((a, b) => a.returnedAtMs - b.returnedAtMs);
  const newest = new Map<string, Numbered>();
  let ended = 0;
  for (const asked of answers.toSorted((a, b) => a.invokedAtMs - b.invokedAtMs)) {
    for (let next = byEnd[ended]; next !== undefined && next.returnedAtMs < asked.invokedAtMs; ) {
      const told = newest.get(next.client);
      if (told === undefined || told.result.zxid < next.result.zxid) newest.set(next.client, next);
      ended++;
      next = byEnd[ended];
    }
    const told = newest.get(asked.client);
    if (told === undefined || told.result.zxid <= asked.result.zxid) continue;
    const [now, before] = [asked, told].map((one) => `on "${one.room}", ${operationInWords(one)}`);
    return `A client's view went back: ${now}; before it asked, it had been told ${before}`;
  }
  return undefined;
}
