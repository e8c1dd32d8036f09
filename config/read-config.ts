/**
 * The only way from a cluster file to a ClusterConfig: read, check, complete. A wrong file is a
 * value that lists everything wrong with it, each as `file:line: key: expected ..., got ...`.
 */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import type { ClusterConfig } from "./cluster-config.js";
import { clusterSchema, KNOWN_KEYS } from "./config-schema.js";
import { crossCheck } from "./cross-check.js";
import type { Problem } from "./problem.js";
import { majorityOf } from "./quorum.js";
import { compareIds } from "./rank.js";

export type ConfigResult =
  | { readonly ok: true; readonly config: ClusterConfig }
  /** In order of lines; never empty. Made for printing, one a line. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** What the command line may change. */
export interface ConfigOverrides {
  /** Instead of the file's `dataDir`; relative to the working directory. */
  readonly dataDir?: string | undefined;
}

/** The five-node file of the checkout; right from the sources and from a bundle in dist/. */
export const DEFAULT_CONFIG_FILE = fileURLToPath(
  new URL("../config/cluster.yaml", import.meta.url),
);

/** Reads a cluster file; a file that cannot be read is a problem like any other. */
export function readConfig(file: string, overrides: ConfigOverrides = {}): ConfigResult {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [`${file}: expected a readable cluster file: ${why}`] };
  }
  return parseConfig(text, file, overrides);
}

/**
 * Checks a cluster file's text. `fileName` is for the messages, and its directory is what a
 * relative `dataDir` of the file is relative to, so that a cluster is found from anywhere.
 */
export function parseConfig(
  text: string,
  fileName: string,
  overrides: ConfigOverrides = {},
): ConfigResult {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => {
      const { line } = lines.linePos(error.pos[0]);
      return printable(`${fileName}:${line}: expected YAML, got an error: ${error.message}`);
    });
    return { ok: false, problems };
  }
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch (error) {
    // An alias of nothing, or aliases of aliases that would fill the memory.
    if (!(error instanceof ReferenceError)) throw error;
    const problem = `${fileName}:1: expected YAML, got an error: ${error.message}`;
    return { ok: false, problems: [printable(problem)] };
  }
  const checked = clusterSchema.safeParse(raw);
  const issues = checked.success ? [] : checked.error.issues;
  const problems = [...issues.flatMap(problemsOf), ...crossCheck(raw)];
  if (!checked.success || problems.length > 0) {
    return { ok: false, problems: describe(problems, document, lines, fileName) };
  }
  const { quorum, nodes, dataDir, ...rest } = checked.data;
  const config: ClusterConfig = {
    ...rest,
    nodes: nodes.toSorted((a, b) => compareIds(a.id, b.id)),
    quorum: quorum === "majority" ? majorityOf(nodes.length) : quorum,
    dataDir:
      overrides.dataDir === undefined
        ? resolve(dirname(fileName), dataDir)
        : resolve(overrides.dataDir),
  };
  return { ok: true, config };
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code !== "unrecognized_keys") return [{ path, expected: issue.message }];
  const [key] = path;
  const known = key === "nodes" ? "node" : key === "limits" || key === "gateway" ? key : "cluster";
  const expected = `one of ${KNOWN_KEYS[known].join(", ")}`;
  return issue.keys.map((key) => ({
    path: [...path, key],
    expected,
    got: "an unknown key",
    atKey: true,
  }));
}

function describe(
  problems: readonly Problem[],
  document: Document,
  lines: LineCounter,
  fileName: string,
): string[] {
  const described = new Map<string, { readonly line: number; readonly text: string }>();
  for (const problem of problems) {
    const line = lineOf(problem, document, lines);
    const key = keyOf(problem.path);
    const got = problem.got ?? valueAt(document, problem.path);
    const text = printable(`${fileName}:${line}: ${key}: expected ${problem.expected}, got ${got}`);
    described.set(text, { line, text });
  }
  return [...described.values()].sort((a, b) => a.line - b.line).map(({ text }) => text);
}

/** On one line, and without what moves a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u{${char.codePointAt(0)?.toString(16)}}`;
  });
}

/** The line of the value; of its key if that is wrong; of what should hold it if it is missing. */
function lineOf(problem: Problem, document: Document, lines: LineCounter): number {
  for (let depth = problem.path.length; depth >= 0; depth--) {
    const path = problem.path.slice(0, depth);
    const key = path.at(-1);
    const holder: unknown = document.getIn(path.slice(0, -1), true);
    if (problem.atKey === true && isMap(holder)) {
      const pair = holder.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair !== undefined && isNode(pair.key) && pair.key.range) {
        return lines.linePos(pair.key.range[0]).line;
      }
    }
    const node: unknown = depth === 0 ? document.contents : document.getIn(path, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function keyOf(path: Problem["path"]): string {
  const parts = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${part}`));
  return parts.join("").replace(/^\./, "") || "the file";
}

function valueAt(document: Document, path: Problem["path"]): string {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
  if (node === undefined || node === null) return "nothing";
  const value: unknown = isNode(node) ? node.toJS(document) : node;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a map";
  return JSON.stringify(value) ?? String(value);
}
