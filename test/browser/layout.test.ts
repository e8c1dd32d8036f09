// Proves that the page holds together: on no laptop does one card lie over another, in the present
// or in the past, and nothing that somebody aims at moves while others play.
import assert from "node:assert/strict";
import test from "node:test";
import type { Page } from "playwright-core";
import { startCluster } from "../cluster/cluster.testing.js";
import { startBrowser, startGatewayProcess } from "./browser.testing.js";

const LIMIT = { timeout: 90_000 };
const NAMES = ["bob", "a-name-as-long-as-it-gets", "eve", "小明"].map((name) => name.slice(0, 24));

const LAPTOPS = [
  { width: 1280, height: 720 },
  { width: 1366, height: 768 },
  { width: 1440, height: 760 },
  { width: 1440, height: 900 },
  { width: 1920, height: 1080 },
] as const;

/** Cards over each other, text beyond its card, and by how much the whole must be scrolled. */
function faultsOf(page: Page): Promise<readonly string[]> {
  return page.evaluate(() => {
    const faults: string[] = [];
    const { scrollHeight, clientHeight, scrollWidth, clientWidth } = document.documentElement;
    if (scrollHeight > clientHeight) faults.push(`too low by ${scrollHeight - clientHeight}`);
    if (scrollWidth > clientWidth) faults.push(`too narrow by ${scrollWidth - clientWidth}`);
    const cards = [...document.querySelectorAll(".header, .banner.past, .card")];
    for (const [index, card] of cards.entries()) {
      const name = card.className;
      const one = card.getBoundingClientRect();
      for (const other of cards.slice(index + 1)) {
        const two = other.getBoundingClientRect();
        const width = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const height = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        if (width > 0.5 && height > 0.5) faults.push(`${name} over ${other.className}`);
      }
      if (card.matches(".game, .log") && card.scrollHeight > card.clientHeight + 1) {
        faults.push(`${name} is cut`);
      }
      for (const part of card.querySelectorAll("button, input")) {
        if (card.closest(".cluster-pane") !== null) continue;
        if (part.getBoundingClientRect().right > one.right) faults.push(`${name} is too narrow`);
      }
    }
    return faults;
  });
}

test("no card lies over another, and a laptop needs no scrolling", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 5 });
  const { url } = await startGatewayProcess(t, cluster);
  const client = cluster.client("node1");
  for (let round = 1; round <= 9; round++) {
    const player = NAMES[round % NAMES.length] ?? "";
    await client.setTarget({ room: "lobby", player, value: 97 });
    for (const value of [1, 2, 96 - round])
      await client.submitGuess({ room: "lobby", player, value });
  }
  const browser = await startBrowser(t);
  const page = await browser.visit(url, { player: "ann" });
  await page.getByText("5 of 5 nodes up").first().waitFor();
  await page.locator("p.target", { hasText: "97" }).waitFor();
  for (const tense of ["present", "past"]) {
    if (tense === "past") {
      await page.getByRole("button", { name: "Back to the target before" }).click();
      await page.locator(".banner.past").waitFor();
    }
    for (const size of LAPTOPS) {
      await page.setViewportSize(size);
      const at = `${size.width} x ${size.height}, ${tense}`;
      assert.deepEqual(await faultsOf(page), [], at);
    }
  }
  for (const width of [320, 390]) {
    await page.setViewportSize({ width, height: 700 });
    const faults = (await faultsOf(page)).filter((fault) => !fault.startsWith("too low"));
    assert.deepEqual(faults, [], `${width}`);
  }
  browser.assertNoComplaints();
});

test("nothing that one aims at moves while others play", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  const { url } = await startGatewayProcess(t, cluster);
  const client = cluster.client("node1");
  const room = "lobby";
  await client.setTarget({ room, player: "bob", value: 9 });
  const browser = await startBrowser(t);
  const context = { viewport: { width: 1366, height: 768 } };
  const page = await browser.visit(url, { player: "ann", context });
  await page.getByText("3 of 3 nodes up").first().waitFor();
  await page.locator("p.target", { hasText: "9" }).waitFor();
  await page.evaluate(() => {
    const seen = new Map<string, Set<string>>();
    setInterval(() => {
      const controls = document.querySelectorAll(":is(.header, .game, .log) :is(button, input)");
      for (const [index, control] of controls.entries()) {
        const { x, y, width, height } = control.getBoundingClientRect();
        const name = `${index} ${control.textContent || control.id}`;
        const places = seen.get(name) ?? new Set();
        seen.set(name, places.add([x, y, width, height].map(Math.round).join(" ")));
      }
      const moved = [...seen].filter(([, { size }]) => size > 1);
      document.body.dataset.moved = moved.map(([name, at]) => [name, ...at].join(" | ")).join("; ");
    }, 10);
  });
  for (let count = 0; count < 40; count++) {
    const player = NAMES[count % NAMES.length] ?? "";
    await client.submitGuess({ room, player, value: (count * 37) % 101 });
  }
  await client.closeRound({ room, player: "bob" });
  await page.getByText("The round is closed.").waitFor();
  await client.setTarget({ room, player: "eve", value: 100 });
  await page.locator("p.target", { hasText: "100" }).waitFor();
  assert.equal(await page.evaluate(() => document.body.dataset.moved), "");
  browser.assertNoComplaints();
});

test("what goes wrong is told without moving or hiding anything", LIMIT, async (t) => {
  const cluster = await startCluster(t, { nodes: 1 });
  const gateway = await startGatewayProcess(t, cluster);
  const browser = await startBrowser(t);
  const seen = [];
  for (const viewport of [LAPTOPS[0], LAPTOPS[3]]) {
    const page = await browser.visit(gateway.url, { player: "ann", context: { viewport } });
    await page.locator(".standing", { hasText: "live" }).waitFor();
    seen.push({ page, place: await page.getByRole("main").boundingBox() });
  }
  await gateway.kill();
  for (const { page, place } of seen) {
    const banner = page.locator(".banner.warn");
    await banner.waitFor();
    assert.deepEqual(await page.getByRole("main").boundingBox(), place);
    const told = (await banner.boundingBox()) ?? assert.fail();
    const mark = (await banner.locator("span").first().boundingBox()) ?? assert.fail();
    const words = (await banner.locator("span").last().boundingBox()) ?? assert.fail();
    assert.ok(words.x > mark.x + mark.width, "the mark stands beside the words");
    for (const control of await page.getByRole("button").all()) {
      const { x, y, width, height } = (await control.boundingBox()) ?? assert.fail();
      const isHidden =
        x < told.x + told.width &&
        told.x < x + width &&
        y < told.y + told.height &&
        told.y < y + height;
      assert.ok(!isHidden, `the banner lies on "${await control.textContent()}"`);
    }
  }
});
