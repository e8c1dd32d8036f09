/** The log of a simulated node: nothing is printed; who watches the run hears of each fact. */
import type { LogFields, Logger } from "../../nodes/logger.js";
import { silentLogger } from "./silent-logger.js";

export function createSimLogger(onLine: (message: string, fields: LogFields) => void): Logger {
  const tell = (message: string, fields: LogFields = {}): void => onLine(message, fields);
  return { ...silentLogger, info: tell, warn: tell, error: tell };
}
