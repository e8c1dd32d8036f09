/** A logger that says nothing: simulated nodes are judged by what they do. */
import type { Logger } from "../../nodes/logger.js";

const nothing = (): void => {};

export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  isEnabled: () => false,
};
