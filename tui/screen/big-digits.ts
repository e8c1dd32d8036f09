/** Numbers large enough to be read across a room: drawn by pixels, as whole or as half blocks. */

/** Four pixels wide, six high; # is on. */
const PIXELS: readonly (readonly string[])[] = [
  ["####", "#  #", "#  #", "#  #", "#  #", "####"],
  ["  # ", " ## ", "  # ", "  # ", "  # ", " ###"],
  ["####", "   #", "####", "#   ", "#   ", "####"],
  ["####", "   #", " ###", "   #", "   #", "####"],
  ["#  #", "#  #", "####", "   #", "   #", "   #"],
  ["####", "#   ", "####", "   #", "   #", "####"],
  ["####", "#   ", "####", "#  #", "#  #", "####"],
  ["####", "   #", "   #", "  # ", "  # ", "  # "],
  ["####", "#  #", "####", "#  #", "#  #", "####"],
  ["####", "#  #", "####", "   #", "   #", "####"],
];

const PIXEL_ROWS = 6;

/** Three lines; four columns a digit and one between two. */
export function halfBlockDigits(value: number): string[] {
  const rows = pixelRows(value);
  const lines: string[] = [];
  for (let row = 0; row < PIXEL_ROWS; row += 2) {
    const upper = rows[row] ?? "";
    const lower = rows[row + 1] ?? "";
    lines.push([...upper].map((pixel, x) => halfBlock(pixel === "#", lower[x] === "#")).join(""));
  }
  return lines;
}

/** Six lines; eight columns a digit and two between two. */
export function wholeBlockDigits(value: number): string[] {
  return pixelRows(value).map((row) =>
    [...row].map((pixel) => (pixel === "#" ? "██" : "  ")).join(""),
  );
}

function pixelRows(value: number): string[] {
  const digits = [...String(value)].map((digit) => PIXELS[Number(digit)] ?? []);
  return Array.from({ length: PIXEL_ROWS }, (_, row) =>
    digits.map((digit) => digit[row] ?? "").join(" "),
  );
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper) return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}
