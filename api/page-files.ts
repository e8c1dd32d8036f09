/**
 * The built files of the page, read once and served from memory: so only they can be asked for, and
 * no path leads anywhere else. Squeezed forms are made at the first request for them.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, gzip } from "node:zlib";
import { answerWhole, varyBy } from "./answer-whole.js";
import type { HttpRequest, HttpResponse } from "./front-port.js";

export interface PageFiles {
  /** Answers a GET or HEAD of "/" (index.html) or "/NAME"; true if there is such a file. */
  readonly answer: (request: HttpRequest, response: HttpResponse, path: string) => boolean;
  readonly has: (path: string) => boolean;
}

/** Files of other kinds are left out. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
};

/** Squeezed already. */
const DENSE = new Set([".png", ".woff2"]);

type Squeeze = (plain: Buffer) => Promise<Buffer>;

/** Best first. */
const SQUEEZES: ReadonlyMap<string, Squeeze> = new Map<string, Squeeze>([
  ["br", (plain) => promisify(brotliCompress)(plain)],
  ["gzip", (plain) => promisify(gzip)(plain)],
]);

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  /** Without the quotes. */
  readonly hash: string;
  readonly isDense: boolean;
  readonly squeezed: Map<string, Promise<Buffer>>;
}

/** Undefined if the folder has no index.html. */
export function readPageFiles(folder: string): PageFiles | undefined {
  const files = new Map<string, PageFile>();
  for (const name of namesIn(folder)) {
    const type = CONTENT_TYPES[extname(name)];
    if (type === undefined) continue;
    const plain = readFileSync(join(folder, name));
    const hash = createHash("sha256").update(plain).digest("hex");
    const isDense = DENSE.has(extname(name));
    files.set(`/${name}`, { type, plain, hash, isDense, squeezed: new Map() });
  }
  const index = files.get("/index.html");
  if (index === undefined) return undefined;
  files.set("/", index);

  return {
    has: (path) => files.has(path),
    answer(request, response, path) {
      const file = files.get(path);
      if (file === undefined) return false;
      void answerFile(file, request, response);
      return true;
    },
  };
}

function namesIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    return files.filter((name) => !name.startsWith("."));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function answerFile(
  file: PageFile,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const encoding = file.isDense ? undefined : encodingFor(request.headers["accept-encoding"]);
  const etag = encoding === undefined ? `"${file.hash}"` : `"${file.hash}-${encoding}"`;
  // The page is small and changes with every build: always asked about, mostly not sent again.
  const headers = { "cache-control": "no-cache", etag };
  varyBy(response, "accept-encoding");
  if (isKnown(etag, request.headers["if-none-match"])) {
    response.writeHead(304, headers);
    response.end();
    return;
  }
  const body = encoding === undefined ? file.plain : await squeezed(file, encoding);
  const coded = encoding === undefined ? {} : { "content-encoding": encoding };
  answerWhole(response, 200, { ...headers, ...coded, "content-type": file.type }, body);
}

function squeezed(file: PageFile, encoding: string): Promise<Buffer> {
  const known = file.squeezed.get(encoding);
  if (known !== undefined) return known;
  const squeeze = SQUEEZES.get(encoding) ?? ((plain) => Promise.resolve(plain));
  const made = squeeze(file.plain);
  file.squeezed.set(encoding, made);
  return made;
}

/** The best that the client takes; undefined: as it is. */
function encodingFor(accepted: string | string[] | undefined): string | undefined {
  const taken = new Set<string>();
  for (const part of String(accepted ?? "").split(",")) {
    const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    if (!parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))) taken.add(name);
  }
  return [...SQUEEZES.keys()].find((name) => taken.has(name));
}

function isKnown(etag: string, ifNoneMatch: string | undefined): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
