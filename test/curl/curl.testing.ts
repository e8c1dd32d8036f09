/** Runs curl as a process of its own, to its end or, for a stream, until a test has seen enough. */
import { type ChildProcess, spawn } from "node:child_process";
import { eventually } from "../cluster/eventually.testing.js";
import { endsWithUs } from "../cluster/leftovers.testing.js";

export interface Curled {
  readonly status: number;
  /** "1.1" or "2". */
  readonly version: string;
  readonly contentType: string;
  readonly bytes: Buffer;
  readonly text: string;
}

export interface Finished {
  /** curl's own exit code; 128 and more if a signal ended it. */
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface Running {
  /** Waits for this on standard output, so many times (default 1). */
  printed(pattern: RegExp, times?: number): Promise<void>;
  /** All of it so far. */
  text(): string;
  /** Ends it if it still runs. */
  stop(): Promise<void>;
  readonly finished: Promise<Finished>;
}

/** curl adds what it was answered after the body. */
const WRITE_OUT = "\n%{http_code} %{http_version} %{content_type}";

/** A request with these arguments, the body of which may be `input` (`--data-binary @-`). */
export async function curl(args: readonly string[], input: Uint8Array = Buffer.alloc(0)) {
  const child = spawn("curl", ["-sS", "--max-time", "10", "--write-out", WRITE_OUT, ...args]);
  child.stdin.end(input);
  const { code, stdout, stderr } = await follow(child).finished;
  if (code !== 0) throw new Error(`curl ${args.join(" ")} ended with ${code}: ${stderr}`);
  const end = stdout.lastIndexOf("\n");
  const [status, version = "", contentType = ""] = stdout
    .subarray(end + 1)
    .toString()
    .split(" ");
  const bytes = stdout.subarray(0, end);
  const curled: Curled = {
    status: Number(status),
    version,
    contentType,
    bytes,
    text: bytes.toString(),
  };
  return curled;
}

/** A line of shell as a person would enter it. */
export function runLine(line: string): Running {
  return follow(spawn("bash", ["-c", line], { detached: true }));
}

/** The child must lead a process group of its own if it starts others. */
function follow(child: ChildProcess): Running {
  endsWithUs(child, "SIGKILL");
  const output: Buffer[] = [];
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const text = (): string => Buffer.concat(output).toString();
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code: code ?? 128, stdout: Buffer.concat(output), stderr }),
    );
  });
  const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    async printed(pattern, times = 1) {
      const each = new RegExp(pattern, `${pattern.flags}g`);
      const look = (): true | undefined => {
        if ([...text().matchAll(each)].length >= times) return true;
        if (isOver()) throw new Error(`it ended with ${child.exitCode}: ${stderr}`);
        return undefined;
      };
      await eventually(`curl to print ${pattern}`, look, { context: () => `${text()}${stderr}` });
    },
    text,
    async stop() {
      if (child.pid !== undefined && !isOver()) process.kill(-child.pid, "SIGTERM");
      await finished;
    },
    finished,
  };
}
