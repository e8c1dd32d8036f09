/**
 * Test support: runs the scenario files of testdata/. A file is a list of blocks: lines of
 * commands, a line of four dashes, the exact trace, an empty line; lines that begin with # are
 * prose and kept.
 *
 *   nodes 1 2 3 [blank=1,2] [tail=N] [counter-max=N] [window=N]
 *   start 1 2        crash 1 [keep=OPS]   wipe 1      OPS unsynced ops reached the disk anyway
 *   hold-disk 1      sync 1               sync-once 1 (of two syncs, one)     free-disk 1
 *   distrust 1                            its damaged log was set aside, and begun anew
 *   save-snapshot 1                       of what it has applied, to its disk
 *   hold-snapshots 1 free-snapshots 1     what it cuts for others gets ready only when freed
 *   deliver [1 2 [N]]                     all that is on its way, or from 1 to 2, or N of those
 *   settle                                deliver until nothing is on its way
 *   drop 1 2         mute 1 2             unmute 1 2  lost without notice, one way
 *   copy 1 2         again 1 2            what is on its way from 1 to 2 comes once more, later
 *   sever 1 2        mend 1 2             the link breaks, and both ends are told
 *   links 1-2 2-3                         these links and no others
 *   tick N [1 2]     jump N 1             N ticks one by one, or all at once after a pause
 *   run N                                 N ticks, and settle after each
 *   propose 1 "text" ["text"]             one frame
 *   propose 1 N                           one frame of N entries
 *   read 1 7         step-down 1 TICKS    status      learners 1
 *   forget 1 N       forget-promise 1     beyond the fault model: a stopped node's disk loses its
 *   rewrite 1 "text"                      last N entries, or its promise; the last entry becomes
 *                                         another of the same zxid
 *
 * `quietly` before a command leaves out messages and disks. A disk that is not held syncs at once.
 */
import { type ClusterSettings, ScenarioCluster, type Witness } from "./scenario-cluster.testing.js";
import { distrust, forget, forgetPromise, rewrite, wipe } from "./scenario-disk.testing.js";

const DIVIDER = "----";
const ROUNDS_MAX = 500;

/** Without these a scenario would not be worth reading; `quietly` keeps them. */
const ALWAYS_TOLD =
  /^\S+ (LOOKING|FOLLOWING|LEADING|ESTABLISHED|HALTS|applies|installs|read|crashed|starts)/;

const DEFAULTS: Omit<ClusterSettings, "quorum"> = {
  initLimitTicks: 10,
  syncLimitTicks: 4,
  heartbeatTicks: 1,
  electionWaitTicks: 2,
  logTailEntries: 1000,
  windowEntries: 1000,
  counterMax: 1_000_000,
};

/** The whole file again, with the trace as it is now. Throws on a command that makes no sense. */
export function runScenario(text: string): string {
  let cluster: ScenarioCluster | undefined;
  const lines: string[] = [];
  const blocks = text.trimEnd().split(/\n\n+/).map(readBlock);
  return `${blocks
    .map(({ prose, commands }) => {
      if (commands.length === 0) return prose.join("\n");
      const trace = commands.flatMap((line) => {
        if (line.startsWith("nodes ")) {
          cluster = createCluster(line, { tell: (told) => lines.push(told) });
          return [];
        }
        if (cluster === undefined) throw new Error("a scenario begins with its nodes");
        const command = line.replace(/^quietly /, "");
        runCommand(cluster, command);
        return lines.splice(0).filter((told) => command === line || ALWAYS_TOLD.test(told));
      });
      const told = trace.length === 0 ? ["ok"] : trace;
      return [...prose, ...commands, DIVIDER, ...told].join("\n");
    })
    .join("\n\n")}\n`;
}

function readBlock(block: string): { prose: string[]; commands: string[] } {
  const lines = block.split("\n");
  const prose = lines.filter((line) => line.startsWith("#"));
  const commands = lines.filter((line) => !line.startsWith("#"));
  const divider = commands.indexOf(DIVIDER);
  return { prose, commands: divider === -1 ? commands : commands.slice(0, divider) };
}

