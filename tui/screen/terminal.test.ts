// Proves that a real terminal emulator shows exactly the frames that were painted, hears of every
// key and click once and in order, and is handed back as it was, however the program ends.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { text as allOf } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Canvas, createCanvas, type Frame, frameText, type Style } from "./frame.js";
import { COLUMNS, createEmulator, type Emulator, ROWS, stage } from "./terminal.testing.js";
import { lookOf } from "./theme.js";

function draw(paint: (canvas: Canvas) => void, width = COLUMNS, height = ROWS): Frame {
  const canvas = createCanvas(width, height);
  paint(canvas);
  return canvas.finish();
}

function line(text: string, style: Style = "plain"): Frame {
  return draw((canvas) => canvas.text(0, 0, text, style));
}

function busyFrame(player = "bob"): Frame {
  return draw((canvas) => {
    canvas.box({ x: 0, y: 0, width: COLUMNS, height: ROWS }, "guesses", "border");
    canvas.text(2, 1, "★ ● ◌ ✕ ○ ◆ ▲ ▼ ▁▂▃▄▅▆▇█ ✓ … › – “x”", "good");
    canvas.text(2, 2, `漢字の名前 ${player}`, "own");
    canvas.text(COLUMNS - 3, 3, "名", "own");
    canvas.text(2, 4, "naïve Zoë 𝕫 e\u0301", "strong");
  });
}

test("a frame is shown cell for cell, also in the last column and row", async (t) => {
  const { shows, written } = stage(t);
  await shows(busyFrame());
  assert.equal(written().includes("\x1b(0"), false, "no other character set for lines");
});

test("a second frame sends only what has changed", async (t) => {
  const { emulator, terminal, shows } = stage(t);
  await shows(busyFrame("bob"));
  const before = emulator.bytes();
  await shows(busyFrame("eve"));
  const sent = emulator.bytes() - before;
  assert.ok(sent > 0 && sent < 60, `${sent} bytes for three letters`);
  terminal.paint(busyFrame("eve"));
  terminal.setMouse(true);
  await once(emulator.output, "data");
  assert.ok(
    emulator.bytes() - before - sent < 20,
    "an equal frame sends nothing, only the mouse was asked for",
  );
});

for (const theme of ["dark", "light", "plain"] as const) {
  test(`styles look as the theme ${theme} says`, async (t) => {
    const { emulator, shows, written } = stage(t, { theme });
    const styles = ["faint", "strong", "bad", "own", "selected", "past", "focus"] as const;
    await shows(
      draw((canvas) => {
        for (const [y, style] of styles.entries()) canvas.text(1, y, style, style);
      }),
    );
    for (const [y, style] of styles.entries()) {
      const { fg, bg, bold = false, underline = false, inverse = false } = lookOf(theme, style);
      assert.deepEqual(emulator.styleAt(1, y), { fg, bg, bold, underline, inverse }, style);
    }
    assert.equal(emulator.styleAt(0, 0).fg, undefined);
    const codes = written()
      .toString()
      .split("\x1b[")
      .flatMap((part) => /^([\d;]*)m/.exec(part)?.[1]?.split(";") ?? []);
    const isColour = (code: string): boolean => !["", "1", "4", "7"].includes(code);
    assert.equal(codes.some(isColour), theme !== "plain");
  });
}

test("another theme repaints what is there", async (t) => {
  const { emulator, terminal, shows } = stage(t);
  await shows(line("a line", "good"));
  terminal.setTheme("light");
  const { fg } = lookOf("light", "good");
  await emulator.until(() => emulator.styleAt(0, 0).fg === fg, "the light theme");
});

test("wide names come and go at every column without residue", async (t) => {
  const { shows } = stage(t);
  const names = ["漢字", "a漢b字c", "한글", "x漢", "ascii", "", "名前は長い", "e\u0301漢"];
  for (let step = 0; step < 60; step++) {
    const frame = draw((canvas) => {
      for (let y = 0; y < ROWS; y++) {
        const name = names[(step + y) % names.length] ?? "";
        canvas.text((step * 3 + y * 7) % COLUMNS, y, `${name}|`, step % 3 === 0 ? "own" : "bad");
        canvas.text(COLUMNS - 1, y, "│", "border");
      }
    });
    await shows(frame);
  }
});

test("half a wide character is a blank, whichever half is covered", async (t) => {
  const covered = draw((canvas) => {
    for (const x of [0, 1, 2]) {
      canvas.text(0, x, "漢字", "plain");
      canvas.text(x, x, "x", "plain");
    }
  });
  const screens = { "C.UTF-8": "x 字\n x字\n漢x", C: "x ?\n x?\n? x" };
  for (const [LANG, wanted] of Object.entries(screens)) {
    const { emulator, terminal } = stage(t, { env: { LANG } });
    terminal.paint(covered);
    await emulator.until((text) => text.trimEnd() === wanted, "no halves");
  }
});

