/**
 * Histories as text: one JSON object a line, described in README.md for whoever writes or reads
 * them elsewhere. What does not fit the description is refused with the line and the field.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { formatZxid, parseZxid } from "../../game/zxid.js";
import type { Operation, Result } from "./operation.js";

const NAME = z.string();
const COUNT = z.number().int().min(0);

const zxid = z.string().transform((text, context) => {
  const parsed = /^\d+\.\d+$/.test(text) ? parseZxid(text) : undefined;
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: "custom", message: 'expected "epoch.counter"' });
  return z.NEVER;
});

const call = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("setTarget"), value: z.number() }),
  z.strictObject({ type: z.literal("guess"), value: z.number() }),
  z.strictObject({ type: z.literal("close") }),
  z.strictObject({ type: z.literal("read") }),
]);

const view = z.strictObject({
  round: COUNT,
  open: z.boolean(),
  target: COUNT,
  by: NAME,
  guessCount: COUNT,
  guesses: z.array(z.strictObject({ player: NAME, value: COUNT })),
  lastClosed: z
    .strictObject({ round: COUNT, winner: NAME, guess: COUNT })
    .nullable()
    .transform((round) => round ?? undefined),
});

const result = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("committed"), zxid, round: COUNT }),
  z.strictObject({ type: z.literal("rejected"), reason: NAME }),
  z.strictObject({ type: z.literal("state"), zxid, view }),
]);

const line = z.strictObject({
  client: NAME,
  room: NAME,
  player: NAME,
  requestId: NAME,
  call,
  invokedAtMs: z.number(),
  returnedAtMs: z.number().optional(),
  result: result.optional(),
});

/** With a line break at the end of each line. */
export function toJsonLines(operations: readonly Operation[]): string {
  return operations.map((operation) => `${JSON.stringify(lineOf(operation))}\n`).join("");
}

function lineOf({ result: told, ...operation }: Operation): object {
  return told === undefined ? operation : { ...operation, result: resultOf(told) };
}

function resultOf(told: Result): object {
  if (told.type === "rejected") return told;
  const named = { ...told, zxid: formatZxid(told.zxid) };
  if (told.type === "committed") return named;
  const { lastClosed = null } = told.view;
  return { ...named, view: { ...told.view, lastClosed } };
}

/** Throws with the number of the line and what was expected there. Empty lines are skipped. */
export function fromJsonLines(text: string): Operation[] {
  return text.split("\n").flatMap((one, index) => {
    if (one.trim() === "") return [];
    try {
      return [operationOf(line.parse(JSON.parse(one)))];
    } catch (error) {
      const why = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      throw new Error(`line ${index + 1}: ${why}`);
    }
  });
}

function operationOf({ returnedAtMs, result: told, ...sent }: z.infer<typeof line>): Operation {
  if (returnedAtMs === undefined && told === undefined) return sent;
  if (returnedAtMs === undefined || told === undefined) {
    throw new Error("returnedAtMs and result are given together or not at all");
  }
  if (returnedAtMs < sent.invokedAtMs) throw new Error("the answer came before the sending");
  return { ...sent, returnedAtMs, result: told };
}

export function saveHistory(path: string, operations: readonly Operation[]): void {
  writeFileSync(path, toJsonLines(operations));
}

/** Throws if the file cannot be read, or as fromJsonLines does. */
export function loadHistory(path: string): Operation[] {
  return fromJsonLines(readFileSync(path, "utf8"));
}
