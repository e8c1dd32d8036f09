// Proves that a person with curl can play through any node, here a follower, and is told in words
// and in fields what is wrong with a bad request.
import assert from "node:assert/strict";
import test from "node:test";
import { PLAYER_RULE } from "../../game/names.js";
import { Role } from "../../gen/zabble/v1/cluster_pb.js";
import { startCluster } from "./cluster.testing.js";
import type { TestNode } from "./node-process.testing.js";
import { post } from "./post.testing.js";

interface Refusal {
  readonly what: string;
  readonly method: "SubmitGuess" | "SetTarget";
  readonly body: object;
  /** Code, reason and field. */
  readonly named: readonly [code: string, reason: string, field: string];
  readonly rule: string;
}

const VALUE_RULE = "a whole number from 0 to 100";
const OUT_OF_RANGE = ["invalid_argument", "VALUE_OUT_OF_RANGE", "value"] as const;

const WRONG_VALUES: readonly Refusal[] = [101, -1, 2.5].flatMap((value) =>
  (["SubmitGuess", "SetTarget"] as const).map((method) => ({
    what: `${method} of ${value}`,
    method,
    body: { player: "bob", value },
    named: OUT_OF_RANGE,
    rule: VALUE_RULE,
  })),
);

const REFUSALS: readonly Refusal[] = [
  ...WRONG_VALUES,
  {
    what: "no value",
    method: "SubmitGuess",
    body: { player: "bob" },
    named: ["invalid_argument", "VALUE_REQUIRED", "value"],
    rule: VALUE_RULE,
  },
  {
    what: "an empty player",
    method: "SubmitGuess",
    body: { player: "", value: 5 },
    named: ["invalid_argument", "BAD_PLAYER", "player"],
    rule: PLAYER_RULE,
  },
  {
    // Nothing is wrong with the request itself: another moment, and it would be right.
    what: "a room that nobody opened",
    method: "SubmitGuess",
    body: { room: "cellar", player: "bob", value: 5 },
    named: ["failed_precondition", "NO_SUCH_ROOM", ""],
    rule: "",
  },
];

async function checkRefusals(node: TestNode): Promise<void> {
  for (const { what, method, body, named, rule } of REFUSALS) {
    const answer = await post(node, `GameService/${method}`, body);
    const words = `${what}: ${JSON.stringify(answer.body)}`;
    const { reason, field, retryAfterMs } = answer.info ?? {};
    assert.deepEqual([answer.code, reason, field], named, words);
    assert.equal(answer.status, 400, words);
    assert.equal(answer.info?.rule, rule, words);
    assert.ok(String(answer.body.message).length > 10, words);
    assert.equal(retryAfterMs, 0, "trying again will not help");
  }
}

test("write, guess and read with JSON over HTTP against a follower", {
  timeout: 60_000,
}, async (t) => {
  const cluster = await startCluster(t, { nodes: 3 });
  await cluster.settled();
  const { nodeId } = await cluster.leader();
  const [follower] = cluster.others(nodeId);
  assert.ok(follower !== undefined);
  assert.equal((await cluster.status(follower.id))?.role, Role.FOLLOWING);

  const write = await post(follower, "GameService/SetTarget", { player: "dan", value: 50 });
  assert.equal(write.status, 200, JSON.stringify(write.body));
  assert.equal(write.body.round, 1);
  // A uint64 is a text in JSON.
  const zxid = BigInt(String(write.body.zxid));
  const guess = { player: "alice", value: 45, requestId: "guess-1" };
  const first = await post(follower, "GameService/SubmitGuess", guess);
  assert.equal(first.status, 200, JSON.stringify(first.body));
  assert.equal(BigInt(String(first.body.zxid)), zxid + 1n);
  const again = await post(follower, "GameService/SubmitGuess", guess);
  assert.deepEqual(again.body, first.body, "a repeat is answered as the first time");
  const read = await post(follower, "GameService/GetGame", { room: "lobby" });
  assert.equal(read.status, 200, JSON.stringify(read.body));
  const room: Record<string, unknown> = Object.assign({}, read.body.room);
  assert.deepEqual([room.open, room.target, room.guessCount], [true, 50, 1]);
  const url = `${follower.url}/zabble.v1.GameService/GetGame`;
  const query = new URLSearchParams({ connect: "v1", encoding: "json", message: "{}" });
  const got = await fetch(`${url}?${query}`);
  assert.equal(got.status, 200, "reads can be made with GET");
  assert.deepEqual(await got.json(), read.body);

  await checkRefusals(follower);
  const large = JSON.stringify({ player: "x".repeat(1024 * 1024), value: 5 });
  const tooLarge = await post(follower, "GameService/SubmitGuess", large);
  assert.deepEqual([tooLarge.status, tooLarge.code], [429, "resource_exhausted"]);
  assert.match(String(tooLarge.body.message), /65536/);
  const broken = await post(follower, "GameService/SubmitGuess", '{"player":');
  assert.deepEqual([broken.status, broken.code], [400, "invalid_argument"]);
  assert.equal(broken.info?.reason, "BAD_REQUEST");

  const after = await post(follower, "GameService/GetGame", {});
  assert.deepEqual(after.body, read.body, "what was refused changed nothing");
});