test("a character that the terminal takes for narrower moves nothing beside it", async (t) => {
  const { emulator, terminal, shows } = stage(t);
  await shows(line("xxxxxx|"));
  // The emulator's tables give this one column, ours two.
  terminal.paint(line("a😀bc  |"));
  await emulator.until((text) => text.startsWith("a😀 bc  |"), "the bar at its column");
});

test("the cursor is shown where the frame says, and hidden otherwise", async (t) => {
  const { emulator, terminal, shows } = stage(t);
  await shows(line("none"));
  assert.equal(emulator.cursor(), undefined);
  for (const [x, y, words] of [
    [7, 3, "here"],
    [8, 3, "there"],
    [8, 3, "漢 elsewhere"],
    [COLUMNS - 1, ROWS - 1, "last"],
  ] as const) {
    terminal.paint(
      draw((canvas) => {
        canvas.text(0, 6, words, "good");
        canvas.cursor({ x, y });
      }),
    );
    await emulator.until((text) => text.includes(words), words);
    assert.deepEqual(emulator.cursor(), { x, y });
  }
  terminal.paint(draw((canvas) => canvas.cursor({ x: COLUMNS, y: 3 })));
  await emulator.until(() => emulator.cursor() === undefined, "hidden when outside");
});

test("a resize is told, keeps what there is room for, and the next frame fits", async (t) => {
  const { emulator, terminal, counts, shows } = stage(t);
  const frame = draw((canvas) => {
    for (let y = 0; y < ROWS; y++) canvas.text(0, y, `${`${y}`.repeat(29)}漢字`, "plain");
    canvas.cursor({ x: 2, y: 2 });
  });
  await shows(frame);
  emulator.resize(30, 4);
  assert.equal(counts.resized, 1);
  assert.deepEqual(terminal.size(), { columns: 30, rows: 4 });
  const cut = ["0", "1", "2", "3"].map((row) => row.repeat(29)).join("\n");
  await emulator.until((text) => text === cut, "the frame, cut");
  assert.deepEqual(emulator.cursor(), { x: 2, y: 2 });
  emulator.resize(50, 10);
  await emulator.until((text) => text === `${frameText(frame)}\n\n`, "blanks beside it");
  await shows(draw((canvas) => canvas.text(45, 9, "right", "focus"), 50, 10));
});

test("redraw repairs what others have scribbled on the screen", async (t) => {
  const { emulator, terminal, shows } = stage(t);
  await shows(busyFrame());
  emulator.output.write("\x1b[3;3Hnoise from elsewhere\r\nmore of it");
  await emulator.until((text) => text.includes("more of it"), "the noise");
  terminal.redraw();
  await emulator.until((text) => text === frameText(busyFrame()), "the frame again");
});

test("every named key is one key", async (t) => {
  const { emulator, keysThrough } = stage(t);
  await emulator.until(() => !emulator.isRestored(), "the terminal set up");
  assert.equal(emulator.input.isRaw, true, "or Ctrl-C would be no key");
  const names =
    "enter escape up down left right tab S-tab pageup pagedown home end backspace delete " +
    "C-c C-z C-l C-a C-e C-u C-w";
  for (const name of [...names.split(" "), "!"]) emulator.press(name);
  assert.equal(await keysThrough("!=!"), `${names} !=!`);
});

for (const [what, chunks, wanted] of [
  [
    "what other terminals send for a key",
    "\x1b[A \x1bOA \x1b[H \x1b[1~ \x1b[7~ \x1b[[A \x1bOP \x1b[1;5C \x1b[2$ \b \n".split(" "),
    "up up home home home f1 f1 C-right S-insert backspace enter",
  ],
  [
    "many keys in one chunk, in every script",
    ["gü漢😀𝕫7 Z?\r\x1b[A\x1bOBx\x03\x1b[5~q\n\x1ba"],
    "g=g ü=ü 漢=漢 😀=😀 𝕫=𝕫 7=7  =  Z=Z ?=? enter up down x=x C-c pageup q=q enter M-a",
  ],
  ["a character in two chunks", [Buffer.of(0xe6, 0xbc), Buffer.of(0xa2)], "漢=漢"],
  ["a sequence in two chunks", ["\x1b[1;", "5Az"], "C-up z=z"],
  ["answers and unknown keys", ["\x1b[?1;2c\x1b[97;5u\x1b[I\x1b[O\x1b[200~\x1c."], ".=."],
] as const) {
  test(`read right: ${what}`, async (t) => {
    const { emulator, keysThrough } = stage(t);
    for (const chunk of [...chunks, "!"]) emulator.input.write(chunk);
    assert.equal(await keysThrough("!=!"), `${wanted} !=!`);
  });
}

