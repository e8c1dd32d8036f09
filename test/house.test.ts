// Proves that the checkout keeps the rules of the house: who may import whom, what the pure folders
// may mention, how files are named, opened and sized. Each rule is first shown an example that it
// must refuse, so that none of them is green for nothing.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test, { after } from "node:test";
import { fileURLToPath } from "node:url";
import {
  cruise,
  type ICruiseResult,
  type IFlattenedRuleSet,
  type IForbiddenRuleType,
  type IResolveOptions,
} from "dependency-cruiser";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";
import {
  checkBlessed,
  checkFile,
  checkReached,
  type Finding,
  isTestFile,
  RULES,
} from "./house-rules.js";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const FOLDERS = [
  "game",
  "api",
  "nodes",
  "client",
  "gateway",
  "tui",
  "web",
  "config",
  "test",
  "bench",
];
const CODE = /\.([cm]?ts|tsx|[cm]js)$/;

/** Fewer than this, and the layer checker has gone blind. */
const MODULES_MIN = 20;

/** Programs and pages: nothing imports them. Test and bench files are run by name, too. */
const ENTRY = /^(tui\/zabble|nodes\/(main|launch|log)|gateway\/main|web\/main)\.tsx?$/;
const PROGRAMS = [
  "test/(chaos/(chaos|preload)|history/main|sim/(sim|seed-worker)|zoo/(cage|zoo))\\.ts",
  "nodes/store/full-disk\\.testing\\.ts",
  "bench/[^/]+",
  "[^/]+\\.[cm]js",
].join("|");
const RUN_BY_NAME = new RegExp(`^(test/.*\\.(test\\.ts|mjs)|${PROGRAMS})$`);

function codeFiles(): Map<string, string> {
  const present = readdirSync(ROOT);
  const names = present.filter((name) => CODE.test(name));
  for (const folder of FOLDERS.filter((name) => present.includes(name))) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })) {
      const hidden = entry.split("/").some((part) => part === "node_modules" || part === "dist");
      if (CODE.test(entry) && !hidden) names.push(`${folder}/${entry}`);
    }
  }
  return new Map(names.sort().map((name) => [name, readFileSync(join(ROOT, name), "utf8")]));
}

function assertNone(findings: readonly Finding[]): void {
  const lines = findings.map(
    ({ path, line, rule, message }) => `${path}:${line}: ${rule}: ${message}`,
  );
  assert.equal(lines.length, 0, `\n${lines.join("\n")}`);
}

const HEADER = "/** A planted file that says what it is for. */\n";

/** [rule, file name, text that breaks it]; the text may break nothing else. */
const PLANTS: readonly (readonly [string, string, string])[] = [
  ["pure", "game/a.ts", `${HEADER}import "node:fs";\n`],
  ["pure", "nodes/zab/a.ts", `${HEADER}export const fs = () => import("node:fs");\n`],
  ["pure", "game/a.ts", `${HEADER}export const now = () => new Date();\n`],
  ["pure", "game/a.ts", `${HEADER}export const now = () => Date.now();\n`],
  ["pure", "game/a.ts", `${HEADER}export const chance = () => Math.random();\n`],
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask"].map(
    (name) => ["pure", "nodes/zab/a.ts", `${HEADER}${name}(() => {}, 1);\n`] as const,
  ),
  ["pure", "game/a.ts", `${HEADER}export const later = Promise.resolve(1);\n`],
  ["pure", "game/a.ts", `${HEADER}export async function later() {}\n`],
  ["pure", "game/a.ts", `${HEADER}export const later = async () => 1;\n`],
  ["pure", "game/a.ts", `${HEADER}await 1;\n`],
  ["pure", "game/a.ts", `${HEADER}process.exit();\n`],
  ["pure", "game/a.ts", `${HEADER}console.log();\n`],
  ["no-default-export", "tui/a.ts", `${HEADER}export default 1;\n`],
  ["no-default-export", "tui/a.ts", `${HEADER}export default function a() {}\n`],
  ["no-any", "tui/a.ts", `${HEADER}export let a: any;\n`],
  ["no-any", "tui/a.ts", `${HEADER}export const a = 1 as any;\n`],
  ["no-non-null", "tui/a.ts", `${HEADER}export const a = [1][0]!;\n`],
  ["no-non-null", "tui/a.ts", `${HEADER}export class A { b!: number; }\n`],
  ["no-silenced-types", "tui/a.ts", `${HEADER}// @ts-ignore\nexport const a = 1;\n`],
  ["no-silenced-types", "tui/a.ts", `${HEADER}export const a = 1; // @ts-expect-error\n`],
  ...["TODO", "FIXME", "XXX", "HACK"].map(
    (word) => ["no-leftovers", "tui/a.ts", `${HEADER}// ${word} later\n`] as const,
  ),
  ...["utils", "helpers", "common", "misc", "types", "index"].map(
    (name) => ["file-name", `tui/${name}.ts`, HEADER] as const,
  ),
  ["file-name", "tui/utils/a.ts", HEADER],
  ["file-length", "tui/a.ts", `${HEADER}${"//\n".repeat(400)}`],
  ["line-length", "tui/a.ts", `${HEADER}// ${"a".repeat(98)}\n`],
  ["file-header", "tui/a.ts", "export const a = 1;\n"],
  ["file-header", "tui/a.ts", "/** Short. */\nexport const a = 1;\n"],
  ["file-header", "tui/a.test.ts", 'import "node:test"; // too late to say anything\n'],
];

