/**
 * What the mouse does: a click on a pane or on a key of the footer, the wheel over a pane. Pure.
 */
import { contextOf } from "./key-context.js";
import type { MouseEvent } from "./key-press.js";
import { onAction } from "./on-key.js";
import type { ScreenModel } from "./screen-model.js";
import { type ScreenStep, still } from "./screen-step.js";
import { layoutFor, paneAt } from "./view.js";
import { footerEntries } from "./view-chrome.js";

export function onMouse(model: ScreenModel, { kind, x, y }: MouseEvent): ScreenStep {
  const layout = layoutFor(model);
  if (layout === undefined) return still(model);
  const context = contextOf(model);
  if (kind === "click" && y === layout.footer.y) {
    const entry = footerEntries(model, layout.footer.width).find(
      (one) => x >= one.x && x < one.x + one.width,
    );
    return entry === undefined ? still(model) : onAction(model, context, entry.binding.action);
  }
  if (kind !== "click" && model.overlay !== undefined) {
    return onAction(model, context, kind === "wheelup" ? "up" : "down");
  }
  const pane = paneAt(model, x, y);
  if (pane === undefined || model.overlay !== undefined) return still(model);
  const focused = { ...model, focus: pane };
  if (kind === "click") return still(focused);
  const scrolled = onAction(focused, context, kind === "wheelup" ? "up" : "down");
  return still({ ...scrolled.model, focus: model.focus });
}
