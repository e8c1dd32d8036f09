// Proves what curl gets from a node and from the gateway: every version of HTTP, frames made by
// hand, and words for whatever is wrong with a request.
import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  GetGameRequestSchema,
  GetGameResponseSchema,
  SubmitGuessRequestSchema,
} from "../../gen/zabble/v1/game_pb.js";
import {
  type Case,
  inEachPlace,
  newRoom,
  type Place,
  startPlaces,
} from "../wire/places.testing.js";
import { type Curled, curl, runLine } from "./curl.testing.js";

const JSON_TYPE = ["-H", "content-type: application/json"];

function method({ url }: Place, name: string): string {
  return `${url}/zabble.v1.GameService/${name}`;
}

function post(place: Place, name: string, body: object | string, ...more: readonly string[]) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return curl([...more, ...JSON_TYPE, "-d", text, method(place, name)]);
}

function get(place: Place, name: string, query: Readonly<Record<string, string>>) {
  const fields = Object.entries(query).flatMap(([key, value]) => {
    return ["--data-urlencode", `${key}=${value}`];
  });
  return curl(["-G", ...fields, method(place, name)]);
}

/** That it was refused in JSON, with this status, code, reason and field. */
function assertRefused(answer: Curled, status: number, ...named: readonly string[]): void {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.contentType, "application/json");
  const { code, message, details } = JSON.parse(answer.text);
  assert.ok(String(message).length > 10, message);
  const { reason, field } = details?.[0]?.debug ?? {};
  assert.deepEqual([code, reason, field].slice(0, named.length), named, answer.text);
}

const versions: Case = async (_, place) => {
  const room = newRoom();
  assert.equal((await post(place, "SetTarget", { room, player: "ann", value: 50 })).status, 200);
  for (const [option, version] of [
    ["--http1.0", "1.1"],
    ["--http1.1", "1.1"],
    // An upgrade may be passed over.
    ["--http2", "1.1"],
    ["--http2-prior-knowledge", "2"],
  ] as const) {
    const guess = { room, player: "bob", value: 45 };
    const answer = await post(place, "SubmitGuess", guess, option);
    assert.deepEqual([answer.status, answer.version], [200, version], option);
    assert.match(answer.text, /^\{"zxid":"\d+","round":1\}$/);
  }
  const play = ["-H", "content-type: application/connect+json", "-d", "", method(place, "Play")];
  assert.equal((await curl(play)).status, 505, "both sides speak at once on HTTP/2 alone");
  assert.equal((await curl(["--http2-prior-knowledge", ...play])).status, 200);
};

/** Messages and trailers as gRPC-web puts them into a body: a flag, a length, so many bytes. */
function framesIn(bytes: Buffer): { readonly flag: number; readonly data: Buffer }[] {
  const frames: { flag: number; data: Buffer }[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    assert.ok(end <= bytes.length, "the last frame is whole");
    frames.push({ flag: bytes.readUInt8(at), data: bytes.subarray(at + 5, end) });
    at = end;
  }
  return frames;
}

function frameOf(data: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
}

function postFrame<D extends DescMessage>(
  place: Place,
  name: string,
  schema: D,
  fields: Parameters<typeof create<D>>[1],
): Promise<Curled> {
  const type = ["-H", "content-type: application/grpc-web+proto"];
  const frame = frameOf(toBinary(schema, create(schema, fields)));
  return curl([...type, "--data-binary", "@-", method(place, name)], frame);
}

const grpcWeb: Case = async (_, place) => {
  const room = newRoom();
  await post(place, "SetTarget", { room, player: "ann", value: 50 });
  const answer = await postFrame(place, "GetGame", GetGameRequestSchema, { room });
  assert.equal(answer.contentType, "application/grpc-web+proto");
  const [message, trailers, ...more] = framesIn(answer.bytes);
  assert.ok(message?.flag === 0 && trailers?.flag === 0x80 && more.length === 0);
  assert.equal(fromBinary(GetGameResponseSchema, message.data).room?.target, 50);
  assert.match(trailers.data.toString(), /^grpc-status: 0\r\n/m);
  const wrong = { room, player: "bob", value: 101 };
  const refused = await postFrame(place, "SubmitGuess", SubmitGuessRequestSchema, wrong);
  const [only] = framesIn(refused.bytes);
  assert.deepEqual([refused.status, only?.flag], [200, 0x80]);
  assert.match(only?.data.toString() ?? "", /^grpc-status: 3\r\n/m);
  assert.match(only?.data.toString() ?? "", /^grpc-status-details-bin: \S+\r\n/m);
};

