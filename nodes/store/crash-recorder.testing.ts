/**
 * Records what a crash would leave of a directory after every single operation on its files: not a
 * stand-in for the disk, but a camera beside the real one. Import it before anything that opens
 * files.
 *
 * Three pictures are taken after each operation:
 * - a killed process: the files as they are;
 * - a power cut that lost unsynced bytes: today's names, but each file as it was at its last sync;
 * - a power cut that lost names, too: those of the directory's last sync.
 */
import fs from "node:fs";
import fsp, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, relative } from "node:path";

/** The files of a directory and what is in them, by path below it. */
export type Picture = ReadonlyMap<string, Buffer>;

export interface CrashState {
  readonly picture: Picture;
  /** What had just been done, for the message of a failing test. */
  readonly after: string;
  /** What `progress` said then. */
  readonly progress: number;
}

export interface Recorded {
  readonly states: readonly CrashState[];
  /** Paths below the directory that were synced, in order; "" is the directory itself. */
  readonly synced: readonly string[];
}

let current: Recording | undefined;

/** Takes pictures of `dir` while `run` runs. `progress` says what was promised to the outside. */
export async function recordCrashes(
  dir: string,
  progress: () => number,
  run: () => Promise<void>,
): Promise<Recorded> {
  const recording = new Recording(dir, progress);
  current = recording;
  try {
    await run();
  } finally {
    current = undefined;
  }
  return recording;
}

/** Makes `dir` look like the picture. */
export function restore(picture: Picture, dir: string): void {
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(dir, { recursive: true });
  for (const [path, bytes] of picture) {
    fs.mkdirSync(dirname(join(dir, path)), { recursive: true });
    fs.writeFileSync(join(dir, path), bytes);
  }
}

class Recording implements Recorded {
  readonly states: CrashState[] = [];
  readonly synced: string[] = [];
  private readonly syncedBytes = new Map<number, Buffer>();
  /** For each directory: the inodes by name at its last sync. */
  private readonly syncedNames = new Map<string, Map<string, number>>();
  private readonly seen = new Set<string>();

  constructor(
    private readonly dir: string,
    private readonly progress: () => number,
  ) {
    // What is there at the beginning is taken to be durable.
    for (const [path, inode] of this.names()) {
      this.syncedBytes.set(inode, fs.readFileSync(join(dir, path)));
    }
    this.syncedNames.set("", this.names());
  }

  didSync(descriptor: number): void {
    const stat = fs.fstatSync(descriptor);
    const path = relative(this.dir, fs.readlinkSync(`/proc/self/fd/${descriptor}`));
    if (path.startsWith("..")) return;
    this.synced.push(path);
    if (!stat.isDirectory()) {
      this.syncedBytes.set(stat.ino, fs.readFileSync(join(this.dir, path)));
      return;
    }
    const inside = [...this.names()].filter(
      ([name]) => dirname(join("/", name)) === join("/", path),
    );
    this.syncedNames.set(path, new Map(inside));
  }

  take(after: string): void {
    const names = this.names();
    const durableNames = new Map([...this.syncedNames.values()].flatMap((synced) => [...synced]));
    const inodes = new Map([...names].map(([path, inode]) => [inode, path]));
    const bytesNow = (inode: number) => {
      const path = inodes.get(inode);
      return path === undefined ? this.bytesAtSync(inode) : fs.readFileSync(join(this.dir, path));
    };
    this.keep(names, bytesNow, `${after}, killed`);
    this.keep(names, (inode) => this.bytesAtSync(inode), `${after}, bytes lost`);
    this.keep(durableNames, (inode) => this.bytesAtSync(inode), `${after}, names lost`);
  }

  private bytesAtSync(inode: number): Buffer {
    return this.syncedBytes.get(inode) ?? Buffer.alloc(0);
  }

  private keep(names: Map<string, number>, bytes: (inode: number) => Buffer, after: string): void {
    const picture = new Map([...names].map(([path, inode]) => [path, bytes(inode)]));
    const progress = this.progress();
    const files = [...picture].map(([path, content]) => `${path}\n${content.toString("latin1")}`);
    const key = `${progress}\n${files.sort().join("\n")}`;
    if (this.seen.has(key)) return;
    this.seen.add(key);
    this.states.push({ picture, after, progress });
  }

  private names(): Map<string, number> {
    const names = new Map<string, number>();
    if (!fs.existsSync(this.dir)) return names;
    for (const entry of fs.readdirSync(this.dir, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      // The lock names this very process; after a crash it would be stale.
      if (!entry.isFile() || entry.name.startsWith("lock")) continue;
      names.set(relative(this.dir, path), fs.statSync(path).ino);
    }
    return names;
  }
}

function noted<A extends unknown[], R>(name: string, operation: (...args: A) => Promise<R>) {
  return async (...args: A): Promise<R> => {
    const result = await operation(...args);
    current?.take(`${name} ${args.filter((arg) => typeof arg === "string").join(" ")}`);
    return result;
  };
}

fsp.rename = noted("rename", fsp.rename);
fsp.unlink = noted("unlink", fsp.unlink);

const writeSync = fs.writeSync;
fs.writeSync = new Proxy(writeSync, {
  apply(target, self, args: unknown[]) {
    const [descriptor, bytes] = args;
    if (current === undefined || !Buffer.isBuffer(bytes) || typeof descriptor !== "number") {
      return Reflect.apply(target, self, args);
    }
    // A write may reach the disk in part: picture it at its beginning, its middle and its end.
    const middle = bytes.length >>> 1;
    writeSync(descriptor, bytes, 0, middle);
    current.take("half of an append");
    writeSync(descriptor, bytes, middle);
    current.take("append");
    return bytes.length;
  },
});

const probe = await fsp.open(import.meta.filename, "r");
const prototype: FileHandle = Object.getPrototypeOf(probe);
await probe.close();

for (const name of ["sync", "datasync"] as const) {
  const operation = prototype[name];
  prototype[name] = async function (this: FileHandle) {
    current?.take(`before ${name}`);
    await operation.call(this);
    current?.didSync(this.fd);
    current?.take(name);
  };
}
for (const name of ["write", "writeFile", "truncate"] as const) {
  const operation = prototype[name];
  const noting = new Proxy(operation, {
    async apply(target, self, args) {
      const result: unknown = await Reflect.apply(target, self, args);
      current?.take(name);
      return result;
    },
  });
  Object.assign(prototype, { [name]: noting });
}

syncBuiltinESMExports();
