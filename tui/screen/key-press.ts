/** What the terminal reports of keyboard and mouse, whatever reads it. */

export interface KeyPress {
  /** "a", "A", "enter", "escape", "up", "C-c", "S-tab", "pageup", "/", "é" ... */
  readonly name: string;
  /** What was typed; "" for keys that type nothing. */
  readonly text: string;
}

export interface MouseEvent {
  readonly kind: "click" | "wheelup" | "wheeldown";
  /** The cell; 0, 0 is the upper left one. */
  readonly x: number;
  readonly y: number;
}
