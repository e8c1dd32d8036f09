/**
 * The simulator with a mutant in it, as one text that a worker thread can run. The files of the
 * checkout are read, never written.
 */
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import type { Plugin } from "esbuild";
import { bundleForWorker, ROOT } from "../sim/worker-bundle.js";
import { type Edit, patch, StaleMutant } from "./mutant.js";

/**
 * Rejects with StaleMutant if an edit does not fit, is of a file that the simulator lacks, or
 * leaves what cannot be parsed.
 */
export async function bundleCage(edits: readonly Edit[]): Promise<string> {
  const missing = new Set(edits.map(({ file }) => file));
  let stale: StaleMutant | undefined;
  const mutate: Plugin = {
    name: "mutate",
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const file = relative(ROOT, path);
        if (!missing.delete(file)) return undefined;
        const own = edits.filter((edit) => edit.file === file);
        try {
          return { contents: patch(file, await readFile(path, "utf8"), own), loader: "ts" };
        } catch (error) {
          if (error instanceof StaleMutant) stale = error;
          throw error;
        }
      });
    },
  };
  let bundle: string;
  try {
    bundle = await bundleForWorker("test/zoo/cage.ts", [mutate]);
  } catch (error) {
    // What the bundler makes of an edit that does not fit is only a text.
    if (stale !== undefined || edits.length === 0) throw stale ?? error;
    throw new StaleMutant(error instanceof Error ? error.message : String(error));
  }
  for (const file of missing) throw new StaleMutant(`the simulator does not run ${file}`);
  return bundle;
}