test("clicks and wheel come only while the mouse is on", async (t) => {
  const { emulator, terminal, mouse, keysThrough, shows } = stage(t);
  emulator.mouse("click", 2, 3);
  emulator.type("\x1b[<0;3;4M");
  terminal.setMouse(true);
  // Shown after the mouse was asked for.
  await shows(line("clicks"));
  emulator.mouse("click", 5, 6);
  emulator.mouse("wheelup", 1, 2);
  // The right button does nothing; of wheel steps and keys in one chunk none is lost.
  emulator.type("\x1b[<2;9;9Mk\x1b[<65;1;1M\x1b[<65;1;1Mj");
  await keysThrough("j=j");
  terminal.setMouse(false);
  emulator.type("\x1b[<0;3;4Mx");
  assert.equal(await keysThrough("x=x"), "k=k j=j x=x");
  assert.deepEqual(mouse, [
    { kind: "click", x: 5, y: 6 },
    { kind: "wheelup", x: 1, y: 2 },
    { kind: "wheeldown", x: 0, y: 0 },
    { kind: "wheeldown", x: 0, y: 0 },
  ]);
});

test("close restores the terminal; nothing comes after it, and twice is harmless", async (t) => {
  const { emulator, terminal, keys, counts, shows } = stage(t);
  await shows(draw((canvas) => canvas.cursor({ x: 1, y: 1 })));
  terminal.setMouse(true);
  await shows(busyFrame());
  assert.equal(emulator.isRestored(), false);
  terminal.close();
  await emulator.until(() => emulator.isRestored(), "the terminal restored");
  const bytes = emulator.bytes();
  terminal.close();
  terminal.paint(draw((canvas) => canvas.cursor({ x: 2, y: 2 })));
  terminal.redraw();
  terminal.setMouse(false);
  terminal.setMouse(true);
  terminal.setTheme("light");
  terminal.suspend();
  emulator.resize(20, 5);
  emulator.type("x");
  emulator.input.end();
  emulator.output.write("!");
  await emulator.until((text) => text.includes("!"), "the end");
  assert.equal(emulator.bytes(), bytes + 1);
  assert.deepEqual([keys, counts], [[], { resized: 0, lost: 0 }]);
});

test("a close in the middle of a chunk ends the keys there", async (t) => {
  const keys: string[] = [];
  const { emulator, terminal } = stage(t, {
    onKey({ name }) {
      keys.push(name);
      if (name === "q") terminal.close();
    },
  });
  emulator.type("aq\rb\x1b[A");
  await emulator.until(() => emulator.isRestored() && keys.length > 0, "closed");
  assert.deepEqual(keys, ["a", "q"]);
});

test("an end of the input is told once", async (t) => {
  const { emulator, counts } = stage(t);
  await once(emulator.input.end(), "end");
  assert.equal(counts.lost, 1);
  emulator.output.emit("error", new Error("write EPIPE"));
  assert.equal(counts.lost, 1);
});

for (const side of ["input", "output"] as const) {
  test(`an error of the ${side} is told, but after a close it harms nobody`, (t) => {
    const [open, closed] = [stage(t), stage(t)];
    closed.terminal.close();
    for (const { emulator } of [open, closed]) emulator[side].emit("error", new Error("EIO"));
    assert.deepEqual([open.counts.lost, closed.counts.lost], [1, 0]);
  });
}

