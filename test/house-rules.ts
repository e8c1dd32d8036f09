/**
 * The written rules of the house as functions over a file's name and text, so that each can be
 * shown a bad example. Every message names the replacement. Rules about who imports whom are in
 * .dependency-cruiser.cjs.
 */
import ts from "typescript";

export interface Finding {
  readonly path: string;
  /** 1 is the first. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** Says at which offset of the text a rule is broken. */
type Report = (offset: number, message: string) => void;

interface Rule {
  readonly name: string;
  readonly appliesTo: (path: string) => boolean;
  readonly check: (source: ts.SourceFile, report: Report) => void;
}

const LINES_MAX = 400;
const COLUMNS_MAX = 100;
/** Shorter than any sentence that says what a file is for. */
const HEADER_CHARACTERS_MIN = 20;

const VAGUE_NAME = /(^|\/)(utils?|helpers?|common|misc|types|shared|lib)(\/|\.[^/]*$)/;
const BARREL = /(^|\/)index\.[cm]?[jt]s$/;
const LEFTOVER = /\b(TODO|FIXME|XXX|HACK)\b/;
const SILENCED = /@ts-(ignore|expect-error|nocheck)/;

/** Names that the pure folders may not mention, and what to do instead. */
const IMPURE = new Map([
  ...["Date", "performance"].map((name) => [name, "time arrives in the input"] as const),
  ...["setTimeout", "setInterval", "setImmediate", "queueMicrotask"].map(
    (name) => [name, "count ticks; only the driver has a clock"] as const,
  ),
  ["Promise", "return what is to be done; only the driver waits"] as const,
  ...["process", "console", "fetch", "require"].map(
    (name) => [name, "return it in the output; only the driver acts"] as const,
  ),
]);

export function isTestFile(path: string): boolean {
  return /\.(test|testing)\.[cm]?ts$/.test(path) || path.startsWith("test/");
}

function isPure(path: string): boolean {
  return /^(game|nodes\/zab)\//.test(path) && !isTestFile(path);
}

const everywhere = () => true;

export const RULES: readonly Rule[] = [
  {
    name: "pure",
    appliesTo: isPure,
    check: (source, report) => visit(source, (node) => checkPurity(node, source, report)),
  },
  {
    name: "no-default-export",
    // eslint reads its settings from a default export; a .d.ts describes what others wrote.
    appliesTo: (path) => path !== "eslint.config.mjs" && !path.endsWith(".d.ts"),
    check: (source, report) =>
      visit(source, (node) => {
        const assigned = ts.isExportAssignment(node) && node.isExportEquals !== true;
        // As a modifier; the default of a switch is no node of its own.
        if (assigned || node.kind === ts.SyntaxKind.DefaultKeyword) {
          report(node.getStart(source), "export by name, so that every importer uses one word");
        }
      }),
  },
  {
    name: "no-any",
    appliesTo: everywhere,
    check: (source, report) =>
      visit(source, (node) => {
        if (node.kind === ts.SyntaxKind.AnyKeyword) {
          report(node.getStart(source), "take unknown and narrow it, or name the real type");
        }
      }),
  },
  {
    name: "no-non-null",
    appliesTo: everywhere,
    check: (source, report) =>
      visit(source, (node) => {
        const definite =
          (ts.isPropertyDeclaration(node) || ts.isVariableDeclaration(node)) &&
          node.exclamationToken !== undefined;
        if (ts.isNonNullExpression(node) || definite) {
          report(node.getStart(source), "handle undefined, or throw with what was expected");
        }
      }),
  },
  {
    name: "no-silenced-types",
    appliesTo: everywhere,
    check: (source, report) =>
      inComments(source, SILENCED, report, "fix the type; narrow unknown where data comes in"),
  },
  {
    name: "no-leftovers",
    appliesTo: everywhere,
    check: (source, report) =>
      inComments(source, LEFTOVER, report, "do it now, or describe the limit as it is"),
  },
  {
    name: "file-name",
    appliesTo: everywhere,
    check: ({ fileName }, report) => {
      if (VAGUE_NAME.test(fileName)) report(0, "name the file after the one idea in it");
      if (BARREL.test(fileName)) report(0, "let importers name the file they mean");
    },
  },
  {
    name: "file-length",
    appliesTo: everywhere,
    check: ({ text }, report) => {
      const lines = text.trimEnd().split("\n").length;
      if (lines > LINES_MAX) {
        report(0, `${lines} lines: move an idea of its own out; ${LINES_MAX} is the most`);
      }
    },
  },
  {
    name: "line-length",
    appliesTo: everywhere,
    check: ({ text }, report) => {
      let offset = 0;
      for (const line of text.split("\n")) {
        const columns = [...line].length;
        if (columns > COLUMNS_MAX) {
          report(offset, `${columns} columns: break the line; ${COLUMNS_MAX} is the most`);
        }
        offset += line.length + 1;
      }
    },
  },
  {
    name: "file-header",
    appliesTo: everywhere,
    check: (source, report) => {
      const text = source.text.replace(/^#!.*\n/, "").trimStart();
      const comment = /^(\/\*[\s\S]*?\*\/|(\/\/.*(\n|$))+)/.exec(text)?.[0] ?? "";
      if (comment.replace(/[\s/*]/g, "").length >= HEADER_CHARACTERS_MIN) return;
      const wanted = isTestFile(source.fileName)
        ? "begin with a comment that says what the test proves"
        : "begin with a comment that says what the file is for and what it may not do";
      report(0, wanted);
    },
  },
];

function scriptKindOf(path: string): ts.ScriptKind {
  if (path.endsWith(".tsx")) return ts.ScriptKind.TSX;
  return /\.[cm]?js$/.test(path) ? ts.ScriptKind.JS : ts.ScriptKind.TS;
}

/** Everything that one file does against the house's rules, in order of the rules. */
export function checkFile(path: string, text: string): Finding[] {
  const kind = scriptKindOf(path);
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true, kind);
  const findings: Finding[] = [];
  for (const rule of RULES) {
    if (!rule.appliesTo(path)) continue;
    rule.check(source, (offset, message) => {
      const line = source.getLineAndCharacterOfPosition(offset).line + 1;
      findings.push({ path, line, rule: rule.name, message });
    });
  }
  return findings;
}

/** blessed may change places, but it may not spread: every file after the first is one too many. */
export function checkBlessed(files: ReadonlyMap<string, string>): Finding[] {
  const importers = [...files].filter(([path, text]) => {
    if (isTestFile(path)) return false;
    return ts.preProcessFile(text).importedFiles.some(({ fileName }) => fileName === "blessed");
  });
  return importers.slice(1).map(([path]) => ({
    path,
    line: 1,
    rule: "blessed-in-one-file",
    message: `draw through ${importers[0]?.[0]}, the one file that knows blessed`,
  }));
}

/** A product file that no product file leads to from an entry is dead, even if a test uses it. */
export function checkReached(
  imports: ReadonlyMap<string, readonly string[]>,
  entries: readonly string[],
): Finding[] {
  const reached = new Set<string>();
  const open = [...entries];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    open.push(...(imports.get(path) ?? []));
  }
  const unreached = [...imports.keys()].filter((path) => !reached.has(path));
  return unreached.map((path) => ({
    path,
    line: 1,
    rule: "no-dead-files",
    message: "import it from what needs it, or delete it",
  }));
}

function checkPurity(node: ts.Node, source: ts.SourceFile, report: Report): void {
  const start = node.getStart(source);
  if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) {
    report(start, "no waiting here: return what is to be done; only the driver waits");
  }
  if (ts.isStringLiteral(node) && node.text.startsWith("node:") && isModuleName(node)) {
    report(start, `no ${node.text} here: take what you need as an argument`);
  }
  if (!ts.isIdentifier(node)) return;
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent) && parent.name === node) {
    const random = node.text === "random" && parent.expression.getText(source) === "Math";
    if (random) report(start, "no Math.random here: chance arrives in the input");
    return;
  }
  const instead = IMPURE.get(node.text);
  const isOwnName = "name" in parent && parent.name === node && ts.isPropertyName(node);
  if (instead !== undefined && !(isOwnName && isMember(parent))) {
    report(start, `no ${node.text} here: ${instead}`);
  }
}

function isModuleName(node: ts.StringLiteral): boolean {
  const { parent } = node;
  return ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || isCall(parent);
}

function isCall(node: ts.Node): boolean {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
}

/** Members may be called what they like: `entry.process` is not the process. */
function isMember(node: ts.Node): boolean {
  return ts.isClassElement(node) || ts.isTypeElement(node) || ts.isPropertyAssignment(node);
}

function visit(node: ts.Node, look: (node: ts.Node) => void): void {
  look(node);
  if (ts.canHaveModifiers(node)) ts.getModifiers(node)?.forEach(look);
  ts.forEachChild(node, (child) => {
    if (!ts.isModifier(child)) visit(child, look);
  });
}

/** What lies between two tokens is space and comments, so searching there misses every string. */
function inComments(source: ts.SourceFile, pattern: RegExp, report: Report, message: string): void {
  const tokens = (node: ts.Node): void => {
    if (node.kind !== ts.SyntaxKind.EndOfFileToken && node.getChildCount(source) > 0) {
      for (const child of node.getChildren(source)) tokens(child);
      return;
    }
    const from = node.getFullStart();
    const between = source.text.slice(from, node.getStart(source));
    for (const match of between.matchAll(new RegExp(pattern, "g"))) {
      report(from + match.index, `${match[0]}: ${message}`);
    }
  };
  tokens(source);
}
