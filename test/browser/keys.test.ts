// Proves that the keyboard does what one means: Enter never does something else than it did when
// the typing began, digits find the guess box, arrows go one event far, and the focus stays on the
// page wherever it was. And that a page nobody sees does not claim to be live.
import assert from "node:assert/strict";
import test from "node:test";
import type { Page } from "playwright-core";
import { startCluster } from "../cluster/cluster.testing.js";
import { startBrowser, startGatewayProcess } from "./browser.testing.js";

const LIMIT = { timeout: 90_000 };
const room = "lobby";

/** What has the focus; to be waited for, because pages are drawn a little later. */
const focused = (page: Page, what: string) => page.locator(`${what}:focus`).waitFor();

const target = (page: Page, value: number) =>
  page.locator("p.target", { hasText: new RegExp(`${value}$`) });

test("Enter for a guess does not set a target once the round is closed", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const { url } = await startGatewayProcess(t, cluster);
  const client = cluster.client("node1");
  await client.setTarget({ room, player: "bob", value: 50 });
  await client.submitGuess({ room, player: "bob", value: 40 });
  const browser = await startBrowser(t);
  const page = await browser.visit(url, { player: "ann" });
  await target(page, 50).waitFor();
  const guess = page.getByRole("button", { name: "Guess" });
  const place = await guess.boundingBox();
  await page.keyboard.type("51");
  await client.closeRound({ room, player: "bob" });
  await page.getByText("The round is closed.").waitFor();
  assert.deepEqual(await guess.boundingBox(), place);
  assert.equal(await guess.getAttribute("aria-disabled"), "true");
  await page.keyboard.press("Enter");
  await page.getByText("just been closed; press Enter again to set a target").waitFor();
  assert.equal(await page.getByLabel("Your number").inputValue(), "51");
  // A closed round shows the guess that won it.
  await target(page, 40).waitFor();
  await page.keyboard.press("Enter");
  await target(page, 51).waitFor();
  // A guess for a target that is gone is held back too, the next one is not.
  await page.keyboard.type("52");
  await client.setTarget({ room, player: "bob", value: 7 });
  await target(page, 7).waitFor();
  await guess.click();
  await page.getByText("Round 3 has just begun; press Enter again to guess in it").waitFor();
  await page.keyboard.press("Enter");
  await page
    .getByRole("list", { name: /^Guesses/ })
    .getByText("52")
    .waitFor();
  browser.assertNoComplaints();
});

test("dialogs begin with what is typed, and leave the focus on the page", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const { url } = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const page = await browser.visit(url);
  await page.getByRole("dialog").waitFor();
  await focused(page, "#player-name");
  await page.keyboard.type("ann");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "You are ann" }).waitFor();
  await focused(page, "#guess-box");
  const rooms = page.getByRole("button", { name: /^Room lobby/ });
  await rooms.press("Enter");
  await focused(page, "#room-name");
  const before = await page.evaluate(() => history.length);
  await page.keyboard.type("lobby");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => history.length), before);
  await focused(page, "button[aria-label^=Room]");
  await page.getByRole("button", { name: "Invite" }).press("Enter");
  await focused(page, "#invite-link");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await focused(page, 'button:text-is("Invite")');
  browser.assertNoComplaints();
});

test("arrows go one event far, digits go to the guess box, the focus stays", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const { url } = await startGatewayProcess(t, cluster);
  const client = cluster.client("node1");
  for (let value = 1; value <= 9; value++) await client.setTarget({ room, player: "bob", value });
  const browser = await startBrowser(t);
  const page = await browser.visit(url, { player: "ann" });
  await target(page, 9).waitFor();
  const status = page.getByRole("status").filter({ hasText: "This is the past." });
  // There before it has something to say, or nobody hears it.
  assert.equal(await page.locator(".banners [role=status]").count(), 2);
  assert.ok(await page.locator(".banners").evaluate((all) => all.checkVisibility()));
  const slider = page.getByRole("slider", { name: "Place in the log" });
  await slider.press("ArrowRight");
  assert.equal(await slider.getAttribute("aria-valuetext"), "now");
  // At once, before anything of the log has been read.
  await slider.press("ArrowLeft");
  await status.filter({ hasText: "round 8 to 8" }).waitFor();
  await target(page, 8).waitFor();
  await slider.press("ArrowDown");
  await target(page, 7).waitFor();
  await slider.press("ArrowUp");
  await target(page, 8).waitFor();
  await page.getByRole("button", { name: "Back to now" }).press("Enter");
  await target(page, 9).waitFor();
  await focused(page, "#time-slider");
  await slider.press("ArrowLeft");
  await target(page, 8).waitFor();
  await page.getByRole("button", { name: "Now", exact: true }).press("Enter");
  await target(page, 9).waitFor();
  await focused(page, 'button:text-is("Now")');
  await slider.focus();
  await page.keyboard.type("8");
  assert.equal(await page.getByLabel("Your number").inputValue(), "8");
  browser.assertNoComplaints();
});

test("entering the past leaves no list blank while the log is read", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const { url } = await startGatewayProcess(t, cluster);
  const client = cluster.client("node1");
  for (let value = 1; value <= 9; value++) await client.setTarget({ room, player: "bob", value });
  const browser = await startBrowser(t);
  const page = await browser.visit(url, { player: "ann" });
  const events = page.getByRole("list", { name: /Committed events/ }).getByRole("listitem");
  await events.nth(8).waitFor();
  // The log is not answered for as long as the test looks.
  let answer = (): void => {};
  const isAnswered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route("**/zabble.v1.GameService/ListEvents*", async (route) => {
    await isAnswered;
    await route.continue();
  });
  const slider = page.getByRole("slider", { name: "Place in the log" });
  await slider.press("ArrowLeft");
  await page.locator(".banner.past").waitFor();
  assert.equal(await slider.getAttribute("aria-valuetext"), "reading the log");
  await page.getByText("reading the past of it").waitFor();
  assert.ok((await events.count()) >= 9);
  assert.ok((await page.locator(".band .bar").count()) >= 9);
  answer();
  await target(page, 8).waitFor();
  await page.locator('input[aria-valuetext^="event"]').waitFor();
  browser.assertNoComplaints();
});

test("the title of a hidden page does not claim to be live", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const { url } = await startGatewayProcess(t, cluster);
  const client = cluster.client("node1");
  await client.setTarget({ room, player: "bob", value: 50 });
  const browser = await startBrowser(t);
  const page = await browser.visit(url, { player: "ann" });
  const hasTitle = (title: string) =>
    page.waitForFunction((wanted) => document.title === wanted, title, { polling: 50 });
  await hasTitle("50 in lobby · Zabble");
  // As a browser does it: nothing is drawn until it is seen. Headless ones do not hide their pages.
  const hide = (isHidden: boolean) =>
    page.evaluate((hidden) => {
      const shown = window as typeof window & { draws?: typeof requestAnimationFrame };
      shown.draws ??= window.requestAnimationFrame;
      const waiting: FrameRequestCallback[] = [];
      window.requestAnimationFrame = (draw) => {
        if (!document.hidden) return shown.draws?.(draw) ?? 0;
        return waiting.push(draw);
      };
      document.addEventListener("visibilitychange", () => {
        for (const draw of waiting.splice(0)) shown.draws?.(draw);
      });
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, isHidden);
  await hide(true);
  await client.setTarget({ room, player: "bob", value: 60 });
  await hasTitle("60 in lobby · Zabble");
  await hasTitle("◌ 60 in lobby · Zabble");
  await hide(false);
  await hasTitle("60 in lobby · Zabble");
  browser.assertNoComplaints();
});
