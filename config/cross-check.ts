/**
 * Rules of a cluster file that span several keys: ids and ports used once, a quorum that two
 * groups of nodes cannot both reach, limits that fit each other. It works on the raw value, so that
 * it reports its findings in the same run as those of config-schema.ts, whatever else is wrong.
 */
import { QUORUM } from "./config-schema.js";
import type { Problem } from "./problem.js";

type Fields = Readonly<Record<string, unknown>>;

export function crossCheck(raw: unknown): Problem[] {
  const file = fieldsOf(raw);
  if (file === undefined || !Array.isArray(file.nodes)) return [];
  const nodes = file.nodes.map((node: unknown) => fieldsOf(node) ?? {});
  return [
    ...repeatedIds(nodes),
    ...repeatedPorts(nodes, fieldsOf(file.gateway)),
    ...wrongQuorum(file.quorum, nodes.length),
    ...wrongTicks(file),
  ];
}

function repeatedIds(nodes: readonly Fields[]): Problem[] {
  const problems: Problem[] = [];
  const first = new Map<unknown, number>();
  nodes.forEach((node, index) => {
    if (typeof node.id !== "string") return;
    const earlier = first.get(node.id);
    if (earlier === undefined) first.set(node.id, index);
    else {
      const expected = "an id that no other node has";
      const got = `${JSON.stringify(node.id)}, which nodes[${earlier}] has too`;
      problems.push({ path: ["nodes", index, "id"], expected, got });
    }
  });
  return problems;
}

/** All ports of one host share one number space. */
function repeatedPorts(nodes: readonly Fields[], gateway: Fields | undefined): Problem[] {
  const problems: Problem[] = [];
  const first = new Map<string, string>();
  const look = (owner: Fields, key: string, path: Problem["path"]): void => {
    const host = typeof owner.host === "string" ? owner.host : "127.0.0.1";
    const port = owner[key];
    if (typeof port !== "number") return;
    const earlier = first.get(`${host}:${port}`);
    if (earlier !== undefined) {
      const expected = `a port that nothing else on ${host} has`;
      problems.push({ path, expected, got: `${port}, as ${earlier}` });
    } else {
      const [list, index] = path;
      first.set(`${host}:${port}`, path.length === 3 ? `${list}[${index}].${key}` : path.join("."));
    }
  };
  nodes.forEach((node, index) => {
    for (const key of ["clientPort", "peerPort"]) look(node, key, ["nodes", index, key]);
  });
  if (gateway !== undefined) look(gateway, "port", ["gateway", "port"]);
  return problems;
}

function wrongQuorum(quorum: unknown, nodeCount: number): Problem[] {
  if (typeof quorum !== "number" || !Number.isInteger(quorum) || quorum < 1) return [];
  if (quorum * 2 > nodeCount && quorum <= nodeCount) return [];
  const got = `${quorum} with ${nodeCount} ${nodeCount === 1 ? "node" : "nodes"}`;
  return [{ path: ["quorum"], expected: QUORUM, got }];
}

/** A follower that may be silent for less than one heartbeat is dropped while it is well. */
function wrongTicks(file: Fields): Problem[] {
  const { heartbeatTicks = 1, syncLimitTicks = 8 } = file;
  if (typeof heartbeatTicks !== "number" || typeof syncLimitTicks !== "number") return [];
  if (syncLimitTicks > heartbeatTicks) return [];
  const key = file.syncLimitTicks === undefined ? "heartbeatTicks" : "syncLimitTicks";
  const expected = "syncLimitTicks above heartbeatTicks";
  const got = `syncLimitTicks ${syncLimitTicks} with heartbeatTicks ${heartbeatTicks}`;
  return [{ path: [key], expected, got }];
}

function fieldsOf(value: unknown): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}
