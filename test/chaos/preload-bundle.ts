/** Makes of preload.ts the one file that a node process is started with. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildSync } from "esbuild";
import type { DiskNotes } from "./disk-notes.js";

export interface Preload {
  /** Environment variables of a node process, as NAME=value. */
  environment(notes: DiskNotes, clockFile: string): readonly string[];
}

/** What a node that must be found out does when it should sync: see preload.ts. */
export type Lie = "never" | "late";

/** Writes the bundle to `file`. */
export function bundlePreload(file: string, lie: Lie | undefined): Preload {
  buildSync({
    entryPoints: [fileURLToPath(new URL("preload.ts", import.meta.url))],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
  });
  return {
    environment: (notes, clockFile) => [
      `NODE_OPTIONS=--import=${pathToFileURL(file)}`,
      `CHAOS_DIR=${notes.dir}`,
      `CHAOS_NOTES=${notes.root}`,
      `CHAOS_CLOCK=${clockFile}`,
      `CHAOS_LIE=${lie ?? ""}`,
    ],
  };
}
