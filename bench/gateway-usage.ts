/** What processes cost, as Linux counts it: CPU, resident memory, bytes that wait in the kernel. */
import { readFileSync } from "node:fs";

/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;
const ESTABLISHED = "01";

function cpuMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold blanks; what follows it does not.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory. */
export function memoryMiB(pid: number): number {
  const line = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(line?.[1] ?? 0) / 1024;
}

export interface Usage {
  readonly name: string;
  /** User and system time; 1 is one core all the time. */
  readonly cores: number;
  readonly memoryMiB: number;
}

/** Begins to count; the function that it returns says what was used since, in the same order. */
export function meter(pids: ReadonlyMap<string, number>): () => readonly Usage[] {
  const begins = [...pids].map(([name, pid]) => ({ name, pid, beforeMs: cpuMs(pid) }));
  const beganAtMs = performance.now();
  return () => {
    const tookMs = performance.now() - beganAtMs;
    return begins.map(({ name, pid, beforeMs }) => {
      const cores = (cpuMs(pid) - beforeMs) / tookMs;
      return { name, cores, memoryMiB: memoryMiB(pid) };
    });
  };
}

/** Bytes that the kernel holds because the other ends of this port's connections do not read. */
export function unsentBytes(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  let bytes = 0;
  for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n").slice(1)) {
    const [, at = "", , state, queues = ""] = line.trim().split(/\s+/);
    if (state !== ESTABLISHED || !at.endsWith(local)) continue;
    bytes += Number.parseInt(queues.slice(0, 8), 16);
  }
  return bytes;
}
