// Proves that no request, in whatever protocol, encoding and compression, and however broken, gets
// anything but an answer in the documented codes: never a fault of the server, never its inner
// words, no line in its log; that it serves the next one; and that its memory stays as it was.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import {
  create,
  type DescMethod,
  type DescService,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import { Health } from "../gen/grpc/health/v1/health_pb.js";
import { ServerReflection } from "../gen/grpc/reflection/v1/reflection_pb.js";
import { AdminService } from "../gen/zabble/v1/admin_pb.js";
import { ClusterService } from "../gen/zabble/v1/cluster_pb.js";
import { GameService } from "../gen/zabble/v1/game_pb.js";
import { anyMessageOf } from "../test/any-message.testing.js";
import { anyBytes, damaged } from "../test/damage.testing.js";
import { fuzzed } from "../test/fuzz-runs.testing.js";
import { usedBytes } from "../test/heap.testing.js";
import { startServer } from "./server-under-test.testing.js";
import { type Answer, ask, connectHttp2, type StrangeRequest } from "./stranger.testing.js";

const RUNS = 50;
const REQUESTS_A_RUN = 10;

const SERVICES: readonly DescService[] = [
  GameService,
  ClusterService,
  AdminService,
  Health,
  ServerReflection,
];
const METHODS = SERVICES.flatMap(({ methods }) => methods);

/** What errors.ts gives, and what the library gives for what it does not know. */
const CODES = [
  "",
  "invalid_argument",
  "failed_precondition",
  "unavailable",
  "deadline_exceeded",
  "resource_exhausted",
  "permission_denied",
  "not_found",
  "unimplemented",
];
const GRPC_CODES = [3, 4, 5, 7, 8, 9, 12, 14].map((number) => `grpc ${number}`);

function assertCivil({ status, code, text }: Answer): void {
  assert.ok(status >= 200 && status !== 500, `status ${status}: ${text}`);
  assert.ok([...CODES, ...GRPC_CODES].includes(code), `it is refused as ${code}: ${text}`);
  assert.doesNotMatch(text, /\.[cm]?[jt]s:\d+|node_modules|node:internal/, "inner words");
}

interface Protocol {
  readonly type: string;
  readonly isStream: boolean;
  readonly isJson: boolean;
  /** Where a message's compression is named. */
  readonly encoding: string;
}

const PROTOCOLS: readonly Protocol[] = [
  { type: "application/json", isStream: false, isJson: true, encoding: "content-encoding" },
  { type: "application/proto", isStream: false, isJson: false, encoding: "content-encoding" },
  ...(["json", "proto"] as const).flatMap((format) => [
    {
      type: `application/connect+${format}`,
      isStream: true,
      isJson: format === "json",
      encoding: "connect-content-encoding",
    },
    {
      type: `application/grpc+${format}`,
      isStream: true,
      isJson: format === "json",
      encoding: "grpc-encoding",
    },
    {
      type: `application/grpc-web+${format}`,
      isStream: true,
      isJson: format === "json",
      encoding: "grpc-encoding",
    },
  ]),
];

const COMPRESS: Readonly<Record<string, (bytes: Uint8Array) => Buffer>> = {
  gzip: (bytes) => gzipSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
};

function envelope(bytes: Uint8Array, flags: number, length = bytes.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** A message of the method's input, as this protocol writes it, or bytes of no meaning. */
function anyPayload(method: DescMethod, { isJson }: Protocol): fc.Arbitrary<Uint8Array> {
  const message = anyMessageOf(method.input).map((input) => {
    if (!isJson) return toBinary(method.input, create(method.input, input));
    return Buffer.from(toJsonString(method.input, create(method.input, input)));
  });
  const valid = fc.constantFrom(
    '{"player":"ann","value":50}',
    '{"room":"attic","player":"ann","value":7,"requestId":"r1"}',
    "{}",
    '{"peerId":"node2","cut":true}',
  );
  const sound = isJson
    ? fc.oneof(
        message,
        valid.map((text) => Buffer.from(text)),
      )
    : message;
  const harmed = damaged(sound).map(({ after }) => after);
  const other = fc.oneof(anyBytes, fc.json().map(Buffer.from));
  return fc.oneof({ weight: 3, arbitrary: sound }, { weight: 4, arbitrary: harmed }, other);
}

const anyOddHeader = fc.constantFrom<Record<string, string>>(
  {},
  {},
  {},
  { "content-type": "text/plain" },
  { "content-type": "" },
  { "content-type": "application/json; charset=latin1" },
  { "content-type": "application/grpc-web-text" },
  { "content-type": "application/grpc+thrift" },
  { "content-type": "application/connect+" },
  { "content-encoding": "zstd" },
  { "grpc-encoding": "br, gzip" },
  { "connect-content-encoding": "identity" },
  { "connect-accept-encoding": "x".repeat(3000) },
  { "connect-protocol-version": "9" },
  { "accept-encoding": "br;q=1.0, *;q=0" },
  { cookie: "a=b; ".repeat(200) },
  { range: "bytes=0-1" },
  { expect: "200-ok" },
  { origin: "null" },
);

/** What a client may write, instead of a time as its protocol has it. */
const anyOddTimeout = fc.oneof(
  fc.constantFrom("0", "1", "-1", "1e3", "5.5", "99999999999", "1H", "1", "0n", "٣"),
  fc.string({ maxLength: 100 }).map((text) => text.trim()),
);

/** A call by POST, as libraries send it but for one or two things, or for none. */
const anyPost: fc.Arbitrary<StrangeRequest> = fc
  .tuple(fc.constantFrom(...METHODS), fc.constantFrom(...PROTOCOLS))
  .chain(([method, protocol]) =>
    fc.record({
      method: fc.constant(method),
      protocol: fc.constant(protocol),
      payloads: fc.array(anyPayload(method, protocol), { minLength: 1, maxLength: 2 }),
      compression: fc.constantFrom(undefined, undefined, "gzip", "br"),
      named: fc.constantFrom(true, true, true, false),
      torn: fc.option(fc.nat(), { freq: 4 }),
      flags: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.nat({ max: 255 })),
      length: fc.option(fc.constantFrom(0, 1, 0x7fff_ffff, 0xffff_ffff), { freq: 10 }),
      timeout: fc.option(anyOddTimeout, { freq: 12 }),
      odd: anyOddHeader,
    }),
  )
  .map(({ method, protocol, payloads, compression, named, torn, flags, length, ...more }) => {
    const compress = COMPRESS[compression ?? ""];
    const parts = payloads.map((payload) => {
      const whole = compress === undefined ? payload : compress(payload);
      const bytes = torn === null ? whole : whole.subarray(0, torn % (whole.length + 1));
      if (!protocol.isStream) return bytes;
      return envelope(bytes, flags ?? (compress === undefined ? 0 : 1), length ?? bytes.length);
    });
    // A stream that is taken ends by itself soon.
    const timeout = method.methodKind === "unary" ? more.timeout : null;
    const headers = {
      ":method": "POST",
      ":path": pathOf(method),
      "content-type": protocol.type,
      te: "trailers",
      "connect-timeout-ms": timeout ?? "30",
      "grpc-timeout": timeout ?? "30m",
      ...(compression !== undefined && named ? { [protocol.encoding]: compression } : {}),
      ...more.odd,
    };
    return { headers, body: Buffer.concat(parts) };
  });

