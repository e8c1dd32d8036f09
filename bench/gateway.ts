/**
 * What a gateway does for its clients, and what it costs: five node processes and a gateway on free
 * ports, with data in a directory that goes with them.
 *
 *   npm run bench:gateway -- [--only fanout,thousand,slow,kills] [--runs 3] [--seconds 10] [--json]
 *
 * fanout    issue to delivery for 100 watchers, on the nodes and through the gateway
 * thousand  1000 watchers at 100 commits a second: lateness, CPU and memory
 * slow      what watchers cost that stop reading, and whether they are put right
 * kills     kill -9 of the node that the gateway watches: the gap, and whether all came once
 *
 * Progress is on standard error, the result on standard output. Ends with 1 if a watcher missed
 * something or saw it twice, or if a slow one was not put right: then the figures are worth
 * nothing. Linux only.
 */
import { cpus, release, totalmem } from "node:os";
import { type FanoutRow, measureFanout } from "./gateway-fanout.js";
import { type KillsResult, measureKills } from "./gateway-kills.js";
import { type GatewayBenchOptions, readOptions } from "./gateway-options.js";
import { measurePeer, type PeerRun } from "./gateway-peer.js";
import { measureSlow, type SlowRow } from "./gateway-slow.js";
import { fanoutTable, killsTable, slowTable, thousandTable } from "./gateway-tables.js";
import type { Verdict } from "./gateway-tally.js";
import { measureThousand, type ThousandRun } from "./gateway-thousand.js";

interface Results {
  fanout?: readonly FanoutRow[];
  peer?: { readonly name: string; readonly runs: readonly PeerRun[] };
  thousand?: readonly ThousandRun[];
  slow?: readonly SlowRow[];
  kills?: KillsResult;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function measure(options: GatewayBenchOptions): Promise<Results> {
  const { only, peer, peersDir, runs, fanWatchers, writes } = options;
  const results: Results = {};
  if (only.includes("fanout")) {
    results.fanout = await measureFanout(options, say);
    if (peer !== undefined && peersDir !== undefined) {
      say(`fanout, ${peer}: ${runs} runs`);
      const measured = await measurePeer(peer, peersDir, runs, fanWatchers, writes);
      results.peer = { name: peer, runs: measured };
    }
  }
  if (only.includes("thousand")) results.thousand = await measureThousand(options, say);
  if (only.includes("slow")) results.slow = await measureSlow(options, say);
  if (only.includes("kills")) results.kills = await measureKills(options, say);
  return results;
}

/** Every watcher that read along was delivered all of the log, once; slow ones have the state. */
function isWhole({ fanout = [], thousand = [], slow = [], kills }: Results): boolean {
  const verdicts: readonly Verdict[] = [
    ...fanout.flatMap(({ runs }) => runs.map(({ verdict }) => verdict)),
    ...thousand.map(({ verdict }) => verdict),
    ...(kills === undefined ? [] : [kills.verdict]),
  ];
  return (
    verdicts.every(({ missed, repeated, foreign, ended }) => {
      return missed + repeated + foreign + ended === 0;
    }) && slow.every(({ runs }) => runs.every(({ stalled, right }) => right === stalled))
  );
}

const machine = {
  cpu: cpus()[0]?.model ?? "unknown CPU",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  kernel: release(),
  node: process.version,
};

function tables(options: GatewayBenchOptions, results: Results): string {
  const { fanout, peer, thousand, slow, kills } = results;
  const { cpu, cores, memoryGiB, kernel, node } = machine;
  const parts = [
    `${cores} cores of ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}; ` +
      `5 nodes, the gateway and the load on it\n` +
      `median (min-max) of ${options.runs} runs; fdatasync before every ack`,
  ];
  if (fanout !== undefined) parts.push(fanoutTable(fanout, peer, options));
  if (thousand !== undefined) parts.push(thousandTable(thousand, options));
  if (slow !== undefined) parts.push(slowTable(slow, options));
  if (kills !== undefined) parts.push(killsTable(kills, options));
  return `${parts.join("\n\n")}\n`;
}

const options = readOptions();
const guard = setTimeout(() => {
  say(`ended: it took longer than ${options.limitS} s`);
  process.exit(1);
}, options.limitS * 1000);
try {
  const results = await measure(options);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ machine, options, ...results })}\n`
      : tables(options, results),
  );
  if (!isWhole(results)) process.exitCode = 1;
} finally {
  clearTimeout(guard);
}
