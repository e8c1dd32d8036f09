/** Boxes over the screen: help, rooms, breaking things, are-you-sure, and who plays. */
import type { BreakWish } from "../../client/break-cluster.js";
import { type ClusterModel, isUnheard } from "../../client/cluster-model.js";
import { roomChoices } from "../../client/room-choices.js";
import type { Session } from "../../client/session-model.js";
import { fit, widthOf, wrap } from "./cells.js";
import type { Canvas, Rect, Style } from "./frame.js";
import { helpLines } from "./help.js";
import { KEYS } from "./keys.js";
import { cursorColumn } from "./line-editor.js";
import { markOf } from "./pane-cluster.js";
import type { Overlay, ScreenModel } from "./screen-model.js";

export function drawOverlay(canvas: Canvas, model: ScreenModel): void {
  const { overlay } = model;
  switch (overlay?.kind) {
    case "help":
      drawHelp(canvas, overlay.top);
      return;
    case "rooms":
      drawRooms(canvas, model, overlay);
      return;
    case "breaking":
      drawBreaking(canvas, model.session, overlay);
      return;
    case "confirm":
      drawConfirm(canvas, model.session, overlay.wish);
      return;
    case undefined:
      if (model.purpose === "player" && model.session.player === undefined) drawWelcome(canvas);
  }
}

/** Columns that the help's lines have. */
export function helpWidth(columns: number): number {
  return Math.min(columns - 4, 92) - 4;
}

/** Lines of help that are in sight at once. */
export function helpHeight(rows: number): number {
  return Math.max(1, rows - 6);
}

function drawHelp(canvas: Canvas, top: number): void {
  const inner = helpWidth(canvas.width);
  const width = inner + 4;
  const lines = helpLines(inner);
  const height = Math.min(helpHeight(canvas.height), lines.length);
  const rect = centred(canvas, width, height + 2);
  const first = Math.min(top, Math.max(0, lines.length - height));
  canvas.box(rect, `help   ${first + 1}-${first + height} of ${lines.length}`, "focus");
  lines.slice(first, first + height).forEach((line, row) => {
    canvas.spans(rect.x + 2, rect.y + 1 + row, line, inner);
  });
}

function drawRooms(
  canvas: Canvas,
  model: ScreenModel,
  overlay: Extract<Overlay, { readonly kind: "rooms" }>,
): void {
  const choices = roomChoices(model.session, overlay.typed.text);
  const listHeight = Math.min(12, Math.max(3, choices.length), canvas.height - 8);
  const rect = centred(canvas, Math.min(canvas.width - 4, 62), listHeight + 5);
  const width = rect.width - 4;
  canvas.box(rect, "rooms", "focus");
  const label = "room › ";
  canvas.text(rect.x + 2, rect.y + 1, label, "accent");
  const x = rect.x + 2 + label.length;
  canvas.text(x, rect.y + 1, overlay.typed.text, "strong", width - label.length);
  canvas.cursor({ x: x + cursorColumn(overlay.typed), y: rect.y + 1 });
  const top = Math.max(0, overlay.chosen - listHeight + 1);
  const nameWidth = Math.max(8, ...choices.map(({ name }) => widthOf(name)));
  choices.slice(top, top + listHeight).forEach((choice, row) => {
    const isChosen = top + row === overlay.chosen;
    const text = `${isChosen ? "▶" : " "} ${fit(choice.name, nameWidth)}  ${choice.words}`;
    canvas.text(rect.x + 2, rect.y + 2 + row, fit(text, width), isChosen ? "selected" : "plain");
  });
  const words = "Type to narrow down or to name a new room.";
  canvas.text(rect.x + 2, rect.y + rect.height - 2, words, "faint", width);
}

