/**
 * What a player feels: from a key to the paint of its committed result on his own screen, from one
 * player's key to the other's paint, at idle and while bots play; the paints and the CPU of a
 * screen under that load; and how fast a player joins a long history and steps back in it. Five
 * nodes, two screens on two of them, every one a process of its own on this machine.
 *
 *   npm run bench:screen -- [--keys 100] [--rate 1000] [--history 100000] [--limit-s 300] [--json]
 *
 * Progress is on standard error, the result on standard output. Linux only.
 */
import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { openCluster, type TestCluster } from "../test/cluster/cluster.testing.js";
import { type Program, startZabble } from "../test/cluster/program.testing.js";
import { openPlay } from "./play-client.js";
import { type ScreenProcess, startScreenProcess } from "./screen-process.js";
import { quantile } from "./spread.js";

const NODES = 5;
const COLUMNS = 120;
const ROWS = 40;
/** Between two keys: longer than any paint is held back, so that each is measured by itself. */
const KEY_EVERY_MS = 250;
/** Over which paints and CPU are counted. */
const LOAD_MS = 10_000;
const BOTS = 50;

interface Options {
  readonly keys: number;
  readonly rate: number;
  readonly history: number;
  readonly limitS: number;
  readonly json: boolean;
}

interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Measured {
  /** Until the screen's process has the commit in its stream, as it says itself. */
  readonly seen: Latencies;
  readonly own: Latencies;
  readonly other: Latencies;
}

interface Cost {
  readonly paintsPerS: number;
  readonly cpuPercent: number;
  readonly memoryMiB: number;
}

function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: "string", default: "100" },
      rate: { type: "string", default: "1000" },
      history: { type: "string", default: "100000" },
      "limit-s": { type: "string", default: "300" },
      json: { type: "boolean", default: false },
    },
  });
  const whole = (name: string, text: string): number => {
    if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
    throw new Error(`--${name}: expected a whole number, got ${text}`);
  };
  return {
    keys: whole("keys", values.keys),
    rate: whole("rate", values.rate),
    history: whole("history", values.history),
    limitS: whole("limit-s", values["limit-s"]),
    json: values.json,
  };
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/**
 * Each key sends a target that the one before was not, so that what is waited for cannot be on the
 * screen yet; a guess among a thousand others could not be told apart there.
 */
async function pressKeys(
  keys: number,
  own: ScreenProcess,
  other: ScreenProcess,
): Promise<Measured> {
  const seenMs: number[] = [];
  const ownMs: number[] = [];
  const otherMs: number[] = [];
  for (let key = 0; key < keys; key++) {
    const value = 10 + (key % 80);
    own.type(`w${value}`);
    await own.shows(new RegExp(`new target, 0 to 100 › ${value}`));
    await pause(KEY_EVERY_MS);
    const pressedAtMs = performance.now();
    own.type("\r");
    const [ownAtMs, otherAtMs] = await Promise.all([
      own.shows(new RegExp(`✓ your target ${value} is committed`)),
      other.shows(new RegExp(`round \\d+: set by one, [^]*▲ ${value}(?!\\d)|${value} ▲`)),
    ]);
    seenMs.push(Number(/is committed \([\d.]+, (\d+) ms/.exec(own.text())?.[1]));
    ownMs.push(ownAtMs - pressedAtMs);
    otherMs.push(otherAtMs - pressedAtMs);
  }
  return { seen: latenciesOf(seenMs), own: latenciesOf(ownMs), other: latenciesOf(otherMs) };
}

function latenciesOf(valuesMs: readonly number[]): Latencies {
  return { p50Ms: quantile(valuesMs, 0.5), p99Ms: quantile(valuesMs, 0.99) };
}

async function costOf(screen: ScreenProcess): Promise<Cost> {
  const before = { paints: screen.paints(), cpuMs: screen.cpuMs(), atMs: performance.now() };
  await pause(LOAD_MS);
  const tookMs = performance.now() - before.atMs;
  return {
    paintsPerS: ((screen.paints() - before.paints) * 1000) / tookMs,
    cpuPercent: ((screen.cpuMs() - before.cpuMs) * 100) / tookMs,
    memoryMiB: screen.memoryMiB(),
  };
}

/** Guesses that nobody sees made, as fast as one stream takes them. */
async function fillHistory(cluster: TestCluster, count: number): Promise<void> {
  const { nodeId } = await cluster.leader();
  const node = cluster.config.nodes.find(({ id }) => id === nodeId);
  if (node === undefined) throw new Error(`there is no ${nodeId}`);
  const client = await openPlay(node.host, node.clientPort);
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      await client.guess("lobby", `p${index % 20}`, index % 101, `history-${index}`);
    }
  };
  await Promise.all(Array.from({ length: 256 }, worker));
  client.close();
}

interface Joining {
  readonly transactions: number;
  /** From the start of the process, Node's own included. */
  readonly firstPaintMs: number;
  /** Until the room is on the screen. */
  readonly roomMs: number;
  readonly memoryMiB: number;
  /** From the key to the newest event of the past with its place in the whole log. */
  readonly readLogMs: number;
  readonly memoryAfterMiB: number;
}