/** A call by GET, with its message in the query. */
const anyGet: fc.Arbitrary<StrangeRequest> = fc
  .tuple(fc.constantFrom(...METHODS), fc.constantFrom(...PROTOCOLS.slice(0, 2)))
  .chain(([method, protocol]) =>
    fc.record({
      method: fc.constant(method),
      payload: anyPayload(method, protocol),
      encoding: fc.constantFrom("json", "json", "proto", "xml", ""),
      base64: fc.constantFrom("1", "1", "0", "yes"),
      isBase64: fc.boolean(),
      compression: fc.constantFrom("", "", "gzip", "br", "zstd"),
      isCompressed: fc.boolean(),
    }),
  )
  .map(({ method, payload, encoding, base64, isBase64, compression, isCompressed }) => {
    const compress = isCompressed ? COMPRESS[compression] : undefined;
    const bytes = Buffer.from(compress === undefined ? payload : compress(payload));
    const message = bytes.subarray(0, 2000).toString(isBase64 ? "base64" : "latin1");
    const fields = { connect: "v1", encoding, base64, message };
    const query = new URLSearchParams(compression === "" ? fields : { ...fields, compression });
    const headers = { ":method": "GET", ":path": `${pathOf(method)}?${query}` };
    return { headers, body: new Uint8Array() };
  });

const anyRequest = fc.oneof({ weight: 4, arbitrary: anyPost }, anyGet);

async function serve(t: TestContext) {
  const logged = t.mock.method(t, "diagnostic", () => {});
  const { server } = await startServer(t, { admin: true, tailMax: 100 });
  const session = await connectHttp2(t, server.port);
  return { session, logged: () => logged.mock.calls.map(({ arguments: said }) => `${said[0]}`) };
}

const GOOD: StrangeRequest = {
  headers: { ":path": "/rooms?consistency=local" },
  body: new Uint8Array(),
};

test("whatever is asked, the answer is civil and the next one is served", async (t) => {
  const { session, logged } = await serve(t);
  const codes = new Set<string>();
  const crowd = fc.array(anyRequest, { minLength: 1, maxLength: REQUESTS_A_RUN });
  async function askAll(requests: readonly StrangeRequest[]): Promise<void> {
    for (const answer of await Promise.all(requests.map((request) => ask(session, request)))) {
      assertCivil(answer);
      codes.add(answer.code);
    }
    assert.deepEqual(logged(), []);
    assert.equal((await ask(session, GOOD)).status, 200);
  }
  await fc.assert(fc.asyncProperty(crowd, askAll), fuzzed(import.meta.url, RUNS));
  for (const code of ["", "invalid_argument", "unimplemented", "grpc 3"])
    assert.ok(codes.has(code));

  const before = usedBytes();
  await fc.assert(fc.asyncProperty(crowd, askAll), fuzzed(import.meta.url, RUNS));
  const grown = usedBytes() - before;
  assert.ok(grown < 20_000_000, `${grown} bytes more than before`);
});

test("a refusal arrives with its code, however long the text is that it is about", async (t) => {
  const { session } = await serve(t);
  const fields = METHODS.filter(({ methodKind }) => methodKind === "unary").flatMap((method) =>
    method.input.fields.map(({ jsonName }) => ({ method, jsonName })),
  );
  for (const { method, jsonName } of fields) {
    const said = { player: "ann", value: 5, [jsonName]: "é".repeat(25_000) };
    const headers = {
      ":method": "POST",
      ":path": pathOf(method),
      "content-type": "application/grpc+json",
      te: "trailers",
    };
    const answer = await ask(session, {
      headers,
      body: envelope(Buffer.from(JSON.stringify(said)), 0),
    });
    assertCivil(answer);
    assert.ok(answer.text.length < 8000, `${method.name}.${jsonName}: ${answer.text.length}`);
  }
});
