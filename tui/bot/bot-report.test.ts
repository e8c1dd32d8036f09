// Proves what people see of bots: on a terminal one line that is rewritten and makes room for
// others, elsewhere one line after the other, and one bot in the singular.
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { type BotPlan, createBotReport } from "./bot-report.js";
import { createTally } from "./tally.js";

const plan: BotPlan = {
  names: ["bot1"],
  room: "attic",
  servers: ["http://127.0.0.1:7101"],
  rate: 0.5,
  strategy: "bisect",
  seed: 42,
  targets: true,
  durationMs: undefined,
};

function reportOn(isTTY: boolean, json = false) {
  const stdout = Object.assign(new PassThrough(), { isTTY });
  const tally = createTally();
  const text = (): string => String(stdout.read() ?? "");
  return { tally, text, report: createBotReport({ stdout }, json, tally) };
}

test("the start names the bots, how they play, and how to stop them", () => {
  const { report, text } = reportOn(false);
  report.start(plan);
  report.start({ ...plan, names: ["bot1", "bot2", "bot3"], servers: ["a", "b"] });
  assert.equal(
    text(),
    "1 bot (bot1) plays in attic through 1 server, 0.5 guesses/s, strategy bisect, seed 42. " +
      "Ctrl-C stops it.\n" +
      "3 bots (bot1 .. bot3) play in attic through 2 servers, 0.5 guesses/s each, " +
      "strategy bisect, seed 42. Ctrl-C stops them.\n",
  );
});

test("elsewhere progress comes every 10 s and counts the last interval", () => {
  const { report, tally, text } = reportOn(false);
  assert.equal(report.progressEveryMs, 10_000);
  for (let i = 0; i < 20; i++) tally.guessConfirmed(0.01);
  tally.refused();
  report.progress(10_000);
  tally.repeated();
  report.progress(20_000);
  assert.equal(
    text(),
    "10 s: 20 confirmed, 2/s, 1 refused, 0 repeated, median 0 ms, p99 0 ms\n" +
      "20 s: 20 confirmed, 0/s, 1 refused, 1 repeated\n",
  );
});

test("on a terminal progress is rewritten every second, and other lines replace it", () => {
  const { report, text } = reportOn(true);
  assert.equal(report.progressEveryMs, 1000);
  report.progress(1000);
  report.progress(2000);
  report.lost("http://b", "it ended the stream");
  report.found("http://b");
  report.summary(2500, 3);
  const clear = "\r\u001b[K";
  const progress = (s: number): string =>
    `${clear}\u001b[?7l${s} s: 0 confirmed, 0/s, 0 refused, 0 repeated\u001b[?7h`;
  assert.equal(
    text(),
    `${progress(1)}${progress(2)}${clear}Lost http://b: it ended the stream.
Found http://b again.
In 2.5 s: 0 confirmed (0/s), 0 refused, 0 repeated, 3 unanswered, 0 targets set.
`,
  );
});

test("JSON lines are the same on a terminal, with null for what there is none of", () => {
  const { report, tally, text } = reportOn(true, true);
  report.progress(1000);
  tally.targetConfirmed();
  report.summary(2000, 0);
  const counts = { confirmed: 0, refused: 0, repeated: 0 };
  const none = { perSecond: 0, medianMs: null, p99Ms: null };
  assert.deepEqual(
    text()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line)),
    [
      { type: "progress", elapsedMs: 1000, ...counts, targets: 0, ...none },
      { type: "summary", elapsedMs: 2000, ...counts, targets: 1, unanswered: 0, ...none },
    ],
  );
});
