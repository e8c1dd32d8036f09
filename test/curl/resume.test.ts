// Proves that who follows a room's events with curl, and comes back with the last id that it saw,
// in turn to the gateway and to a node, has neither missed an event nor seen one twice.
import assert from "node:assert/strict";
import test from "node:test";
import { formatZxid, parseZxid } from "../../game/zxid.js";
import { newRoom, type Place, startPlaces } from "../wire/places.testing.js";
import { type Running, runLine } from "./curl.testing.js";

const TURNS = 8;

/** Events that a reader waits for before it leaves. */
const EVENTS_PER_TURN = 25;

interface Seen {
  readonly zxids: readonly bigint[];
  /** To come back with. */
  readonly lastId: string;
}

function follow({ url }: Place, room: string, lastId: string): Running {
  return runLine(`curl -sS -N -H 'Last-Event-ID: ${lastId}' ${url}/rooms/${room}/events`);
}

/** What an EventSource would have made of the text: an event counts once it is whole. */
function seenIn(text: string, before: string): Seen {
  const zxids: bigint[] = [];
  let lastId = before;
  for (const frame of text.split("\n\n").slice(0, -1)) {
    const fields = new Map(
      frame.split("\n").map((line): [string, string] => {
        const [name = "", ...rest] = line.split(": ");
        return [name, rest.join(": ")];
      }),
    );
    const id = fields.get("id");
    assert.notEqual(fields.get("event"), "snapshot", "it could resume");
    if (fields.get("event") === "transaction") zxids.push(parseZxid(id ?? "") ?? 0n);
    lastId = id ?? lastId;
  }
  return { zxids, lastId };
}

test("a stream of events resumes anywhere", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  const client = places.cluster.client(places.leader.id);
  const room = newRoom();
  const set = await client.setTarget({ room, player: "ann", value: 50 });
  assert.ok(set.kind === "committed");
  const committed: bigint[] = [];
  let writes = true;
  async function write(): Promise<void> {
    while (writes) {
      const outcome = await client.submitGuess({ room, player: "bob", value: 45 });
      assert.ok(outcome.kind === "committed");
      committed.push(outcome.zxid);
    }
  }

  const writing = write();
  const seen: bigint[] = [];
  let lastId = String(set.zxid);
  for (let turn = 0; turn < TURNS; turn++) {
    const place = places.all[turn % places.all.length] ?? places.gateway;
    const running = follow(place, room, lastId);
    await running.printed(/^event: transaction$/m, EVENTS_PER_TURN);
    await running.stop();
    const now = seenIn(running.text(), lastId);
    seen.push(...now.zxids);
    ({ lastId } = now);
  }
  writes = false;
  await writing;
  const last = follow(places.gateway, room, lastId);
  await last.printed(new RegExp(`id: ${formatZxid(committed.at(-1) ?? 0n)}\n`));
  await last.stop();
  seen.push(...seenIn(last.text(), lastId).zxids);
  assert.ok(seen.length > TURNS * (EVENTS_PER_TURN - 1));
  assert.deepEqual(seen, committed);
});
