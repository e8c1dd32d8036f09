// Proves that the page serves everybody: every control has a name and is reached by keys, narrow
// screens need no scrolling sideways and laptops none at all, and nothing moves for those who ask
// for less motion.
import assert from "node:assert/strict";
import test from "node:test";
import type { Page } from "playwright-core";
import { startCluster } from "../cluster/cluster.testing.js";
import { startBrowser, startGatewayProcess } from "./browser.testing.js";

const LIMIT = { timeout: 90_000 };

/** Roles that a person does something with. */
const CONTROLS = new Set(["button", "textbox", "slider", "combobox", "checkbox", "link", "img"]);

/** Role and name of all that the browser shows to assistive programs. */
async function accessTree(page: Page): Promise<readonly { role: string; name: string }[]> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  return nodes
    .filter(({ ignored }) => !ignored)
    .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? "") }));
}

async function assertNamed(page: Page, what: string, atLeast: number): Promise<void> {
  const controls = (await accessTree(page)).filter(({ role }) => CONTROLS.has(role));
  assert.ok(controls.length >= atLeast, `${what}: only ${controls.length} controls`);
  const nameless = controls.filter(({ name }) => name.trim() === "");
  assert.deepEqual(nameless, [], what);
}

test("every control has a name, in the game, in the past, in dialogs", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3, overrides: { admin: true } });
  const { url } = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const page = await browser.visit(url);
  await page.getByLabel("Your name").waitFor();
  await assertNamed(page, "name dialog", 3);
  await page.getByLabel("Your name").fill("ann");
  await page.keyboard.press("Enter");
  await page.getByLabel("Your number").fill("45");
  await page.getByRole("button", { name: "Set target" }).click();
  await page.getByRole("button", { name: "Guess", disabled: false }).waitFor();
  await assertNamed(page, "game", 20);
  await page
    .getByRole("button", { name: /^node1, / })
    .first()
    .click();
  await page.getByRole("button", { name: /Kill node1/ }).waitFor();
  await assertNamed(page, "node", 25);
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByRole("img", { name: /QR code of http/ }).waitFor();
  await assertNamed(page, "invite", 3);
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Back to the event before" }).click();
  await page.getByText("This is the past.").waitFor();
  await assertNamed(page, "past", 20);
  browser.assertNoComplaints();
});

test("Tab alone reaches every control, and each shows that it has the focus", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  const { url } = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const page = await browser.visit(url, { player: "ann" });
  await page.getByText("3 of 3 nodes up").first().waitFor();
  const enabled = await page.evaluate(
    () => document.querySelectorAll("button:enabled, input:enabled, [role=button]").length,
  );
  const seen = new Set<string>();
  for (let press = 0; press < enabled * 3; press++) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const { activeElement } = document;
      if (activeElement === null || activeElement === document.body) return undefined;
      const controls = [
        ...document.querySelectorAll("button:enabled, input:enabled, [role=button]"),
      ];
      const isShown = ["", "::after"].some(
        (part) => getComputedStyle(activeElement, part).outlineStyle !== "none",
      );
      return { index: controls.indexOf(activeElement), isShown, html: activeElement.outerHTML };
    });
    if (at === undefined) break;
    assert.ok(at.isShown, `no focus to be seen on ${at.html}`);
    if (at.index >= 0) seen.add(String(at.index));
  }
  assert.equal(seen.size, enabled);
});

test("a phone needs no scrolling sideways, a laptop none at all", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  const { url } = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const overflow = (page: Page) =>
    page.evaluate(() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return { x: scrollWidth - clientWidth, y: scrollHeight - clientHeight };
    });
  for (const [width, height, mayScrollDown] of [
    [320, 640, true],
    [390, 844, true],
    [820, 1180, true],
    [1366, 768, false],
    [1920, 1080, false],
  ] as const) {
    const context = { viewport: { width, height } };
    const page = await browser.visit(url, { player: "ann", context });
    await page.getByText("3 of 3 nodes up").first().waitFor();
    const { x, y } = await overflow(page);
    assert.equal(x, 0, `${width} x ${height} is too narrow by ${x}`);
    assert.ok(mayScrollDown || y === 0, `${width} x ${height} is too low by ${y}`);
    await page.context().close();
  }
  browser.assertNoComplaints();
});

test(
  "nothing moves for who wants less motion, and the picture says it in words",
  LIMIT,
  async (t) => {
    const cluster = await startCluster(t, { nodes: 3 });
    const { url } = await startGatewayProcess(t, cluster);
    const browser = await startBrowser(t);
    const context = { reducedMotion: "reduce" } as const;
    const page = await browser.visit(url, { player: "ann", context });
    await page.getByLabel("Your number").fill("45");
    await page.getByRole("button", { name: "Set target" }).click();
    await page.getByRole("button", { name: "Guess", disabled: false }).waitFor();
    await page
      .getByText(/proposals? \d+|\d+ proposals?/i)
      .first()
      .waitFor();
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === "running").length,
    );
    assert.equal(moving, 0);
    browser.assertNoComplaints();
  },
);
