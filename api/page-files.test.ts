// Proves that the page's files are served as they are, squeezed for who takes that, not sent again
// to who has them, and that no other path leads to a file; who is shown the page at /; and that
// metrics which fail do no harm.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { create } from "@bufbuild/protobuf";
import { NodeStatusSchema } from "../gen/zabble/v1/cluster_pb.js";
import { type PageFiles, readPageFiles } from "./page-files.js";
import { createPlainRoutes } from "./plain-routes.js";

const INDEX = `<!doctype html><title>Zabble</title>${"<p>guess</p>".repeat(100)}`;

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "zabble-page-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

function readPage(t: TestContext): PageFiles {
  const folder = folderWith(t, {
    "index.html": INDEX,
    "app.js": "console.log(1)",
    "app.css": "p{}",
    "icon.svg": "<svg/>",
    "icon.png": "png",
    "app.webmanifest": "{}",
    "secret.pem": "never",
    ".build.json": "{}",
  });
  mkdirSync(join(folder, "deep.js"));
  const page = readPageFiles(folder);
  assert.ok(page !== undefined);
  return page;
}

async function serve(t: TestContext, page?: PageFiles): Promise<string> {
  const routes = createPlainRoutes({
    replica: { status: () => create(NodeStatusSchema) },
    events: { watching: {} as never, shutdownSignal: AbortSignal.abort(), log: { warn() {} } },
    reads: () => false,
    metrics: { contentType: "text/plain", text: () => Promise.reject(new Error("broken inside")) },
    openApi: () => "{}",
    page,
  });
  const server = http.createServer((request, response) => {
    response.setHeader("vary", "origin");
    if (!routes.answer(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  return `http://127.0.0.1:${address.port}`;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** As it came: nothing is unpacked, and the path is sent as it is written. */
function ask(
  url: string,
  path: string,
  headers: http.OutgoingHttpHeaders = {},
  method = "GET",
): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.request({ hostname, port, path, headers, method }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const body = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on("error", reject);
    request.end();
  });
}

test("a browser is shown the page at /, everybody else the text", async (t) => {
  const url = await serve(t, readPage(t));
  const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  const page = await ask(url, "/", browser);
  assert.equal(page.headers["content-type"], "text/html; charset=utf-8");
  assert.equal(page.body.toString(), INDEX);
  assert.equal(page.headers.vary, "origin, accept, accept-encoding");
  const curl = await ask(url, "/", { accept: "*/*" });
  assert.match(curl.headers["content-type"] ?? "", /^text\/plain/);
  assert.match(curl.body.toString(), /curl .*\/metrics/);
  assert.equal(curl.headers.vary, "origin, accept");
  const without = await serve(t);
  const text = await ask(without, "/", browser);
  assert.match(text.headers["content-type"] ?? "", /^text\/plain/);
});

test("each file comes with its type, and is asked about again every time", async (t) => {
  const url = await serve(t, readPage(t));
  const types = {
    "/index.html": "text/html; charset=utf-8",
    "/app.js": "text/javascript; charset=utf-8",
    "/app.css": "text/css; charset=utf-8",
    "/icon.svg": "image/svg+xml",
    "/icon.png": "image/png",
    "/app.webmanifest": "application/manifest+json",
  };
  for (const [path, type] of Object.entries(types)) {
    const { status, headers } = await ask(url, path);
    assert.equal(status, 200, path);
    assert.equal(headers["content-type"], type);
    assert.equal(headers["cache-control"], "no-cache");
    assert.match(headers.etag ?? "", /^"[0-9a-f]{64}"$/);
  }
});

test("it is squeezed for who takes that, by its best", async (t) => {
  const url = await serve(t, readPage(t));
  const by = (encoding: string) => ask(url, "/index.html", { "accept-encoding": encoding });
  const brotli = await by("gzip, deflate, br");
  assert.equal(brotli.headers["content-encoding"], "br");
  assert.equal(brotliDecompressSync(brotli.body).toString(), INDEX);
  assert.equal(brotli.headers["content-length"], String(brotli.body.length));
  const zipped = await by("gzip, br;q=0");
  assert.equal(zipped.headers["content-encoding"], "gzip");
  assert.equal(gunzipSync(zipped.body).toString(), INDEX);
  const plain = await by("identity");
  assert.equal(plain.headers["content-encoding"], undefined);
  assert.equal(plain.body.toString(), INDEX);
  const tags = new Set([brotli, zipped, plain].map(({ headers }) => headers.etag));
  assert.equal(tags.size, 3, "other bytes, another tag");
  const dense = await ask(url, "/icon.png", { "accept-encoding": "br" });
  assert.equal(dense.headers["content-encoding"], undefined);
});

test("who has it is told so and sent nothing", async (t) => {
  const url = await serve(t, readPage(t));
  const { headers } = await ask(url, "/app.js");
  const again = (etag: string) => ask(url, "/app.js", { "if-none-match": etag });
  for (const etag of [headers.etag ?? "", `W/${headers.etag}`, `"x", ${headers.etag}`, "*"]) {
    const known = await again(etag);
    assert.equal(known.status, 304, etag);
    assert.equal(known.body.length, 0);
    assert.equal(known.headers.etag, headers.etag);
  }
  assert.equal((await again('"other"')).status, 200);
  const head = await ask(url, "/app.js", {}, "HEAD");
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  assert.equal(head.headers["content-length"], "14");
});

test("nothing else leads to a file", async (t) => {
  const url = await serve(t, readPage(t));
  for (const path of [
    "/secret.pem",
    "/.build.json",
    "/deep.js",
    "/../app.js",
    "/./app.js",
    "/%2e%2e/app.js",
    "/app%2Ejs",
    "//app.js",
    "/app.js/",
    "/constructor",
    "/__proto__",
  ]) {
    assert.equal((await ask(url, path)).status, 404, path);
  }
  assert.equal((await ask(url, "/app.js", {}, "POST")).status, 405);
});

test("a folder that is missing or has no index is no page", (t) => {
  assert.equal(readPageFiles(join(tmpdir(), "zabble-no-such-folder")), undefined);
  assert.equal(readPageFiles(folderWith(t, { "app.js": "1" })), undefined);
});

test("metrics that fail are the server's fault, told without its words", async (t) => {
  const url = await serve(t);
  const { status, body } = await ask(url, "/metrics");
  assert.equal(status, 500);
  assert.doesNotMatch(body.toString(), /broken inside/);
});
