// Proves that a deadline of the official gRPC client is kept on both sides, and that the server
// says what is known of a command whose deadline passed while the leader was silent.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import type { DescMessage, DescMethodUnary, MessageInitShape } from "@bufbuild/protobuf";
import * as grpc from "@grpc/grpc-js";
import { GameService } from "../../gen/zabble/v1/game_pb.js";
import { type GrpcCall, type GrpcError, openGrpc } from "./grpc-js.testing.js";
import { inEachPlace, newRoom, type Place, startPlaces } from "./places.testing.js";

const { setTarget, submitGuess, getGame } = GameService.method;

const DEADLINE_MS = 300;

/** How much later the answer may come, on a machine with other work. */
const LATE_MS = 1000;

/** Makes the call and checks that it ended with its deadline, and then. */
async function overdue<I extends DescMessage>(
  test: TestContext,
  place: Place,
  method: DescMethodUnary<I, DescMessage>,
  request: MessageInitShape<I>,
  call: GrpcCall,
): Promise<GrpcError> {
  const client = openGrpc(test, place);
  const begunMs = performance.now();
  const answer = await client.unary(method, request, call);
  const tookMs = performance.now() - begunMs;
  assert.ok(answer.kind === "error");
  assert.equal(grpc.status[answer.code], "DEADLINE_EXCEEDED", answer.message);
  assert.ok(tookMs > DEADLINE_MS - 50 && tookMs < DEADLINE_MS + LATE_MS, `${tookMs} ms`);
  return answer;
}

test("a deadline ends a call on both sides", { timeout: 60_000 }, async (t) => {
  // The others wait for a silent leader far longer than any deadline here.
  const places = await startPlaces(t, { syncLimitTicks: 400 });
  const { leader } = places;

  async function whileLeaderIsSilent<T>(run: () => Promise<T>): Promise<T> {
    leader.freeze();
    try {
      return await run();
    } finally {
      leader.thaw();
    }
  }

  await inEachPlace(t, places, {
    "the client's own": async (each, place) => {
      const guess = { player: "bob", value: 5 };
      await whileLeaderIsSilent(() =>
        overdue(each, place, submitGuess, guess, { deadlineMs: DEADLINE_MS }),
      );
    },
    // Sent as a bare header, so that the client itself has none and must wait for the server.
    "a command's, kept by the server": async (each, place) => {
      const room = newRoom();
      const headers = { "grpc-timeout": `${DEADLINE_MS}m` };
      const set = { room, player: "ann", value: 50, requestId: `late-in-${room}` };
      const { info } = await whileLeaderIsSilent(() =>
        overdue(each, place, setTarget, set, { headers }),
      );
      assert.deepEqual([info?.reason, info?.outcomeUnknown], ["DEADLINE", true]);
      const client = openGrpc(each, place);
      const again = await client.unary(setTarget, set);
      assert.ok(again.kind === "ok", "the same id tells how it went");
      assert.equal(again.value.round, 1);
    },
    "a repeat's own, not that of the try before": async (each, place) => {
      const room = newRoom();
      const client = openGrpc(each, place);
      const set = { room, player: "ann", value: 50, requestId: `twice-in-${room}` };
      const repeated = await whileLeaderIsSilent(async () => {
        const headers = { "grpc-timeout": `${DEADLINE_MS}m` };
        const first = overdue(each, place, setTarget, set, { headers });
        const second = client.unary(setTarget, set, { deadlineMs: 10_000 });
        await first;
        return { second };
      });
      const answer = await repeated.second;
      assert.ok(answer.kind === "ok", answer.kind === "error" ? answer.message : "");
    },
    "a confirmed read's, kept by the server": async (each, place) => {
      const headers = { "grpc-timeout": `${DEADLINE_MS}m` };
      const { info } = await whileLeaderIsSilent(() =>
        overdue(each, place, getGame, {}, { headers }),
      );
      assert.deepEqual([info?.reason, info?.outcomeUnknown], ["DEADLINE", false]);
    },
  });
});
