// Proves that a page of the log costs the node what is in it: in a busy room it looks no farther
// than the page needs, in a quiet one as far as it may, and pages always lead on to the end.
import assert from "node:assert/strict";
import test from "node:test";
import { create } from "@bufbuild/protobuf";
import { ListEventsRequestSchema } from "../gen/zabble/v1/game_pb.js";
import { listEvents } from "./list-events.js";
import { createLocalReplica } from "./local-replica.testing.js";
import type { Replica } from "./replica.js";

/** A node with so many targets set, one in `everyNth` in the lobby and the others in the attic. */
function replicaWith(count: number, everyNth: number): { replica: Replica; looked(): number } {
  const local = createLocalReplica();
  for (let index = 1; index <= count; index++) {
    const room = index % everyNth === 0 ? "lobby" : "attic";
    local.commit({ type: "SetTarget", room, player: "ann", value: 1, requestId: `t-${index}` });
  }
  let looked = 0;
  const recent: Replica["recent"] = (after, limit) => {
    const transactions = local.recent(after, limit);
    looked += transactions?.length ?? 0;
    return transactions;
  };
  return { replica: { ...local, recent }, looked: () => looked };
}

test("a page of a busy room looks at no more than one step", async () => {
  const { replica, looked } = replicaWith(3000, 1);
  const request = create(ListEventsRequestSchema, { room: "lobby", limit: 100 });
  const { transactions, end } = await listEvents(replica, request);
  assert.equal(transactions.length, 100);
  assert.equal(end, false);
  assert.ok(looked() <= 500, `${looked()} were looked at`);
});

test("a page of a quiet room goes on looking, up to its bound, and leads on", async () => {
  const { replica, looked } = replicaWith(7000, 700);
  const found: bigint[] = [];
  let afterZxid = 0n;
  let calls = 0;
  for (let isEnd = false; !isEnd; calls++) {
    const before = looked();
    const request = create(ListEventsRequestSchema, { room: "lobby", afterZxid, limit: 50 });
    const page = await listEvents(replica, request);
    assert.ok(looked() - before <= 5000, `${looked() - before} were looked at in one call`);
    assert.ok(page.end || page.nextZxid > afterZxid, "each page leads further");
    found.push(...page.transactions.map(({ counter }) => BigInt(counter)));
    afterZxid = page.nextZxid;
    isEnd = page.end;
  }
  assert.equal(calls, 2);
  assert.deepEqual(
    found.filter((counter) => counter > 0n),
    [700n, 1400n, 2100n, 2800n, 3500n, 4200n, 4900n, 5600n, 6300n, 7000n],
  );
});
