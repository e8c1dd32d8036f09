/** A gateway as a process in front of a bench's cluster, and what can be asked from outside. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Phase } from "../gen/zabble/v1/cluster_pb.js";
import { askStatus } from "../nodes/launch-ready.js";
import { DIST, type TestCluster } from "../test/cluster/cluster.testing.js";
import { eventually } from "../test/cluster/eventually.testing.js";
import { endsWithUs } from "../test/cluster/leftovers.testing.js";

export interface GatewayProcess {
  readonly host: string;
  readonly port: number;
  readonly pid: number;
  /** Heap and buffers in use after a full garbage collection. */
  usedMiB(): Promise<number>;
  /** Waits until it is in touch with a leader; the id of the node that it watches. */
  attachedTo(): Promise<string>;
  /** What it warned of. */
  warnings(): readonly string[];
  /** SIGTERM, and SIGKILL if it takes long. */
  stop(): Promise<void>;
}

const STOP_LIMIT_MS = 3000;
const PINO_WARN = 40;

/** Loaded before the gateway, which knows nothing of it: answers each message with its memory. */
const PROBE = `process.on("message", () => {
  gc();
  const { heapUsed, external } = process.memoryUsage();
  process.send(heapUsed + external);
});
process.channel.unref();`;

export async function startGatewayProcess(cluster: TestCluster): Promise<GatewayProcess> {
  const probe = `data:text/javascript,${encodeURIComponent(PROBE)}`;
  const program = [join(DIST, "gateway.js"), "--config", cluster.configFile, "--port", "0"];
  const child = spawn(process.execPath, ["--expose-gc", "--import", probe, ...program], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  endsWithUs(child, "SIGKILL");
  const { pid } = child;
  if (pid === undefined) throw new Error("cannot start the gateway");
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const warned: string[] = [];
  const { host, port } = await served(child, warned);

  async function attachedTo(): Promise<string> {
    return eventually("the gateway to follow a leader", async () => {
      const status = await askStatus({ host, clientPort: port });
      return status?.phase === Phase.BROADCAST ? status.connected[0] : undefined;
    });
  }

  await attachedTo();
  return {
    host,
    port,
    pid,
    usedMiB: () =>
      new Promise((resolve) => {
        child.once("message", (bytes) => resolve(Number(bytes) / 1024 / 1024));
        child.send("memory");
      }),
    attachedTo,
    warnings: () => warned,
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Resolves with what its log says of where it serves; goes on to collect warnings. */
function served(
  child: ChildProcess,
  warned: string[],
): Promise<{ readonly host: string; readonly port: number }> {
  const { stdout } = child;
  if (stdout === null) throw new Error("the gateway's log is not piped");
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the gateway ended with ${code}`)));
    createInterface({ input: stdout }).on("line", (line) => {
      const { level, at }: { level: number; at?: string } = JSON.parse(line);
      if (level >= PINO_WARN) warned.push(line);
      const [, host, port] = /^(.*):(\d+)$/.exec(at ?? "") ?? [];
      if (host !== undefined) resolve({ host, port: Number(port) });
    });
  });
}
