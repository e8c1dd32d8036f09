// Proves that no more windows hold streams than there are places, that one that waits comes in when
// another goes, and that a window that gives up leaves nothing behind.
import assert from "node:assert/strict";
import test from "node:test";
import { takeWindowSlot, type WindowLocks } from "./window-slots.js";

/** What a browser does: one holder a name, the others in the order in which they asked. */
function browserLocks(): WindowLocks {
  const queues = new Map<string, (() => Promise<void>)[]>();
  async function serve(name: string): Promise<void> {
    const queue = queues.get(name) ?? [];
    for (let run = queue[0]; run !== undefined; run = queue[0]) {
      await run();
      queue.shift();
    }
  }
  return {
    async request(name, options, callback) {
      const queue = queues.get(name) ?? [];
      queues.set(name, queue);
      if ("ifAvailable" in options && queue.length > 0) return callback(null);
      return new Promise<void>((resolve, reject) => {
        const run = () => callback({}).then(resolve, reject);
        queue.push(run);
        if ("signal" in options) {
          options.signal.addEventListener("abort", () => {
            const at = queue.indexOf(run);
            if (at <= 0) return;
            queue.splice(at, 1);
            reject(options.signal.reason);
          });
        }
        if (queue.length === 1) void serve(name);
      });
    },
  };
}

const settled = () => new Promise(setImmediate);

function openWindow(locks: WindowLocks | undefined) {
  const closing = new AbortController();
  const seen: string[] = [];
  void takeWindowSlot(locks, closing.signal, () => seen.push("waits")).then((hasSlot) => {
    seen.push(hasSlot ? "shows" : "gave up");
  });
  return { seen, close: () => closing.abort() };
}

test("two windows show the game, a third waits until one of them goes", async () => {
  const locks = browserLocks();
  const windows = [openWindow(locks)];
  await settled();
  windows.push(openWindow(locks));
  await settled();
  windows.push(openWindow(locks), openWindow(locks));
  await settled();
  const seen = () => windows.map((one) => one.seen.join(", "));
  assert.deepEqual(seen(), ["shows", "shows", "waits", "waits"]);
  windows[1]?.close();
  await settled();
  assert.deepEqual(seen(), ["shows", "shows", "waits, shows", "waits"]);
  windows[0]?.close();
  await settled();
  assert.deepEqual(seen(), ["shows", "shows", "waits, shows", "waits, shows"]);
});

test("whoever gives up waiting takes no place from others", async () => {
  const locks = browserLocks();
  const first = openWindow(locks);
  const second = openWindow(locks);
  await settled();
  const gone = openWindow(locks);
  const next = openWindow(locks);
  await settled();
  gone.close();
  await settled();
  assert.deepEqual(gone.seen, ["waits", "gave up"]);
  first.close();
  await settled();
  assert.deepEqual(next.seen, ["waits", "shows"]);
  second.close();
  await settled();
  const again = openWindow(locks);
  await settled();
  assert.deepEqual(again.seen, ["shows"]);
});

test("where the browser has no locks every window goes ahead", async () => {
  const windows = [openWindow(undefined), openWindow(undefined), openWindow(undefined)];
  await settled();
  assert.deepEqual(
    windows.map(({ seen }) => seen),
    [["shows"], ["shows"], ["shows"]],
  );
});
