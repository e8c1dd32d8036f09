/**
 * A cluster of real processes as test/cluster makes it, set up for a chaos run: every node runs
 * with preload.ts in it and reaches the others through a proxy for each pair. It starts and ends;
 * what is done to the nodes meanwhile is the faults' business.
 */
import fs from "node:fs";
import { join } from "node:path";
import { formatConfig } from "../../config/format-config.js";
import { openCluster, type TestCluster } from "../cluster/cluster.testing.js";
import { type ChaosNode, createChaosNode } from "./chaos-node.js";
import { beginNotes, type DiskNotes, trimNotes } from "./disk-notes.js";
import { bundlePreload, type Lie } from "./preload-bundle.js";
import { archiveSegments } from "./segment-files.js";
import { openWires, type Wires } from "./wires.js";

export interface ChaosCluster {
  readonly cluster: TestCluster;
  readonly nodes: readonly ChaosNode[];
  readonly wires: Wires;
  notes(id: string): DiskNotes;
  /** Holds every segment that any node ever wrote, by inode. */
  readonly archive: string;
  /** A node's wall clock is wrong by that much, also after a restart. */
  setClock(id: string, wrongMs: number): void;
  /** Ends all; the directory goes, or moves to `keepAs`. */
  close(keepAs: string | undefined): Promise<void>;
}

export interface ChaosClusterOptions {
  readonly nodes: number;
  readonly lie: Lie | undefined;
  readonly onSurprise: (what: string) => void;
}

/** Small, so that a short run meets new segments, snapshots, and followers that need one. */
const LIMITS = { segmentEntries: 400, snapshotEntries: 600, logTailEntries: 300 };

/** All of these keep the pid. Ctrl-C must not reach the node, and it may not outlive us. */
const ALONE = ["setsid", "setpriv", "--pdeathsig", "KILL", "env"];

/** A limit on the node's files must not be one on its log, hence the pipe to it. */
const SHELL = 'exec "$@" --config "$0" > >(exec cat) 2>&1';

export async function openChaosCluster(options: ChaosClusterOptions): Promise<ChaosCluster> {
  let words = (_id: string): readonly string[] => ["sh", "-c", "exec sleep 600"];
  // The ports are known when the cluster is there, so till then something else stands in for each
  // node's process.
  const cluster = await openCluster({
    nodes: options.nodes,
    overrides: { oldSegments: "delete", limits: LIMITS },
    wrapper: (id) => words(id),
  });
  await Promise.all(cluster.nodes.map((node) => node.kill()));
  const root = join(cluster.config.dataDir, "chaos");
  const archive = join(root, "archive");
  fs.mkdirSync(archive, { recursive: true });
  const wires = await openWires(cluster.config.nodes);
  const preload = bundlePreload(join(root, "preload.mjs"), options.lie);

  const place = (id: string, name: string): string => join(root, `${id}.${name}`);
  const notes = (id: string): DiskNotes => ({
    dir: cluster.node(id).dir,
    root: place(id, "notes"),
  });
  const nodes = cluster.nodes.map((process) => {
    beginNotes(notes(process.id));
    return createChaosNode({
      process,
      beforeStart() {
        archiveSegments(notes(process.id), archive);
        trimNotes(notes(process.id));
      },
      onSurprise: options.onSurprise,
    });
  });
  function setClock(id: string, wrongMs: number): void {
    fs.writeFileSync(`${place(id, "clock")}.new`, String(wrongMs));
    fs.renameSync(`${place(id, "clock")}.new`, place(id, "clock"));
  }
  for (const { id } of nodes) {
    const config = { ...cluster.config, nodes: wires.seenFrom(id) };
    fs.writeFileSync(place(id, "yaml"), formatConfig(config, `What ${id} reads.`));
    setClock(id, 0);
  }
  words = (id) => {
    const limit = nodes.find((node) => node.id === id)?.limitWords() ?? [];
    const environment = preload.environment(notes(id), place(id, "clock"));
    const shell = ["bash", "-c", SHELL, place(id, "yaml")];
    return [...ALONE, ...environment, ...shell, ...limit];
  };
  for (const node of nodes) node.start();

  return {
    cluster,
    nodes,
    wires,
    notes,
    archive,
    setClock,
    async close(keepAs) {
      await Promise.all(nodes.map((node) => node.holdDown()));
      await wires.close();
      if (keepAs !== undefined) fs.renameSync(cluster.config.dataDir, keepAs);
      await cluster.close();
    },
  };
}