const contentTypes: Case = async (_, place) => {
  const { url, body } = { url: method(place, "SubmitGuess"), body: ["-d", "{}"] };
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml"]) {
    const { status, text } = await curl(["-H", `content-type: ${type}`, ...body, url]);
    assert.equal(status, 415, type);
    assert.match(text, /Say what you send: "content-type: application\/json"/);
  }
  const put = await curl(["-X", "PUT", ...JSON_TYPE, ...body, url]);
  assert.equal(put.status, 405);
  assert.match(put.text, /by POST/);
  assert.equal((await get(place, "SubmitGuess", GET_JSON)).status, 405, "a command is no read");
};

const badJson: Case = async (_, place) => {
  for (const body of ['{"player":', "[]", "5", '"text"', ""]) {
    assertRefused(await post(place, "SubmitGuess", body), 400, "invalid_argument", "BAD_REQUEST");
  }
  const misspelt = await post(place, "SubmitGuess", { player: "bob", vlaue: 5 });
  assertRefused(misspelt, 400, "invalid_argument", "VALUE_REQUIRED", "value");
  const room = newRoom();
  const more = { room, player: "ann", value: 5, colour: "red", of: { the: ["rainbow"] } };
  assert.equal((await post(place, "SetTarget", more)).status, 200, "newer clients may say more");
};

const compressed: Case = async (_, place) => {
  const set = JSON.stringify({ room: newRoom(), player: "ann", value: 50 });
  const args = [...JSON_TYPE, "--data-binary", "@-", method(place, "SetTarget")];
  const gzip = ["-H", "content-encoding: gzip", ...args];
  assert.equal((await curl(gzip, gzipSync(set))).status, 200);
  const bomb = gzipSync(JSON.stringify({ player: "x".repeat(4_000_000) }));
  assertRefused(await curl(gzip, bomb), 429, "resource_exhausted");
  const unknown = await curl(["-H", "content-encoding: deflate", ...args], Buffer.from(set));
  assertRefused(unknown, 501, "unimplemented");
  assert.match(unknown.text, /gzip/, "it says what may be used instead");
};

const GET_JSON = { connect: "v1", encoding: "json", message: "{}" };

const readsByGet: Case = async (_, place) => {
  const room = newRoom();
  await post(place, "SetTarget", { room, player: "ann", value: 50 });
  const answer = await get(place, "GetGame", { ...GET_JSON, message: JSON.stringify({ room }) });
  assert.equal(answer.status, 200);
  assert.equal(JSON.parse(answer.text).room.target, 50);
  const broken = await get(place, "GetGame", { ...GET_JSON, message: "{" });
  assertRefused(broken, 400, "invalid_argument", "BAD_REQUEST");
  const long = JSON.stringify({ room: "x".repeat(20_000) });
  assert.equal((await get(place, "GetGame", { ...GET_JSON, message: long })).status, 431);
  const squeezed = {
    ...GET_JSON,
    compression: "gzip",
    base64: "1",
    message: gzipSync(JSON.stringify({ room: "x".repeat(1_000_000) })).toString("base64url"),
  };
  assertRefused(await get(place, "GetGame", squeezed), 429, "resource_exhausted");
  assert.equal((await get(place, "GetGame", GET_JSON)).status, 200, "the port goes on");
};

const watchByHand: Case = async (_, place) => {
  const type = "-H 'content-type: application/connect+json'";
  const send = `printf '\\0\\0\\0\\0\\2{}' | curl -sS -N ${type} --data-binary @-`;
  const running = runLine(`${send} ${method(place, "Watch")}`);
  await running.printed(/\{"snapshot":\{.*\{"status":\{"nodeId":"/s);
  await running.stop();
};

test("curl is served", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  await inEachPlace(t, places, {
    "every version of HTTP is answered": versions,
    "a gRPC-web frame may be made by hand": grpcWeb,
    "what is no call of any protocol is refused": contentTypes,
    "what is wrong with the JSON is said": badJson,
    "a body may be compressed": compressed,
    "reads may be made by GET, up to a length": readsByGet,
    "Watch speaks Connect's envelopes": watchByHand,
  });
});
