/**
 * A run as a sequence diagram in plain text: a column a node, time downwards, messages as arrows.
 * Pure: diagram-watch.ts collects the lines.
 */

/** One line: an arrow between two nodes, or a fact of one. */
export interface DiagramLine {
  readonly atMs: number;
  /** A place in the list of names. */
  readonly node: number;
  /** Undefined: not a message. */
  readonly to: number | undefined;
  /** One character, on the node's life line. */
  readonly mark: string;
  readonly text: string;
}

export interface DiagramWishes {
  readonly names: readonly string[];
  /** So many lines of the end. */
  readonly last: number;
  /** Of what came before: lines that mention a zxid or an epoch that this text names. */
  readonly about: string;
}

const WIDTH_MAX = 100;
const TIME_WIDTH = 10;
/** Of the lines before the end: the newest so many. */
const MENTIONS_MAX = 30;

export function drawDiagram(lines: readonly DiagramLine[], wishes: DiagramWishes): string {
  const { names, last, about } = wishes;
  const end = lines.slice(-last);
  const before = lines.slice(0, -last).filter(({ text }) => mentions(text, about));
  const width = columnWidth(names.length);
  const columns = names
    .map((name) => name.padEnd(width))
    .join("")
    .trimEnd();
  return [
    `${"ms".padStart(TIME_WIDTH - 2)}  ${columns}`,
    ...before.slice(-MENTIONS_MAX).map((line) => draw(line, names.length, width)),
    ...(before.length > 0 ? [`${"...".padStart(TIME_WIDTH - 2)}`] : []),
    ...end.map((line) => draw(line, names.length, width)),
  ].join("\n");
}

/** Seven columns leave room for words; three need not be crammed. */
function columnWidth(nodes: number): number {
  return nodes <= 3 ? 12 : nodes <= 5 ? 8 : 6;
}

/** The zxids (2.3) and epochs that the text names. */
function mentions(text: string, about: string): boolean {
  const names = about.match(/\b\d+\.\d+\b|\bepoch \d+\b/g) ?? [];
  return names.some((name) => new RegExp(`(^|[^\\d.])${name}($|[^\\d.])`).test(text));
}

/** One line: the nodes' life lines, with a mark or an arrow on them, and the words after it. */
function draw({ atMs, node, to, mark, text }: DiagramLine, nodes: number, width: number): string {
  const cells = Array.from({ length: nodes * width }, (_, at): string =>
    at % width === 0 ? "|" : " ",
  );
  const from = node * width;
  if (to !== undefined) {
    const end = to * width;
    const step = Math.sign(end - from);
    for (let at = from + step; at !== end; at += step) cells[at] = "-";
    cells[end] = step > 0 ? ">" : "<";
  }
  cells[from] = mark;
  const time = atMs.toFixed(1).padStart(TIME_WIDTH - 2);
  return `${time}  ${cells.join("")}${text}`.slice(0, WIDTH_MAX);
}
