// Proves that whatever the size and the names, no text breaks through the edge of its pane and no
// wide character is cut in half.
import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import stringWidth from "string-width";
import { playerName } from "../../game/names.js";
import { demoMessages, demoTransactions } from "./demo-game.testing.js";
import { frameText } from "./frame.js";
import { newScreen, PANES, type ScreenModel } from "./screen-model.js";
import { updateScreen } from "./screen-update.js";
import { layoutFor, view } from "./view.js";

const EDGES = new Set("┌┐└┘─│╔╗╚╝═║");

const letters = fc.constantFrom(
  "a",
  "W",
  " ",
  "é",
  "ß",
  "小",
  "明",
  "ｗ",
  "ا",
  "ก",
  "ी",
  "𠮷",
  "e\u0301",
);
const names = fc
  .array(letters, { minLength: 1, maxLength: 24 })
  .map((parts) => playerName(parts.join("").trim()))
  .filter((name) => name !== undefined);

/** The demo's game with other names in it. */
function screenOf(columns: number, rows: number, others: readonly string[]): ScreenModel {
  const setting = { suggestedPlayer: "ann", spectator: false, room: "lobby", mouse: false };
  const player = others[0] ?? "ann";
  const start = newScreen({ ...setting, player, columns, rows, theme: "plain", nowMs: 0 });
  const renamed = (name: string): string =>
    others[["ann", "bob", "eve", "dan", "小明", "zoe"].indexOf(name)] ?? name;
  const transactions = demoTransactions.map((transaction) => ({
    ...transaction,
    events: transaction.events.map((event) => {
      switch (event.type) {
        case "TargetSet":
          return { ...event, by: renamed(event.by) };
        case "GuessSubmitted":
          return { ...event, player: renamed(event.player) };
        case "RoundClosed":
          return { ...event, winner: renamed(event.winner) };
        default:
          return event;
      }
    }),
  }));
  return demoMessages().reduce((model, message) => {
    const named = message.type === "transactions" ? { ...message, transactions } : message;
    return updateScreen(model, { type: "session", message: named }, 0).model;
  }, start);
}

test("any names at any size leave every line and every edge whole", () => {
  const sizes = fc.record({
    columns: fc.integer({ min: 60, max: 200 }),
    rows: fc.integer({ min: 16, max: 60 }),
  });
  const property = fc.property(
    sizes,
    fc.array(names, { minLength: 6, maxLength: 6 }),
    ({ columns, rows }, others) => {
      const model = screenOf(columns, rows, others);
      const frame = view(model);
      for (const [index, cell] of frame.cells.entries()) {
        if (cell >= " " && cell <= "~" && frame.cells[index + 1] !== "") continue;
        const isWide = stringWidth(cell) > 1;
        const next = index % columns === columns - 1 ? undefined : frame.cells[index + 1];
        const isWhole = (next === "") === isWide;
        if (!isWhole) assert.fail(`"${cell}" and "${next}" in\n${frameText(frame)}`);
      }
      const layout = layoutFor(model);
      assert.ok(layout !== undefined);
      for (const rect of [layout.game, ...layout.panes.values()]) {
        for (let y = rect.y; y < rect.y + rect.height; y++) {
          for (const x of [rect.x, rect.x + rect.width - 1]) {
            const cell = frame.cells[y * columns + x] ?? "";
            if (!EDGES.has(cell)) assert.fail(`"${cell}" at ${x}, ${y}:\n${frameText(frame)}`);
          }
        }
      }
    },
  );
  fc.assert(property, { numRuns: 200 });
});

test("however long the names, the header tells how the screen stands and at which zxid", () => {
  const long = "明".repeat(24);
  for (const columns of [60, 80, 120]) {
    const model = screenOf(columns, 24, [long, long, long, long, long, long]);
    const room = "r".repeat(24);
    const named = { ...model, session: { ...model.session, room } };
    const [header = ""] = frameText(view(named)).split("\n");
    assert.match(header, /^ ZABBLE .* ● live {3}2\.6$/, header);
  }
});

test("the panes cover the screen between header and message, without overlapping", () => {
  for (const [columns, rows] of [
    [60, 16],
    [77, 40],
    [78, 22],
    [80, 24],
    [120, 40],
    [250, 80],
  ] as const) {
    const layout = layoutFor(screenOf(columns, rows, []));
    assert.ok(layout !== undefined);
    const covered = [layout.game, ...layout.panes.values()].reduce(
      (sum, { width, height }) => sum + width * height,
      0,
    );
    assert.equal(covered, columns * (rows - 4), `${columns} x ${rows}`);
    assert.equal(layout.panes.size, columns < 78 || rows < 22 ? 1 : PANES.length);
  }
});
