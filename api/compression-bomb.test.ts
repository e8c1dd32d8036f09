// Proves that a small body which would expand to a huge one is refused, in every protocol, at no
// cost of memory: it is expanded no further than a message may be long.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type BrotliCompress,
  constants,
  createBrotliCompress,
  createGzip,
  type Gzip,
} from "node:zlib";
import { startServer } from "./server-under-test.testing.js";
import { ask, connectHttp2 } from "./stranger.testing.js";

const MIB = 1024 * 1024;
const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 2 } };

/** What a body of less than 64 KiB can hold. */
const EXPANDED_MIB = { gzip: 48, br: 200 } as const;

/** Made piece by piece: the test itself must not need the memory that it watches. */
async function bomb(stream: Gzip | BrotliCompress, mebibytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  const zeros = Buffer.alloc(MIB);
  for (let written = 0; written < mebibytes; written++) {
    await new Promise<void>((resolve) => stream.write(zeros, () => resolve()));
  }
  await new Promise<void>((resolve) => stream.once("end", resolve).end());
  return Buffer.concat(chunks);
}

function envelope(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(1, 0);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

/** [content type, header that names the compression, method, whether messages are enveloped]. */
const CALLS = [
  ["application/json", "content-encoding", "SetTarget", false],
  ["application/proto", "content-encoding", "SetTarget", false],
  ["application/connect+proto", "connect-content-encoding", "Watch", true],
  ["application/grpc+proto", "grpc-encoding", "SetTarget", true],
  ["application/grpc-web+proto", "grpc-encoding", "SetTarget", true],
] as const;

test("a body that expands to a huge one is refused before it has", async (t) => {
  const { server } = await startServer(t);
  const session = await connectHttp2(t, server.port);
  const bombs = {
    gzip: await bomb(createGzip(), EXPANDED_MIB.gzip),
    br: await bomb(createBrotliCompress(FAST), EXPANDED_MIB.br),
  };
  const peakKib = process.resourceUsage().maxRSS;
  for (const [encoding, bytes] of Object.entries(bombs)) {
    assert.ok(bytes.length < 60_000, `${encoding}: ${bytes.length}`);
    for (const [type, header, method, isStream] of CALLS) {
      const headers = {
        ":method": "POST",
        ":path": `/zabble.v1.GameService/${method}`,
        "content-type": type,
        te: "trailers",
        [header]: encoding,
      };
      const body = isStream ? envelope(bytes) : bytes;
      const { code } = await ask(session, { headers, body });
      assert.match(code, /^(resource_exhausted|grpc 8)$/, `${encoding} in ${type}`);
    }
  }
  const grownKib = process.resourceUsage().maxRSS - peakKib;
  assert.ok(grownKib < 32 * 1024, `${grownKib} KiB more`);
});
