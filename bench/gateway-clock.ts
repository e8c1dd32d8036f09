/**
 * One clock for all processes of this machine, so that what one of them issued and another one saw
 * can be compared. No wall clock: that one may be set while a program runs.
 */

/** Node counts performance.now() from the start of the process, on the system's monotonic clock. */
const STARTED_AT_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds since the machine started. */
export function machineMs(): number {
  return STARTED_AT_MS + performance.now();
}

/** The same for a time that performance.now() gave in this process. */
export function toMachineMs(atMs: number): number {
  return STARTED_AT_MS + atMs;
}