function drawBreaking(
  canvas: Canvas,
  { cluster }: Session,
  overlay: Extract<Overlay, { readonly kind: "breaking" }>,
): void {
  const nodes = cluster?.nodes ?? [];
  const actions = KEYS.breaking.filter(
    ({ action }) => !["up", "down", "cancel", "submit", "redraw", "suspend"].includes(action),
  );
  const rows = Math.max(nodes.length, overlay.cutFrom === undefined ? actions.length : 1);
  const rect = centred(canvas, Math.min(canvas.width - 4, 74), rows + 5);
  const title =
    overlay.cutFrom === undefined ? "break things" : `cut the link of ${overlay.cutFrom} to`;
  canvas.box(rect, title, "focus");
  nodes.forEach((node, row) => {
    const isChosen = row === overlay.chosen;
    const [mark, style] = markOf(node);
    const text = `${isChosen ? "▶" : " "} ${mark} ${fit(node.nodeId, 14)}`;
    canvas.text(rect.x + 2, rect.y + 2 + row, text, isChosen ? "selected" : style);
  });
  if (overlay.cutFrom === undefined) {
    actions.forEach(({ shown, short, does }, row) => {
      const at = canvas.text(rect.x + 22, rect.y + 2 + row, shown, "accent");
      canvas.text(at + 1, rect.y + 2 + row, `${fit(short, 9)} ${does}`, "plain", rect.width - 26);
    });
  }
  const words =
    overlay.cutFrom === undefined
      ? "↑ ↓ choose the node, a letter what is done. You are asked first."
      : "↑ ↓ choose the other node, c cuts. You are asked first.";
  canvas.text(rect.x + 2, rect.y + rect.height - 2, words, "faint", rect.width - 4);
}

function drawConfirm(canvas: Canvas, session: Session, wish: BreakWish): void {
  const width = Math.min(canvas.width - 4, 64);
  const lines = wrap(wishToBreakInWords(wish, session), width - 4);
  const rect = centred(canvas, width, lines.length + 4);
  canvas.box(rect, "are you sure?", "bad");
  lines.forEach((line, row) => {
    canvas.text(rect.x + 2, rect.y + 1 + row, line, "plain", width - 4);
  });
  canvas.text(rect.x + 2, rect.y + rect.height - 2, "y yes   n no", "accent", width - 4);
}

/** What is going to happen, as a sentence and its consequence. */
function wishToBreakInWords({ action, nodeId, peerId }: BreakWish, { cluster }: Session): string {
  const leads = cluster?.leader?.nodeId === nodeId;
  const who = leads ? `${nodeId}, the leader` : nodeId;
  const lost = whatIsLost(nodeId, leads, cluster);
  switch (action) {
    case "kill":
      return `End the process of ${who}, without a goodbye.${lost}`;
    case "pause":
      return `Make ${who} deaf and mute to the other nodes for 10 s.${lost}`;
    case "resume":
      return `End the pause of ${who}.`;
    case "cut":
      return `Cut the link between ${nodeId} and ${peerId}.`;
    case "isolate":
      return `Cut all links of ${who}.${lost}`;
    case "heal":
      return "Heal every link that was cut.";
    case "stepDown":
      return `Ask ${who} to give up its leadership. There is an election, and it may win that too.`;
  }
}

/** What it means for the cluster to go on without the node, as a sentence after a space. */
function whatIsLost(nodeId: string, leads: boolean, cluster: ClusterModel | undefined): string {
  if (cluster === undefined) return "";
  const { nodes, quorum } = cluster;
  const isDown = nodes.find((node) => node.nodeId === nodeId)?.state === "down";
  if (isDown) return " It is down already.";
  if (isUnheard(cluster)) return " Nobody answers: how the others stand is not known.";
  const up = nodes.filter(({ state }) => state === "up");
  const left = up.filter((node) => node.nodeId !== nodeId).length;
  if (up.length < quorum) return " There are too few nodes already.";
  if (left < quorum)
    return ` Then ${left} of ${quorum} needed nodes are left: nothing is confirmed.`;
  if (leads) return " The others elect a new leader; the round goes on.";
  return " The others are enough; the round goes on.";
}

function drawWelcome(canvas: Canvas): void {
  const lines: readonly (readonly [string, Style])[] = [
    ["ZABBLE", "strong"],
    ["", "plain"],
    ["Guess a number from 0 to 100; the closest guess wins the round.", "plain"],
    ["Everything you see is committed by a majority of the nodes:", "plain"],
    ["kill the leader in the middle of a round, and the round goes on.", "plain"],
    ["", "plain"],
    ["Who plays? Your name below, then Enter. Esc: only watch.", "accent"],
  ];
  const width = Math.max(...lines.map(([text]) => widthOf(text))) + 4;
  const rect = centred(canvas, Math.min(width, canvas.width - 2), lines.length + 2);
  canvas.box(rect, "welcome", "focus");
  lines.forEach(([text, style], row) => {
    canvas.text(rect.x + 2, rect.y + 1 + row, text, style, rect.width - 4);
  });
}

function centred(canvas: Canvas, width: number, height: number): Rect {
  const x = Math.max(0, Math.floor((canvas.width - width) / 2));
  const y = Math.max(1, Math.floor((canvas.height - 2 - height) / 2));
  return { x, y, width, height };
}
