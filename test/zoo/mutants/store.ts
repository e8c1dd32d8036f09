/** Bugs below the simulator's disk, in what a crash leaves and a start believes: nodes/store/. */
import type { Mutant } from "../mutant.js";

const DURABLE_FILE = "nodes/store/durable-file.ts";
const LOAD_LOG = "nodes/store/load-log.ts";
const LOG_CHANGE = "nodes/store/log-change.ts";
const STORAGE = "nodes/store/nedb-storage.ts";

const CRASHES = ["nodes/store/crash-points.test.ts"];
const DAMAGE = ["nodes/store/storage-damage.test.ts"];

export const STORE_MUTANTS: readonly Mutant[] = [
  {
    name: "no-sync",
    bugs: ["B10", "P5"],
    what: "A write is reported durable without a sync of the file: a power cut takes it back.",
    edits: [
      {
        file: "nodes/store/active-segment.ts",
        find: "sync: () => handle.datasync(),",
        put: "sync: async () => {},",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "written-is-durable",
    bugs: ["B10", "P5"],
    what: "Writes are reported when they are handed over: the sync comes with a later write.",
    edits: [
      {
        file: STORAGE,
        find: "if (batches.length > 0) await this.writer.sync();",
        put: "if (batches.length > 1) await this.writer.sync();",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "new-file-unsynced",
    bugs: ["B8", "P8"],
    what:
      "A file takes its name before its content is on the disk: after a power cut it is empty, " +
      "and the file that it replaced is gone.",
    edits: [
      {
        file: DURABLE_FILE,
        find: "    await write(handle);\n    await handle.sync();\n",
        put: "    await write(handle);\n",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "new-name-unsynced",
    bugs: ["B20"],
    what:
      "The name of a new file is not made durable: a power cut takes the newest part of the " +
      "log with all that was confirmed in it.",
    edits: [
      {
        file: DURABLE_FILE,
        find: "  await syncDirectory(dirname(path));\n",
        put: "",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "change-without-a-plan",
    bugs: ["B33"],
    what:
      "A truncation is done file by file without noting first what is to be done: a crash in " +
      "the middle leaves a mix of two logs.",
    edits: [
      {
        file: LOG_CHANGE,
        find:
          "  await replaceFile(join(dir, CHANGE_FILE), async (handle) => {\n" +
          "    await handle.writeFile(lineOf(sealed(fieldsOf(change))));\n  });\n",
        put: "",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "cut-forgets-promises",
    bugs: ["B20", "X2"],
    what:
      "A truncation drops the promises that stand in what it cuts: the node promises an epoch " +
      "a second time.",
    edits: [
      {
        file: LOG_CHANGE,
        find: "await cutSegment(holder, content, to, state);",
        put: "await cutSegment(holder, content, to, content.header.state);",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "restart-believes-the-cache",
    bugs: ["B37", "P10"],
    what:
      "A start reports what it has read without syncing it: a killed process left it in memory " +
      "alone, and the next power cut takes it after it was acked.",
    edits: [
      {
        file: LOAD_LOG,
        find: "for (const segment of needed) await syncFile(segment.path);",
        put: "",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "old-log-gone-before-the-new",
    bugs: ["P8"],
    what:
      "A snapshot that replaces the log takes its place before it is whole: a crash leaves a " +
      "node with neither.",
    edits: [
      {
        file: "nodes/store/housekeeper.ts",
        find:
          "      await writeSnapshot(incomingPath(dir, zxid), clusterId, snapshot);\n" +
          "      await this.writer.reset(snapshot);\n",
        put:
          "      await this.writer.reset(snapshot);\n" +
          "      await writeSnapshot(snapshotPath(dir, zxid), clusterId, snapshot);\n",
      },
    ],
    tests: CRASHES,
  },
  {
    name: "log-dropped-below-the-newest",
    bugs: ["P9", "5.9"],
    what:
      "The log is dropped up to the newest snapshot, not the older one: when that one is " +
      "damaged there is nothing left to start from.",
    edits: [
      {
        file: "nodes/store/retention.ts",
        find: "const older = snapshots[SNAPSHOTS_KEPT - 1];",
        put: "const older = snapshots[0];",
      },
    ],
    tests: ["nodes/store/housekeeper.test.ts", "nodes/store/nedb-storage.test.ts"],
  },
  {
    name: "any-bad-end-is-torn",
    bugs: ["B21", "5.9"],
    what:
      "Whatever cannot be read at the end of a log passes for a write that a crash cut off: a " +
      "flipped bit takes confirmed entries, and nobody is told.",
    edits: [
      {
        file: "nodes/store/torn-tail.ts",
        find: '  return isUnfinished(bytes.toString("utf8", from, end));',
        put: "  return end >= from;",
      },
    ],
    tests: ["nodes/store/torn-tail.test.ts", ...DAMAGE],
  },
  {
    name: "chain-unchecked",
    bugs: ["B21", "D8"],
    what:
      "A start does not compare the chain of checksums: changed text is played to players as " +
      "if it had happened.",
    edits: [
      {
        file: "nodes/store/segment-content.ts",
        find: "if (chainCrc(entry.text, crc) === entry.crc) return undefined;",
        put: "if (crc >= 0) return undefined;",
      },
    ],
    tests: DAMAGE,
  },
  {
    name: "any-cluster-will-do",
    bugs: ["B43"],
    what: "A node takes the directory of another cluster for its own, and serves a foreign game.",
    edits: [
      {
        file: "nodes/store/segment-chain.ts",
        find: "if (found.clusterId !== own.clusterId) {",
        put: "if (false) {",
      },
    ],
    tests: ["nodes/store/data-directory.test.ts", ...DAMAGE],
  },
  {
    name: "failed-sync-passes",
    bugs: ["B42"],
    what:
      "A node goes on after a failed sync as if it had succeeded: it acks what the disk has " +
      "already thrown away.",
    edits: [
      {
        file: STORAGE,
        find: "      this.end(error);\n      return false;\n",
        put: "      return error !== undefined;\n",
      },
    ],
    tests: ["nodes/store/nedb-storage.test.ts"],
  },
];
