// Proves which bars the band shows: the newest ones in the present, those around the place in the
// past, also while it is read, each with its kind, epoch and room.
import assert from "node:assert/strict";
import test from "node:test";
import type { PageModel } from "../page-model.js";
import { guess, joinedPage, pageAfter, target, told } from "../page-session.testing.js";
import { bars } from "./band.js";
import { shownLog } from "./shown-log.js";

const page = pageAfter(joinedPage(), [
  target(1, 50),
  guess(1, "bob", 45),
  target(1, 7, "zoe", "attic"),
  guess(1, "ann", 51),
  { type: "RoundClosed", room: "lobby", round: 1, winner: "ann", guess: 51, distance: 1 },
]);

test("the newest are shown, oldest first", () => {
  assert.deepEqual(
    bars(page.session, 4).map(({ zxid, kind, isElsewhere }) => [zxid, kind, isElsewhere]),
    [
      [2n, "guess", false],
      [3n, "target", true],
      [4n, "guess", false],
      [5n, "closed", false],
    ],
  );
  assert.equal(bars(page.session, 4)[0]?.words, "0.2 bob guessed 45");
});

const older = { kind: "stride", stride: "event", direction: "older" } as const;

/** The log of the lobby is there. */
function afterReading(past: PageModel): PageModel {
  const { reading, stretch } = past.session.past ?? assert.fail();
  const { before, transactions } = stretch;
  const place = { firstOrdinal: 1, total: 4, reachesEnd: true, keptFrom: undefined };
  return told(past, {
    type: "pastRead",
    readId: reading?.readId ?? assert.fail(),
    stretch: { room: "lobby", before, transactions, ...place },
  });
}

test("nothing is blank while the past is read: what was seen stays, and the place shows", () => {
  const past = told(page, { type: "travel", move: older });
  assert.deepEqual(
    bars(past.session, 4).map(({ zxid, isHere }) => [zxid, isHere]),
    [
      [2n, false],
      [3n, false],
      [4n, true],
      [5n, false],
    ],
  );
  assert.ok(shownLog(past.session, 4, 0).isStandIn);
  assert.ok(!shownLog(page.session, 4, 0).isStandIn);
});

test("in the past they are those around the place, without other rooms", () => {
  const past = afterReading(told(page, { type: "travel", move: older }));
  assert.ok(!shownLog(past.session, 3, 1).isStandIn);
  assert.deepEqual(
    bars(past.session, 3).map(({ zxid, isHere }) => [zxid, isHere]),
    [
      [2n, false],
      [4n, true],
      [5n, false],
    ],
  );
});

test("a change of leader is a bar of its own kind and epoch", () => {
  const zxid = 1n << 32n;
  const transaction = {
    zxid,
    prev: 5n,
    time: 0,
    requestId: "",
    events: [{ type: "LeaderEstablished", epoch: 1, nodeId: "node2" }] as const,
  };
  const next = told(page, { type: "transactions", transactions: [transaction], seen: zxid });
  const last = bars(next.session, 9).at(-1);
  assert.deepEqual(
    [last?.kind, last?.epoch, last?.words],
    ["leader", 1, "1.0 node2 leads epoch 1"],
  );
});
