/**
 * The part of NeDB's private storage module that nedb-files.ts replaces. NeDB ships no types for
 * it; its version is pinned, and nedb-files.ts checks at every open that NeDB still goes through
 * it.
 */
declare module "@seald-io/nedb/lib/storage.js" {
  import type { Readable } from "node:stream";

  interface NedbStorageModule {
    appendFileAsync(file: string, data: string, options?: object): Promise<void>;
    readFileStream(file: string, options?: object): Readable;
    crashSafeWriteFileLinesAsync(file: string, lines: string[], modes?: object): Promise<void>;
  }
  const storage: NedbStorageModule;
  export = storage;
}
