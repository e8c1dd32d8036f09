/** The command line of bench/gateway.ts. */
import { Command, InvalidArgumentError, Option } from "commander";
import { type Peer, peerProblem } from "./gateway-peer.js";

export const SECTIONS = ["fanout", "thousand", "slow", "kills"] as const;
export type Section = (typeof SECTIONS)[number];

export interface GatewayBenchOptions {
  readonly only: readonly Section[];
  readonly runs: number;
  /** Of paced load, in each run of "thousand" and of "slow". */
  readonly seconds: number;
  /** Commits a second of the paced load. */
  readonly rate: number;
  /** "fanout": watchers and writes. */
  readonly fanWatchers: number;
  readonly writes: number;
  /** "thousand": watchers, and HTTP/2 connections that carry them. */
  readonly watchers: number;
  readonly connections: number;
  readonly transport: "h2" | "h1";
  /** "slow": watchers that stop reading, and writes that then come as fast as they go. */
  readonly stalled: number;
  readonly flood: number;
  readonly kills: number;
  /** A system of the same kind to measure in the same run, and where its programs are. */
  readonly peer?: Peer;
  readonly peersDir?: string;
  readonly limitS: number;
  readonly json: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("must be a whole number, 1 or more");
}

function sections(text: string): readonly Section[] {
  return text.split(",").map((name) => {
    const known = SECTIONS.find((section) => section === name);
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`the sections are ${SECTIONS.join(", ")}`);
  });
}

/** Ends the process with a sentence if the words are wrong. */
export function readOptions(): GatewayBenchOptions {
  const program = new Command("bench:gateway")
    .description("measures a gateway in front of five nodes, all started here")
    .option("--only <sections>", `some of ${SECTIONS.join(",")}`, sections, SECTIONS)
    .option("--runs <n>", "runs of each row", positive, 3)
    .option("--seconds <n>", "of paced load, in each run of thousand and slow", positive, 10)
    .option("--rate <n>", "commits a second of the paced load", positive, 100)
    .option("--fan-watchers <n>", "fanout: watchers, each with its own connection", positive, 100)
    .option("--writes <n>", "fanout: writes, of which the first tenth is dropped", positive, 200)
    .option("--watchers <n>", "thousand: watchers", positive, 1000)
    .option("--connections <n>", "thousand: HTTP/2 connections for them", positive, 10)
    .addOption(
      new Option("--transport <kind>", "thousand, kills: how watchers connect")
        .choices(["h2", "h1"])
        .default("h2"),
    )
    .option("--stalled <n>", "slow: watchers that stop reading", positive, 100)
    .option(
      "--flood <n>",
      "slow: writes as fast as they go, after the paced ones",
      positive,
      40_000,
    )
    .option("--kills <n>", "kills: how often the gateway's node is killed", positive, 20)
    .addOption(
      new Option("--peer <system>", "fanout: also measure this one").choices(["etcd", "zk"]),
    )
    .option("--peers-dir <dir>", "the directory of its cluster.mjs and fanout.mjs")
    .option("--limit-s <n>", "ends everything after so long", positive, 900)
    .option("--json", "one JSON object instead of tables", false)
    .parse();
  const options = program.opts<GatewayBenchOptions>();
  const { peer, peersDir } = options;
  if (peer !== undefined) {
    const problem =
      peersDir === undefined ? "--peer needs --peers-dir." : peerProblem(peer, peersDir);
    if (problem !== undefined) program.error(problem);
  }
  return options;
}
