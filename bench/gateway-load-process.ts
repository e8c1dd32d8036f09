/** Starts gateway-load.ts as a process and asks it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { endsWithUs } from "../test/cluster/leftovers.testing.js";
import type { LoadAnswer, LoadCalls } from "./gateway-load-calls.js";

export interface LoadProcess {
  readonly pid: number;
  /** Rejects with what went wrong there, or if the process ends. */
  ask<Name extends keyof LoadCalls>(
    name: Name,
    argument: Parameters<LoadCalls[Name]>[0],
  ): Promise<Awaited<ReturnType<LoadCalls[Name]>>>;
  /** Resolves when it is gone. */
  end(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./gateway-load.ts", import.meta.url));

interface Asked {
  // What was asked decides the type, and only the caller of ask knows it.
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

export function startLoadProcess(): LoadProcess {
  const child = fork(PROGRAM, {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("cannot start the process that holds the watchers");
  endsWithUs(child, "SIGKILL");
  const asked = new Map<number, Asked>();
  let lastId = 0;
  child.on("message", ({ id, result, error }: LoadAnswer) => {
    const waiting = asked.get(id);
    asked.delete(id);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new Error(error));
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => {
      for (const { reject } of asked.values()) reject(new Error("the watchers' process ended"));
      asked.clear();
      resolve();
    });
  });
  return {
    pid,
    ask: (name, argument) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        asked.set(id, { resolve, reject });
        child.send({ id, name, argument });
      }),
    async end() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