test("in a locale without UTF-8 no byte is above 0x7f", async (t) => {
  const { emulator, terminal, written } = stage(t, { env: { TERM: "xterm", LANG: "C" } });
  terminal.paint(busyFrame());
  const screen = await emulator.until((text) => text.includes("-+\n"), "a box of ASCII");
  assert.ok(Math.max(...written()) < 0x80);
  assert.equal(written().includes(0x0e), false, "no alternate character set either");
  assert.match(screen, /^\+- guesses -+\+\n\| \* @ \. x o #/);
  assert.match(screen, /\n\| \? \? \? \? \? {2}bob {23}\|\n/);
});

test("an unknown TERM is an xterm; no description of the system's is read", async (t) => {
  const noise = t.mock.method(console, "error", () => {});
  const reads = t.mock.method(fs, "readFileSync");
  const terms = ["", "no-such-terminal", "xterm-kitty", "xterm-256color", "tmux-256color", "dumb"];
  for (const TERM of [undefined, ...terms]) {
    const { emulator, terminal, shows } = stage(t, { env: { TERM } });
    await shows(busyFrame());
    terminal.close();
    await emulator.until(() => emulator.isRestored(), `${TERM} restored`);
  }
  assert.equal(noise.mock.callCount(), 0);
  const read = reads.mock.calls.map((call) => String(call.arguments[0])).join(" ");
  assert.match(read, /blessed.usr/);
  assert.doesNotMatch(read, /terminfo/);
});

test("a terminal that promises eight colours gets no more", async (t) => {
  for (const [COLORTERM, fg] of [
    ["", 2],
    ["truecolor", lookOf("dark", "good").fg],
  ] as const) {
    const { emulator, shows } = stage(t, { env: { TERM: "screen", COLORTERM } });
    await shows(line("good", "good"));
    assert.equal(emulator.styleAt(0, 0).fg, fg);
  }
});

test("the process's handlers are left alone", (t) => {
  const names = ["uncaughtException", "SIGTERM", "SIGINT", "SIGQUIT", "exit", "SIGCONT"];
  const counts = (): number[] => names.map((name) => process.listenerCount(name));
  const ours = (): void => {};
  process.on("SIGTERM", ours);
  t.after(() => process.off("SIGTERM", ours));
  const before = counts();
  const { terminal } = stage(t);
  const more = counts().map((count, index) => count - (before[index] ?? 0));
  assert.deepEqual(more, [0, 0, 0, 0, 1, 1]);
  terminal.close();
  assert.deepEqual(counts(), before);
});

/** Arguments of a process that paints "shown" and then does what `ending` says. */
function program(ending: string): string[] {
  const module = fileURLToPath(new URL("terminal.ts", import.meta.url));
  const code = `
    import { createTerminal } from ${JSON.stringify(module)};
    Object.assign(process.stdout, { columns: 20, rows: 3 });
    const none = () => {};
    const terminal = createTerminal({
      input: process.stdin, output: process.stdout, env: { TERM: "xterm" }, theme: "plain",
      onKey: none, onMouse: none, onResize: none, onLost: none,
    });
    terminal.setMouse(true);
    const [cells, styles] = [[..."shown"], new Array(5).fill("plain")];
    terminal.paint({ width: 5, height: 1, cells, styles, cursor: { x: 3, y: 0 } });
    setImmediate(() => setImmediate(() => { ${ending} }));`;
  return ["--import", "tsx", "--input-type=module", "-e", code];
}

/** A terminal that got all of this. */
async function emulate(t: TestContext, written: string): Promise<Emulator> {
  const emulator = createEmulator(20, 3);
  t.after(() => emulator.close());
  emulator.output.write(written);
  await emulator.until((text) => text !== "\n\n", "something");
  return emulator;
}

for (const [ending, exitCode, said, times] of [
  ["process.exit(3)", 3, /^$/, 1],
  ['throw new Error("a mistake")', 1, /Error: a mistake/, 1],
  ["terminal.close()", 0, /^$/, 1],
  // It has no shell that could continue it, so it does not stop.
  ["terminal.suspend(); process.exit(4)", 4, /^$/, 2],
] as const) {
  test(`a process that ends by ${ending} leaves the terminal restored`, async (t) => {
    const child = spawn(process.execPath, program(ending), { detached: true, timeout: 20_000 });
    const closed = once(child, "close");
    const [stdout, stderr] = await Promise.all([allOf(child.stdout), allOf(child.stderr)]);
    await closed;
    assert.equal(child.exitCode, exitCode);
    assert.match(stderr, said);
    assert.equal(stdout.split("shown").length - 1, times);
    assert.ok((await emulate(t, `${stdout}$`)).isRestored());
  });
}

test("suspend hands the terminal back, stops, and repaints when continued", async (t) => {
  if (spawnSync("bash", ["-c", "true"]).status !== 0) return t.skip("it needs bash's job control");
  // bash's "wait" ends when the job stops; "fg" would need a terminal.
  const script = 'set -m; "$@" & wait %1; echo "<stopped>"; kill -CONT %1; wait %1; echo "<$?>"';
  const ending = 'process.once("SIGWINCH", () => process.exit(5)); terminal.suspend();';
  const args = ["-c", script, "bash", process.execPath, ...program(ending)];
  const child = spawn("bash", args, { timeout: 20_000 });
  const [stopped = "", continued = ""] = (await allOf(child.stdout)).split("<stopped>\n");
  assert.match(stopped, /shown/);
  assert.ok((await emulate(t, `${stopped}$`)).isRestored());
  assert.match(continued, /<5>\n$/);
  assert.ok((await emulate(t, continued)).isRestored());
  // Up to where the end of the process begins to restore it.
  const again = await emulate(t, continued.split("\x1b[?1000l")[0] ?? "");
  assert.deepEqual([again.text(), again.cursor()], ["shown\n\n", { x: 3, y: 0 }]);
  again.mouse("click", 1, 1);
  assert.notEqual(again.input.read(), null, "the mouse is on again");
});
