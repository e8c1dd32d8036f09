/** Sparks, flashes and words on a canvas, in the colours of the page. */
import { edgeBetween, type NodePlace, type Place, RING_WIDTH } from "./ring-layout.js";
import type { Drawn, Flash, Spark, SparkShape } from "./sparks.js";

export type Palette = ReturnType<typeof paletteOf>;

const COLOURS: Readonly<Record<SparkShape, keyof Palette>> = {
  dot: "accent",
  ring: "good",
  diamond: "leader",
  triangle: "warn",
  square: "past",
};

/** Sparks keep to the right of their edge, so that the two directions do not meet. */
const LANE = 4;
const SIZE = 4;
const TAIL = 16;
const WORDS_PX = 10.5;
const WORDS_PADDING = 6;

/** As the theme has them now. */
export function paletteOf(element: Element) {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    accent: token("accent"),
    good: token("good"),
    leader: token("leader"),
    warn: token("warn"),
    past: token("past"),
    text: token("text"),
    line: token("line"),
    surface: token("surface"),
    sans: token("sans"),
  };
}

export function paintDrawn(
  context: CanvasRenderingContext2D,
  drawn: Drawn,
  places: ReadonlyMap<string, NodePlace>,
  palette: Palette,
): void {
  for (const flash of drawn.flashes) paintFlash(context, flash, places, palette);
  for (const spark of drawn.sparks) paintSpark(context, spark, places, palette);
  for (const [nodeId, words] of drawn.words) {
    const place = places.get(nodeId);
    if (place !== undefined) paintWords(context, words, place.aside, palette);
  }
  context.globalAlpha = 1;
}

function paintFlash(
  context: CanvasRenderingContext2D,
  { nodeId, done }: Flash,
  places: ReadonlyMap<string, NodePlace>,
  palette: Palette,
): void {
  const place = places.get(nodeId);
  if (place === undefined) return;
  context.globalAlpha = 0.8 * (1 - done);
  context.strokeStyle = palette.leader;
  context.lineWidth = 3 * (1 - done) + 0.5;
  context.beginPath();
  context.arc(place.x, place.y, place.r + 2 + 11 * eased(done), 0, 2 * Math.PI);
  context.stroke();
}

function paintSpark(
  context: CanvasRenderingContext2D,
  { shape, from, to, done }: Spark,
  places: ReadonlyMap<string, NodePlace>,
  palette: Palette,
): void {
  const one = places.get(from);
  const other = places.get(to);
  if (one === undefined || other === undefined) return;
  const edge = edgeBetween(one, other);
  const share = eased(done);
  const x = edge.from.x + (edge.to.x - edge.from.x) * share + edge.across.x * LANE;
  const y = edge.from.y + (edge.to.y - edge.from.y) * share + edge.across.y * LANE;
  // Along the way: a quarter turn back from across.
  const along = { x: edge.across.y, y: -edge.across.x };
  const colour = palette[COLOURS[shape]];
  const tail = TAIL * Math.sin(Math.PI * done);
  const behind = { x: x - along.x * tail, y: y - along.y * tail };
  const fade = context.createLinearGradient(behind.x, behind.y, x, y);
  fade.addColorStop(0, "transparent");
  fade.addColorStop(1, colour);
  context.globalAlpha = 0.5;
  context.strokeStyle = fade;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(behind.x, behind.y);
  context.lineTo(x, y);
  context.stroke();
  // Comes and goes softly at the rims.
  context.globalAlpha = Math.min(1, 8 * done, 8 * (1 - done));
  paintShape(context, shape, { x, y }, colour, palette.surface);
}

function paintShape(
  context: CanvasRenderingContext2D,
  shape: SparkShape,
  { x, y }: Place,
  colour: string,
  surface: string,
): void {
  context.beginPath();
  switch (shape) {
    case "dot":
    case "ring":
      context.arc(x, y, shape === "dot" ? SIZE : SIZE - 0.5, 0, 2 * Math.PI);
      break;
    case "diamond":
      polygon(context, x, y, [0, -1.5, 1.2, 0, 0, 1.5, -1.2, 0]);
      break;
    case "triangle":
      polygon(context, x, y, [0, -1.3, 1.25, 1, -1.25, 1]);
      break;
    case "square":
      polygon(context, x, y, [-0.9, -0.9, 0.9, -0.9, 0.9, 0.9, -0.9, 0.9]);
      break;
  }
  context.fillStyle = shape === "ring" ? surface : colour;
  context.fill();
  if (shape !== "ring") return;
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.stroke();
}

function polygon(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  corners: readonly number[],
): void {
  for (let at = 0; at + 1 < corners.length; at += 2) {
    context.lineTo(x + SIZE * (corners[at] ?? 0), y + SIZE * (corners[at + 1] ?? 0));
  }
  context.closePath();
}

function paintWords(
  context: CanvasRenderingContext2D,
  words: string,
  { x, y }: Place,
  palette: Palette,
): void {
  context.globalAlpha = 1;
  context.font = `${WORDS_PX}px ${palette.sans}`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  const width = context.measureText(words).width + 2 * WORDS_PADDING;
  const high = WORDS_PX + 6;
  // Words of nodes at the sides stay on the canvas.
  const middle = Math.min(RING_WIDTH - width / 2 - 1, Math.max(width / 2 + 1, x));
  context.beginPath();
  context.roundRect(middle - width / 2, y - high / 2, width, high, high / 2);
  context.fillStyle = palette.surface;
  context.fill();
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  context.stroke();
  context.fillStyle = palette.text;
  context.fillText(words, middle, y + 0.5);
}

function eased(done: number): number {
  return done < 0.5 ? 2 * done * done : 1 - 2 * (1 - done) * (1 - done);
}