async function join(configFile: string, transactions: number): Promise<Joining> {
  const screen = startScreenProcess(["--player", "late", "--config", configFile], COLUMNS, ROWS);
  const firstPaintAtMs = await screen.shows(/ZABBLE/);
  const roomAtMs = await screen.shows(/round \d+: set by/);
  const memoryMiB = screen.memoryMiB();
  const pressedAtMs = performance.now();
  screen.type("t");
  const readAtMs = await screen.shows(/the past {2}\d+ of \d+/);
  const memoryAfterMiB = screen.memoryMiB();
  await screen.close();
  return {
    transactions,
    firstPaintMs: firstPaintAtMs - screen.startedAtMs,
    roomMs: roomAtMs - screen.startedAtMs,
    memoryMiB,
    readLogMs: readAtMs - pressedAtMs,
    memoryAfterMiB,
  };
}

function startBots(configFile: string, rate: number): Program {
  const each = String(rate / BOTS);
  const words = ["--count", String(BOTS), "--rate", each, "--strategy", "random", "--no-targets"];
  return startZabble("bot", ...words, "--config", configFile);
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2));
  const guard = setTimeout(() => {
    tell(`ended: it took longer than ${options.limitS} s`);
    process.exit(1);
  }, options.limitS * 1000);
  const cluster = await openCluster({ nodes: NODES });
  try {
    await cluster.leader();
    const [first = "", second = ""] = cluster.nodes.map(({ id }) => id);
    const file = ["--config", cluster.configFile];
    const words = (player: string, node: string) => ["--player", player, "--node", node, ...file];
    const one = startScreenProcess(words("one", first), COLUMNS, ROWS);
    const two = startScreenProcess(words("two", second), COLUMNS, ROWS);
    await Promise.all([one.shows(/● live/), two.shows(/● live/)]);
    tell(`idle: ${options.keys} keys`);
    const idle = await pressKeys(options.keys, one, two);
    const idleCost = await costOf(two);
    const bots = startBots(cluster.configFile, options.rate);
    await bots.printed(/play in lobby/);
    await pause(2000);
    tell(`${options.rate} guesses a second: ${options.keys} keys`);
    const busy = await pressKeys(options.keys, one, two);
    const busyCost = await costOf(two);
    bots.signal("SIGINT");
    await bots.ended;
    const said = bots.stdout().trim().split("\n").at(-1) ?? "";
    await Promise.all([one.close(), two.close()]);
    tell(`a history of ${options.history}`);
    await fillHistory(cluster, options.history);
    const joining = await join(cluster.configFile, options.history);
    const cpu = cpus()[0]?.model ?? "unknown CPU";
    const result = { cpu, cores: cpus().length, idle, idleCost, busy, busyCost, said, joining };
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : tableOf(options, result));
  } finally {
    clearTimeout(guard);
    await cluster.close();
  }
}

interface Result {
  readonly cpu: string;
  readonly cores: number;
  readonly idle: Measured;
  readonly idleCost: Cost;
  readonly busy: Measured;
  readonly busyCost: Cost;
  readonly said: string;
  readonly joining: Joining;
}

function tableOf({ keys, rate }: Options, result: Result): string {
  const ms = (value: number): string => value.toFixed(1).padStart(7);
  const row = (name: string, { seen, own, other }: Measured, cost: Cost): string =>
    name.padEnd(22) +
    [seen, own, other].map(({ p50Ms, p99Ms }) => ms(p50Ms) + ms(p99Ms)).join("") +
    `${cost.paintsPerS.toFixed(1).padStart(10)}${cost.cpuPercent.toFixed(1).padStart(7)} %` +
    `${cost.memoryMiB.toFixed(0).padStart(6)} MiB`;
  const { joining } = result;
  return [
    `${result.cores} cores of ${result.cpu}; ${NODES} nodes, two screens of ${COLUMNS} x ${ROWS}`,
    `${keys} keys each; milliseconds from a key to the paint of its commit`,
    "",
    `${"".padEnd(22)}${"in its stream".padStart(14)}${"own".padStart(14)}${"other".padStart(14)}`,
    `${"".padEnd(22)}${"p50    p99".padStart(14).repeat(3)}` +
      `${"paints/s".padStart(10)}${"CPU".padStart(8)}${"memory".padStart(11)}`,
    row("idle", result.idle, result.idleCost),
    row(`${rate} guesses a second`, result.busy, result.busyCost),
    "",
    `bots: ${result.said}`,
    `a player who joins ${joining.transactions} transactions: first paint after ` +
      `${joining.firstPaintMs.toFixed(0)} ms, the room after ${joining.roomMs.toFixed(0)} ms ` +
      `(from the start of the process), ${joining.memoryMiB.toFixed(0)} MiB;`,
    `the whole log read for time travel in ${joining.readLogMs.toFixed(0)} ms, ` +
      `${joining.memoryAfterMiB.toFixed(0)} MiB then`,
    "",
  ].join("\n");
}

await main();
