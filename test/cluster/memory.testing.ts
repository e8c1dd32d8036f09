/** How much memory a process holds, as the system sees it. */
import { execFileSync } from "node:child_process";

const KIBIBYTE = 1024;

/** Resident bytes of the process. */
export function residentBytes(pid: number | undefined): number {
  const text = execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Number(text.trim()) * KIBIBYTE;
}