for (const [rule, path, text] of PLANTS) {
  test(`${rule} refuses ${path}: ${text.replace(HEADER, "").trim().slice(0, 50)}`, () => {
    const rules = checkFile(path, text).map((finding) => finding.rule);
    assert.deepEqual([...new Set(rules)], [rule]);
  });
}

test("every rule has been shown something to refuse", () => {
  const shown = new Set(PLANTS.map(([rule]) => rule));
  assert.deepEqual(
    RULES.filter(({ name }) => !shown.has(name)),
    [],
  );
});

test("what only looks like an offence passes", () => {
  const text = `#!/usr/bin/env node
${HEADER}// Any date, process or promise may be mentioned in words.
export const words = "Date.now() TODO @ts-ignore any";
export const entry = { process: 1, Date: 2 };
export const sum = entry.process + entry.Date + Math.max(1, 2);
export function pick(kind: string): number {
  switch (kind) {
    default:
      return 1;
  }
}
`;
  assertNone(checkFile("game/a.ts", text));
  assertNone(checkFile("game/a.test.ts", `${HEADER}await Promise.resolve(new Date());\n`));
  assertNone(checkFile("tui/typescript-view.ts", HEADER));
});

test("blessed in a second file is refused", () => {
  const draws = 'import blessed from "blessed";\n';
  const one = new Map([
    ["tui/screen.ts", draws],
    ["tui/screen.test.ts", draws],
  ]);
  assertNone(checkBlessed(one));
  const two = new Map([...one, ["tui/window.ts", draws]]);
  assert.deepEqual(
    checkBlessed(two).map(({ path }) => path),
    ["tui/window.ts"],
  );
});

test("a file that no entry leads to is refused", () => {
  const imports = new Map([
    ["a.ts", ["b.ts"]],
    ["b.ts", []],
    ["c.ts", ["d.ts"]],
    ["d.ts", ["c.ts"]],
  ]);
  const dead = checkReached(imports, ["a.ts"]);
  assert.deepEqual(
    dead.map(({ path }) => path),
    ["c.ts", "d.ts"],
  );
});

const rules: { forbidden: IForbiddenRuleType[]; options: Record<string, unknown> } = createRequire(
  import.meta.url,
)("../.dependency-cruiser.cjs");

async function cruiseUnder(baseDir: string): Promise<ICruiseResult> {
  const { enhancedResolveOptions, tsConfig: _, ...options } = rules.options;
  const ruleSet: IFlattenedRuleSet = { forbidden: rules.forbidden };
  const resolveOptions: Partial<IResolveOptions> = { ...Object(enhancedResolveOptions) };
  const { output } = await cruise(
    readdirSync(baseDir).filter((name) => name === "gen" || FOLDERS.includes(name)),
    { ...options, baseDir, ruleSet, validate: true },
    resolveOptions,
    { tsConfig: extractTsConfig(join(ROOT, "tsconfig.json")) },
  );
  assert.ok(typeof output === "object");
  return output;
}

/** [rule, importing file, what it imports]. The imported file is planted too. */
const STREETS: readonly (readonly [string, string, string])[] = [
  ["gen-imports", "gen/a_pb.ts", "game/b.ts"],
  ["game-imports", "game/a.ts", "nodes/zab/b.ts"],
  ["game-imports", "game/a.ts", "client/b.ts"],
  ["nodes/zab-imports", "nodes/zab/a.ts", "gen/b_pb.ts"],
  ["nodes/zab-imports", "nodes/zab/a.ts", "game/b.ts"],
  ["api-imports", "api/a.ts", "nodes/b.ts"],
  ["api-imports", "api/a.ts", "client/b.ts"],
  ["nodes/store-imports", "nodes/store/a.ts", "nodes/rpc/b.ts"],
  ["nodes/rpc-imports", "nodes/rpc/a.ts", "nodes/other.ts"],
  ["nodes-imports", "nodes/a.ts", "client/b.ts"],
  ["client-imports", "client/a.ts", "nodes/rpc/b.ts"],
  ["client-imports", "client/a.ts", "config/b.ts"],
  ["gateway-imports", "gateway/a.ts", "nodes/b.ts"],
  ["tui-imports", "tui/a.ts", "nodes/b.ts"],
  ["tui-imports", "tui/a.ts", "gateway/b.ts"],
  ["web-imports", "web/a.ts", "tui/b.ts"],
  ["config-imports", "config/a.ts", "game/b.ts"],
  ["programs-are-not-imported", "nodes/a.ts", "nodes/main.ts"],
  ["driver-is-imported-by-programs", "nodes/a.ts", "nodes/node.ts"],
  ["browser-safe", "client/a.ts", "node:fs"],
  ["browser-safe", "game/a.ts", "node:crypto"],
  ["pages-have-their-own-transport", "web/a.ts", "client/h2-transport.ts"],
  ["pure-means-no-packages", "nodes/zab/a.ts", "some-package"],
  ["nedb-in-the-store", "nodes/a.ts", "nedb-promises"],
  ["nedb-in-the-store", "bench/a.ts", "@seald-io/nedb"],
  ["no-tests-in-the-product", "nodes/a.ts", "nodes/b.testing.ts"],
  ["no-circles", "tui/a.ts", "tui/a2.ts"],
  ["no-unknown-imports", "tui/a.ts", "tui/nowhere.ts"],
];

