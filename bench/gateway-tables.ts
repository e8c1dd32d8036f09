/** The result of bench/gateway.ts as text for a person: median (min-max) of the runs. */
import type { FanoutRow } from "./gateway-fanout.js";
import type { Kill, KillsResult } from "./gateway-kills.js";
import type { GatewayBenchOptions } from "./gateway-options.js";
import type { PeerRun } from "./gateway-peer.js";
import type { SlowRow, SlowRun } from "./gateway-slow.js";
import type { Verdict } from "./gateway-tally.js";
import type { ThousandRun } from "./gateway-thousand.js";
import { median, spread } from "./spread.js";

/** Each row as wide as the widest in its column; the first column is text, to the left. */
function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  }
  const lines = rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join("  "),
  );
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** Whether each watcher was delivered all of the log once, as a sentence. */
function wholeness(verdicts: readonly Verdict[]): string {
  const sum = (count: (verdict: Verdict) => number): number =>
    verdicts.reduce((total, verdict) => total + count(verdict), 0);
  const why = verdicts.find(({ endedWhy }) => endedWhy !== undefined)?.endedWhy;
  return (
    `${sum(({ deliveries }) => deliveries)} deliveries compared with a node's log: ` +
    `${sum(({ missed }) => missed)} missed, ${sum(({ repeated }) => repeated)} repeated, ` +
    `${sum(({ foreign }) => foreign)} in no log, ${sum(({ resyncs }) => resyncs)} resyncs, ` +
    `${sum(({ ended }) => ended)} streams ended${why === undefined ? "" : ` (${why})`}`
  );
}

/** Five nodes, 100 watchers, the setting of measureFanout; from peers/RESULTS.md. */
const KNOWN_PEERS = [
  ["etcd 3.4 (*)", "3.66", "3.66", "5.9", "4.52", "7.1"],
  ["ZooKeeper 3.8 (*)", "6.10", "8.10", "48.8", "9.95", "62.8"],
];

export function fanoutTable(
  rows: readonly FanoutRow[],
  peer: { readonly name: string; readonly runs: readonly PeerRun[] } | undefined,
  { fanWatchers, writes }: GatewayBenchOptions,
): string {
  const own = rows.map(({ name, runs }) => {
    const of = (figure: (verdict: Verdict) => number, digits: number): string =>
      spread(
        runs.map(({ verdict }) => figure(verdict)),
        digits,
      );
    return [
      name,
      spread(
        runs.map(({ writeP50Ms }) => writeP50Ms),
        2,
      ),
      of(({ fromIssue }) => fromIssue.p50Ms, 2),
      of(({ fromIssue }) => fromIssue.p99Ms, 1),
      of(({ toLast }) => toLast.p50Ms, 2),
      of(({ toLast }) => toLast.p99Ms, 1),
      of(({ fromAnswer }) => fromAnswer.p50Ms, 2),
      median(runs.map(({ ownCores }) => ownCores)).toFixed(2),
    ];
  });
  const measuredPeer =
    peer === undefined
      ? []
      : [
          [
            `${peer.name}, in this run`,
            ...[
              spread(
                peer.runs.map(({ writeP50Ms }) => writeP50Ms),
                2,
              ),
              spread(
                peer.runs.map(({ p50Ms }) => p50Ms),
                2,
              ),
              spread(
                peer.runs.map(({ p99Ms }) => p99Ms),
                1,
              ),
              spread(
                peer.runs.map(({ toLastP50Ms }) => toLastP50Ms),
                2,
              ),
              spread(
                peer.runs.map(({ toLastP99Ms }) => toLastP99Ms),
                1,
              ),
            ],
          ],
        ];
  const head = ["ms", "write p50", "issue->each p50", "p99", "issue->last p50", "p99"];
  return [
    `fanout: ${fanWatchers} watchers, each with its own connection, and the writer in one process`,
    `on Node's http2; ${writes} writes, one each 20 ms after the last answer, a tenth dropped;`,
    "nodes, gateway and that process share this machine",
    "",
    columns([
      [...head, "answer->each p50", "process, cores"],
      ...own,
      ...measuredPeer,
      ...KNOWN_PEERS,
    ]),
    "",
    "(*) measured on 2026-11-22 in peers/RESULTS.md, not in this run: 5 nodes, 100 watchers",
    wholeness(rows.flatMap(({ runs }) => runs.map(({ verdict }) => verdict))),
  ].join("\n");
}

