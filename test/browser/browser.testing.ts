/**
 * Debian's Chromium and a gateway of its own process for the tests of the page. What the browser
 * complains about, and whatever it asks of other hosts, is kept and must be nothing.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { DIST, type TestCluster } from "../cluster/cluster.testing.js";
import { endsWithUs } from "../cluster/leftovers.testing.js";

/** Elements are waited for as long as the slowest election takes, and more. */
const PATIENCE_MS = 15_000;

export interface TestBrowser {
  /** A visitor of its own: nothing is shared with others, not even what the page remembers. */
  visit(url: string, visitor?: Visitor): Promise<Page>;
  /** Fails on any complaint of any page so far. */
  assertNoComplaints(): void;
}

export interface Visitor {
  /** Plays under this name from the start; asked for one without it. */
  readonly player?: string;
  readonly context?: BrowserContextOptions;
}

export async function startBrowser(t: TestContext): Promise<TestBrowser> {
  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath(),
    // In a container there is no other sandbox to be had, and the page is our own.
    args: ["--no-sandbox"],
  });
  t.after(() => browser.close());
  const complaints: string[] = [];
  return {
    async visit(url, { player, context } = {}) {
      const opened = await browser.newContext({
        viewport: { width: 1440, height: 900 },
        ...context,
      });
      opened.setDefaultTimeout(PATIENCE_MS);
      const page = await opened.newPage();
      page.on("console", (message) => {
        const isNetwork = message.text().startsWith("Failed to load resource");
        // A gateway that is gone is no fault of the page; it says so by itself.
        if (message.type() === "error" && !isNetwork) complaints.push(message.text());
        if (message.type() === "warning") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => {
        if (!request.url().startsWith(new URL(url).origin)) complaints.push(request.url());
      });
      if (player !== undefined) {
        await page.addInitScript((name) => localStorage.setItem("zabble.player", name), player);
      }
      await page.goto(url);
      return page;
    },
    assertNoComplaints: () => assert.deepEqual(complaints, []),
  };
}

function chromiumPath(): string {
  const folders = (process.env.PATH ?? "").split(":");
  const found = folders.map((folder) => `${folder}/chromium`).find((path) => existsSync(path));
  if (found === undefined) throw new Error("There is no program chromium.");
  return found;
}

export interface GatewayProcess {
  readonly url: string;
  /** Without a goodbye; resolves when it is gone. */
  kill(): Promise<void>;
}

/** A gateway's own process, with the page. Ends with the test. */
export async function startGatewayProcess(
  t: TestContext,
  cluster: TestCluster,
  port = 0,
): Promise<GatewayProcess> {
  const args = ["--config", cluster.configFile, "--port", String(port)];
  const child = spawn(process.execPath, [join(DIST, "gateway.js"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  endsWithUs(child, "SIGKILL");
  const gone = once(child, "close");
  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await gone;
  }
  t.after(kill);
  for await (const line of createInterface({ input: child.stdout })) {
    const at = /"at":"(127\.0\.0\.1:\d+)"/.exec(line)?.[1];
    if (at === undefined) continue;
    // What it logs later is nobody's concern, and must not fill the pipe.
    child.stdout.resume();
    return { url: `http://${at}`, kill };
  }
  throw new Error("The gateway ended before it had started.");
}
