/** Elements that other parts of the page lead the keyboard to. */

/** The box that digits go to from anywhere on the page. */
export const GUESS_BOX_ID = "guess-box";
/** The button that opens the choice of a name. */
export const PLAYER_BUTTON_ID = "player-button";
/** The way through the past. */
export const SLIDER_ID = "time-slider";
