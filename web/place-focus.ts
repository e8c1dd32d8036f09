/** Where the keyboard goes on when what had the focus is gone from the page. */

/**
 * To the first of these elements that takes the focus, unless something has it. Waits for the
 * drawing that is under way: what is asked for may be on its way into the page.
 */
export function placeFocus(...ids: readonly string[]): void {
  queueMicrotask(() => {
    for (const id of ids) {
      const { activeElement, body } = document;
      if (activeElement !== null && activeElement !== body) return;
      // The page stays where it is: on a phone the place may be far below.
      document.getElementById(id)?.focus({ preventScroll: true });
    }
  });
}