export function thousandTable(runs: readonly ThousandRun[], options: GatewayBenchOptions): string {
  const latency = (name: string, of: (verdict: Verdict) => Verdict["fromIssue"]): string[] => {
    const figures = runs.map(({ verdict }) => of(verdict));
    return [
      name,
      spread(
        figures.map(({ p50Ms }) => p50Ms),
        1,
      ),
      spread(
        figures.map(({ p99Ms }) => p99Ms),
        1,
      ),
      spread(
        figures.map(({ maxMs }) => maxMs),
        0,
      ),
    ];
  };
  const usage = (runs[0]?.usage ?? []).map((first, at) => {
    const own = runs.map((run) => run.usage[at] ?? first);
    return [
      first.name,
      spread(
        own.map(({ cores }) => cores),
        2,
      ),
      spread(
        own.map(({ memoryMiB }) => memoryMiB),
        0,
      ),
    ];
  });
  const perMessage = spread(
    runs.map(({ verdict }) => verdict.perMessage),
    2,
  );
  const elections = runs.reduce((sum, run) => sum + run.elections, 0);
  const { watchers, rate, seconds, transport, connections } = options;
  const over = transport === "h1" ? "HTTP/1.1 events" : `HTTP/2 over ${connections} connections`;
  const writeP50 = spread(
    runs.map(({ writeP50Ms }) => writeP50Ms),
    1,
  );
  return [
    `thousand: ${watchers} watchers of one gateway (${over}), ${rate} commits a second for`,
    `${seconds} s; ${spread(
      runs.map(({ perSecond }) => perSecond),
      1,
    )} a second were issued`,
    "issue: just before the command went to the leader's stream; answer: when the writer, on it,",
    `read that it is committed (ms after the issue: ${writeP50}); delivery: when the`,
    "watchers' process read its bytes",
    "",
    columns([
      ["ms", "p50", "p99", "max"],
      latency("issue->each", ({ fromIssue }) => fromIssue),
      latency("answer->each", ({ fromAnswer }) => fromAnswer),
      latency("issue->last watcher", ({ toLast }) => toLast),
    ]),
    "",
    columns([["", "cores used", "resident MiB"], ...usage]),
    "",
    wholeness(runs.map(({ verdict }) => verdict)),
    `${perMessage} transactions a message; ${elections} elections; the gateway warned ` +
      `${runs.at(-1)?.warnings ?? 0} times`,
  ].join("\n");
}

export function slowTable(rows: readonly SlowRow[], options: GatewayBenchOptions): string {
  const cells = rows.map(({ kind, runs }) => {
    const used = (of: (run: SlowRun) => number): string =>
      spread(
        runs.map((run) => of(run) / run.stalled),
        3,
      );
    const total = (of: (run: SlowRun) => number): string => String(runs.map(of).join(", "));
    return [
      kind === "h1" ? "HTTP/1.1 events" : "HTTP/2 stream",
      used(({ opened, before }) => opened.usedMiB - before.usedMiB),
      used(({ afterPaced, before }) => afterPaced.usedMiB - before.usedMiB),
      used(({ peak, before }) => peak.usedMiB - before.usedMiB),
      used(({ peak, before }) => peak.residentMiB - before.residentMiB),
      used(({ unsentMiB }) => unsentMiB),
      total(({ resynced }) => resynced),
      total(({ right }) => right),
      total(({ ended }) => ended),
    ];
  });
  const { stalled, rate, seconds, flood } = options;
  const head = ["MiB each", "opened", "paced", "flood", "flood, RSS", "in kernel"];
  return [
    `slow: ${stalled} watchers whose sockets are not read; ${seconds} s of ${rate} commits a`,
    `second, then ${flood} as fast as they go; heap and buffers in use after a garbage`,
    "collection, beyond those before they connected, for each of them; must be under 1 MiB.",
    "In kernel: bytes that the gateway has written and the other end does not take.",
    "",
    columns([[...head, "resynced", "right", "ended"], ...cells]),
    "",
    "resynced: got a snapshot when they read again; right: have the state of the nodes in the end",
  ].join("\n");
}

export function killsTable(result: KillsResult, options: GatewayBenchOptions): string {
  const row = (name: string, kills: readonly Kill[]): string[] => [
    name,
    String(kills.length),
    ...(kills.length === 0
      ? []
      : [
          spread(
            kills.map(({ medianMs }) => medianMs),
            0,
          ),
          Math.max(...kills.map(({ maxMs }) => maxMs)).toFixed(0),
          spread(
            kills.map(({ answersMs }) => answersMs),
            0,
          ),
          spread(
            kills.map(({ usualMs }) => usualMs),
            1,
          ),
          spread(
            kills.map(({ backMs }) => backMs),
            0,
          ),
        ]),
  ];
  const roles = ["leader", "follower"] as const;
  const { kills, watchers, verdict, confirmed, warnings } = result;
  return [
    `kills: SIGKILL of the node that the gateway watches, ${options.rate} writes a second through`,
    `all nodes; the longest time without a delivery to each of ${watchers} watchers of the gateway`,
    "",
    columns([
      ["ms", "kills", "gap", "longest", "writers' gap", "usual", "node is back"],
      ...roles.map((role) =>
        row(
          role,
          kills.filter((kill) => kill.role === role),
        ),
      ),
      row("all", kills),
    ]),
    "",
    "gap: median of the watchers, of each kill: median (min-max) of the kills; writers' gap: the",
    "longest time between two answers; usual: between two deliveries (median)",
    wholeness([verdict]),
    `each of the ${confirmed} confirmed writes is in every log once; ` +
      `the gateway warned ${warnings.length} times`,
  ].join("\n");
}
