// Proves the page in a real browser on a real cluster: what one player does, the others see, on
// pages and on a terminal; the leader dies under them and the game goes on; the past can be walked
// through; the gateway may go and come back. The browser has nothing to complain about in all this.
import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import type { Page } from "playwright-core";
import { DIST, startCluster } from "../cluster/cluster.testing.js";
import { startTmux } from "../screen/tmux.testing.js";
import { startBrowser, startGatewayProcess } from "./browser.testing.js";

const LIMIT = { timeout: 90_000 };

async function give(page: Page, value: number, button: string): Promise<void> {
  await page.getByLabel("Your number").fill(String(value));
  await page.getByRole("button", { name: button, exact: true }).click();
}

const standing = (page: Page, words: RegExp) => page.locator(".standing", { hasText: words });
const event = (page: Page, words: string | RegExp) =>
  page.getByRole("list", { name: /Committed events/ }).getByText(words);

test("two pages and a terminal see each other, and go on without the leader", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3, overrides: { admin: true } });
  const { url } = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const ann = await browser.visit(url, { player: "ann" });
  const bob = await browser.visit(url);
  await bob.getByLabel("Your name").fill("bob");
  await bob.keyboard.press("Enter");
  const words = [process.execPath, join(DIST, "zabble.js"), "play", "--player", "carl"];
  const carl = startTmux(t).open([...words, "--config", cluster.configFile].join(" "), 120, 40);
  await carl.shows(/● live/);

  await standing(ann, /live/).waitFor();
  await give(ann, 45, "Set target");
  await bob.getByRole("heading", { name: /Round 1: set by ann/ }).waitFor();
  await give(bob, 47, "Guess");
  await event(ann, "bob guessed 47").waitFor();
  await carl.shows(/◆ bob 47, off by 2/);
  carl.type("44");
  carl.press("enter");
  await ann.getByRole("listitem").filter({ hasText: "carl 44 off by 1" }).waitFor();

  const leader = await cluster.leader();
  const killed = cluster.node(leader.nodeId).endsByItself();
  await ann
    .getByRole("button", { name: new RegExp(`^${leader.nodeId}, leader`) })
    .first()
    .click();
  await ann.getByRole("button", { name: new RegExp(`Kill ${leader.nodeId}`) }).click();
  await ann.getByRole("button", { name: /Confirm/ }).click();
  await killed;
  await give(bob, 45, "Guess");
  await event(ann, "bob guessed 45").waitFor();
  await event(ann, /node\d leads epoch [2-9]/)
    .first()
    .waitFor();
  await standing(bob, /live, node\d leads/).waitFor();
  await carl.shows(/◆ bob 45, exact/);
  await give(ann, 90, "Set target");
  await bob.getByText("2 of 3 nodes up").first().waitFor();
  const round = bob.getByRole("list", { name: "Rounds" }).getByRole("listitem");
  await round
    .filter({ hasText: "you" })
    .filter({ hasText: /exact$/ })
    .waitFor();
  browser.assertNoComplaints();
});

test("the past is walked through with the slider, and is never taken for now", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const { url } = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const page = await browser.visit(url, { player: "ann" });
  for (const value of [10, 20, 30]) {
    await give(page, value, "Set target");
    await page.locator("p.target", { hasText: String(value) }).waitFor();
  }
  await page.getByRole("button", { name: "Back to the target before" }).click();
  await page.getByText("This is the past.").waitFor();
  await page.locator("p.target", { hasText: "20" }).waitFor();
  assert.ok(await page.getByLabel("Your number").isDisabled());
  const slider = page.getByRole("slider", { name: "Place in the log" });
  await page
    .getByText(/set the target of round 2 to 20/)
    .first()
    .waitFor();
  // The whole log has been read, and each event has its number.
  await page.locator('input[aria-valuetext^="event"]').waitFor();
  await slider.press("ArrowLeft");
  await page.locator("p.target", { hasText: "10" }).waitFor();
  await slider.press("End");
  await page.locator("p.target", { hasText: "30" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("This is the past.").waitFor({ state: "detached" });
  await give(page, 33, "Guess");
  await event(page, "ann guessed 33").waitFor();
  browser.assertNoComplaints();
});

test("the page says that it is cut off, and is whole again with the gateway", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const first = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const page = await browser.visit(`${first.url}/?room=attic`, { player: "ann" });
  await give(page, 45, "Set target");
  await page.locator("p.target", { hasText: "45" }).waitFor();
  await first.kill();
  await standing(page, /reconnecting/).waitFor();
  await page.getByText(/Below: what was known at \d+\.\d+/).waitFor();
  await give(page, 46, "Guess");
  await page.getByText(/your guess 46 waits for a server/).waitFor();
  await startGatewayProcess(t, cluster, Number(new URL(first.url).port));
  await event(page, "ann guessed 46").waitFor();
  await standing(page, /live/).waitFor();
  assert.equal(await event(page, "ann guessed 46").count(), 1);
  browser.assertNoComplaints();
});

test(
  "bad numbers, names and rooms are told what is allowed, and stay to be put right",
  LIMIT,
  async (t) => {
    const cluster = await startCluster(t, { nodes: 1 });
    const { url } = await startGatewayProcess(t, cluster);
    const browser = await startBrowser(t);
    const page = await browser.visit(url);
    await page.getByLabel("Your name").fill("a b\u200b");
    await page.keyboard.press("Enter");
    await page.getByText(/A name is 1 to 24 visible characters/).waitFor();
    await page.getByLabel("Your name").fill("小明");
    await page.keyboard.press("Enter");
    await give(page, 101, "Set target");
    await page.getByText('"101" is not a whole number from 0 to 100.').waitFor();
    assert.equal(await page.getByLabel("Your number").inputValue(), "101");
    await page.getByRole("button", { name: /^Room lobby/ }).click();
    await page.getByLabel("Find a room").fill("no room");
    await page.keyboard.press("Enter");
    await page.getByText(/A room's name is 1 to 24 of the letters/).waitFor();
    await page.getByLabel("Find a room").fill("attic");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^Room attic/ }).waitFor();
    assert.equal(new URL(page.url()).search, "?room=attic");
    await page.goBack();
    await page.getByRole("button", { name: /^Room lobby/ }).waitFor();
    browser.assertNoComplaints();
  },
);

test("two windows of one browser show the game, a third says that it waits", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const { url } = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const first = await browser.visit(url, { player: "ann" });
  await standing(first, /live/).waitFor();
  const second = await first.context().newPage();
  await second.goto(url);
  await standing(second, /live/).waitFor();
  const third = await first.context().newPage();
  await third.goto(url);
  await third.getByText(/Two other windows of this browser show the game/).waitFor();
  await give(first, 45, "Set target");
  await second.locator("p.target", { hasText: "45" }).waitFor();
  await first.close();
  await standing(third, /live/).waitFor();
  await third.locator("p.target", { hasText: "45" }).waitFor();
  browser.assertNoComplaints();
});