const planted = mkdtempSync(join(tmpdir(), "zabble-house-"));
after(() => rmSync(planted, { recursive: true, force: true }));

function plant(path: string, text: string): void {
  mkdirSync(join(planted, dirname(path)), { recursive: true });
  writeFileSync(join(planted, path), text);
}

test("each rule about imports refuses its planted violation, and passes the opposite", async () => {
  const froms: string[] = [];
  for (const [index, [, from, to]] of STREETS.entries()) {
    const own = from.replace(/a(_pb)?\.ts$/, `from${index}$1.ts`);
    froms.push(own);
    const isFile = to.endsWith(".ts");
    const up = "../".repeat(own.split("/").length - 1);
    const target = isFile ? `${up}${to.replace(/\.ts$/, ".js")}` : to;
    // Of types alone: an import that vanishes when compiled is an import all the same.
    plant(own, `import type * as It from ${JSON.stringify(target)};\nexport type A = typeof It;\n`);
    if (isFile && !to.includes("nowhere")) plant(to, "export const b = 1;\n");
    if (isFile && to.endsWith("a2.ts")) {
      plant(to, `export * from "./${own.slice(4).replace(/\.ts$/, ".js")}";\n`);
    }
  }
  for (const name of ["some-package", "nedb-promises", "@seald-io/nedb"]) {
    plant(`node_modules/${name}/package.json`, JSON.stringify({ name, main: "main.js" }));
    plant(`node_modules/${name}/main.js`, "exports.x = 1;\n");
  }
  plant("nodes/store/fine.ts", 'import * as it from "nedb-promises";\nexport const a = it;\n');
  plant("nodes/rpc/fine.ts", 'import { a } from "../store/fine.js";\nexport const b = a;\n');
  plant("game/fine.test.ts", 'import { b } from "../nodes/rpc/fine.js";\nexport const c = b;\n');

  const { summary } = await cruiseUnder(planted);
  const violated = summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
  for (const [index, [rule, , to]] of STREETS.entries()) {
    // A circle is reported once, at either of its ends.
    const ends = [froms[index], to].map((end) => `${rule} ${end}`);
    assert.ok(
      violated.some((line) => ends.includes(line)),
      `${rule}, example ${index}: seen nothing`,
    );
  }
  assert.deepEqual(
    violated.filter((line) => line.includes("fine")),
    [],
  );
  const shown = new Set(STREETS.map(([rule]) => rule));
  assert.deepEqual(
    rules.forbidden.filter(({ name = "" }) => !shown.has(name)),
    [],
  );
});

const files = codeFiles();

test("every file of the checkout keeps the written rules", () => {
  assert.ok(files.size > MODULES_MIN, `only ${files.size} files were found`);
  assertNone([...files].flatMap(([path, text]) => checkFile(path, text)));
  assertNone(checkBlessed(files));
});

const checkout = cruiseUnder(ROOT);

test("imports run one way", async () => {
  const { summary } = await checkout;
  assert.ok(summary.totalCruised > MODULES_MIN, `only ${summary.totalCruised} modules were seen`);
  const comments = new Map(rules.forbidden.map(({ name, comment }) => [name, comment]));
  const violations = summary.violations.map(({ from, to, rule }) => {
    return `${from} -> ${to}: ${rule.name}: ${comments.get(rule.name)}`;
  });
  assert.equal(violations.length, 0, `\n${violations.join("\n")}`);
});

test("no file is dead", async () => {
  const { modules } = await checkout;
  const own = modules.filter(({ source }) => files.has(source) && !source.endsWith(".d.ts"));
  const imports = new Map(
    own.map(({ source, dependencies }) => [source, dependencies.map(({ resolved }) => resolved)]),
  );
  const entries = [...imports.keys()].filter((path) => ENTRY.test(path) || RUN_BY_NAME.test(path));
  const product = new Map([...imports].filter(([path]) => !isTestFile(path)));
  assertNone(
    checkReached(
      product,
      entries.filter((path) => !isTestFile(path)),
    ),
  );
  const tests = [...imports.keys()].filter((path) => path.endsWith(".test.ts"));
  const dead = checkReached(imports, [...entries, ...tests]);
  assertNone(dead.filter(({ path }) => isTestFile(path)));
});
