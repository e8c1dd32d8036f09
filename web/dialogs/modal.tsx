/**
 * A box over the page. The browser's own dialog keeps the focus inside, begins with the first
 * control, and gives the focus back.
 */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { GUESS_BOX_ID, PLAYER_BUTTON_ID } from "../element-ids.js";
import { placeFocus } from "../place-focus.js";

export interface ModalProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Modal({ title, onClose, children }: ModalProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const box = dialog.current;
    box?.showModal();
    return () => {
      // A dialog that is only taken away gives nothing back.
      box?.close();
      placeFocus(GUESS_BOX_ID, PLAYER_BUTTON_ID);
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="modal-title" onClose={onClose} closedby="any">
      <div class="modal">
        <h2 id="modal-title">{title}</h2>
        {children}
        {/* The last, so that whoever types and presses Enter does not close the box. */}
        <button
          type="button"
          class="quiet close"
          aria-label={`Close: ${title}`}
          onClick={() => dialog.current?.close()}
        >
          ✕
        </button>
      </div>
    </dialog>
  );
}
