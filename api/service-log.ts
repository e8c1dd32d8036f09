/** Where the services report faults that are nobody's answer: a line of words, and its facts. */

export interface ServiceLog {
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