/** The value of `name=value` among the words. */
function option(words: readonly string[], name: string): string | undefined {
  const found = words.find((word) => word.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}

/** From the command that begins with `nodes`. */
export function createCluster(command: string, witness: Witness): ScenarioCluster {
  const words = command.split(" ").slice(1);
  const ids = words.filter((word) => !word.includes("="));
  const blank = option(words, "blank")?.split(",") ?? [];
  const settings = {
    ...DEFAULTS,
    quorum: Math.floor(ids.length / 2) + 1,
    logTailEntries: Number(option(words, "tail") ?? DEFAULTS.logTailEntries),
    windowEntries: Number(option(words, "window") ?? DEFAULTS.windowEntries),
    counterMax: Number(option(words, "counter-max") ?? DEFAULTS.counterMax),
  };
  return new ScenarioCluster(ids, blank, settings, witness);
}

/** Any command but `nodes`. */
export function runCommand(cluster: ScenarioCluster, command: string): void {
  const [name, ...words] = command.match(/"[^"]*"|\S+/g) ?? [];
  const [one = "", two = "", three] = words;
  switch (name) {
    case "start":
      for (const id of words) cluster.start(id);
      break;
    case "crash":
      cluster.crash(one, Number(option(words, "keep") ?? 0));
      break;
    case "wipe":
      wipe(cluster.stoppedPlatter(one));
      break;
    case "distrust":
      distrust(cluster.stoppedPlatter(one));
      break;
    case "hold-disk":
    case "free-disk":
      for (const id of words) cluster.holdDisk(id, name === "hold-disk");
      break;
    case "sync":
      for (const id of words) cluster.sync(id);
      break;
    case "sync-once":
      cluster.syncOnce(one);
      break;
    case "save-snapshot":
      cluster.saveSnapshot(one);
      break;
    case "hold-snapshots":
    case "free-snapshots":
      cluster.holdSnapshots(one, name === "hold-snapshots");
      break;
    case "deliver":
      if (one === "") cluster.deliverAll();
      else cluster.deliver(one, two, three === undefined ? undefined : Number(three));
      break;
    case "settle":
      settle(cluster);
      break;
    case "drop":
      cluster.drop(one, two);
      break;
    case "mute":
    case "unmute":
      cluster.wires.mute(one, two, name === "mute");
      break;
    case "copy":
      cluster.wires.copy(one, two);
      break;
    case "again":
      cluster.deliverCopies(one, two);
      break;
    case "sever":
      cluster.sever(one, two);
      break;
    case "mend":
      cluster.mend(one, two);
      break;
    case "links":
      onlyLinks(cluster, words);
      break;
    case "tick": {
      const ids = words.length > 1 ? words.slice(1) : cluster.ids;
      for (let i = 0; i < Number(one); i++) cluster.tick(ids, 1);
      break;
    }
    case "run":
      for (let i = 0; i < Number(one); i++) {
        cluster.tick(cluster.ids, 1);
        settle(cluster);
      }
      break;
    case "jump":
      cluster.tick([two], Number(one));
      break;
    case "propose":
      propose(cluster, one, words.slice(1));
      break;
    case "read":
      cluster.input(one, { t: "read", id: Number(two) });
      break;
    case "step-down":
      cluster.input(one, { t: "stepDown", quietTicks: Number(two) });
      break;
    case "status":
      cluster.status();
      break;
    case "learners":
      cluster.learners(one);
      break;
    case "forget":
      forget(cluster.stoppedPlatter(one), Number(two));
      break;
    case "forget-promise":
      forgetPromise(cluster.stoppedPlatter(one));
      break;
    case "rewrite":
      rewrite(cluster.stoppedPlatter(one), textsOf(words)[0] ?? "");
      break;
    default:
      throw new Error(`no such command: ${name}`);
  }
}

function settle(cluster: ScenarioCluster): void {
  for (let round = 0; cluster.deliverAll(); round++) {
    if (round > ROUNDS_MAX) throw new Error("the nodes do not stop talking");
  }
}

function onlyLinks(cluster: ScenarioCluster, links: readonly string[]): void {
  for (const [index, a] of cluster.ids.entries()) {
    for (const b of cluster.ids.slice(index + 1)) {
      if (links.includes(`${a}-${b}`)) cluster.mend(a, b);
      else cluster.sever(a, b);
    }
  }
}

/** What stands between quotes. */
function textsOf(words: readonly string[]): string[] {
  return words.filter((word) => word.startsWith('"')).map((word) => word.slice(1, -1));
}

function propose(cluster: ScenarioCluster, id: string, words: readonly string[]): void {
  const texts = textsOf(words);
  const count = texts.length > 0 ? 0 : Number(words[0]);
  const guesses = Array.from({ length: count }, (_, index) => `guess ${index + 1}`);
  cluster.propose(id, [...texts, ...guesses]);
}
