// Proves that a node stays down for as long as any fault wants it, that only a fault explains its
// end, and that a full disk explains just the end that says so.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { NodeEnd, TestNode } from "../cluster/node-process.testing.js";
import { type ChaosNode, createChaosNode } from "./chaos-node.js";

interface Rig {
  readonly node: ChaosNode;
  readonly surprises: readonly string[];
  readonly isUp: () => boolean;
  /** It ends by itself, with these last words. */
  end(end: NodeEnd, words: string): Promise<void>;
}

/** A node whose process is only played; its pid is none that the system has. */
function createRig(t: TestContext): Rig {
  const dir = mkdtempSync(join(tmpdir(), "zabble-chaos-node-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "log");
  const surprises: string[] = [];
  let pid: number | undefined;
  let over = (_end: NodeEnd): void => {};
  let ended: Promise<NodeEnd> = Promise.resolve({ code: null, signal: null });
  const finish = (end: NodeEnd): Promise<NodeEnd> => {
    pid = undefined;
    over(end);
    return ended;
  };
  const process: TestNode = {
    id: "node1",
    url: "",
    dir,
    log: { file, lines: () => [], waitFor: () => Promise.reject(new Error("not played")) },
    pid: () => pid,
    isFrozen: () => false,
    start() {
      assert.equal(pid, undefined, "started twice");
      pid = 2 ** 30;
      ended = new Promise((resolve) => {
        over = resolve;
      });
    },
    kill: () => finish({ code: null, signal: "SIGKILL" }),
    stop: () => finish({ code: 0, signal: null }),
    freeze() {},
    thaw() {},
    endsByItself: () => ended,
    unexpectedEnd: () => undefined,
    deleteData() {},
  };
  writeFileSync(file, "");
  const node = createChaosNode({
    process,
    beforeStart() {},
    onSurprise: (what) => surprises.push(what),
  });
  return {
    node,
    surprises,
    isUp: () => pid !== undefined,
    async end(how, words) {
      writeFileSync(file, words);
      await finish(how);
      // What follows an end is told in later turns.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const FULL = "node1 ends: the disk is full: cannot write. Free some space and start it again.\n";

test("a node is up again only when the last fault lets it", async (t) => {
  const { node, isUp, surprises } = createRig(t);
  node.start();
  const [one, other] = [await node.holdDown(), await node.holdDown()];
  one();
  assert.equal(isUp(), false);
  other();
  assert.equal(isUp(), true);
  assert.equal(node.life(), 2);
  await node.stop();
  assert.deepEqual(surprises, []);
});

for (const [what, end, words] of [
  ["a crash", { code: 1, signal: null }, "broken"],
  ["a damaged disk", { code: 3, signal: null }, "damaged"],
  ["a stranger's signal", { code: null, signal: "SIGKILL" }, ""],
  ["an end in good order", { code: 0, signal: null }, ""],
  ["a full disk that nobody filled", { code: 3, signal: null }, FULL],
] as const) {
  test(`${what} is a surprise, and the node stays down`, async (t) => {
    const rig = createRig(t);
    rig.node.start();
    await rig.end(end, words);
    assert.match(rig.surprises.join(), /node1 ended by itself/);
    rig.node.start();
    assert.equal(rig.isUp(), false);
  });
}

test("a crash while a fault is about to kill is a surprise all the same", async (t) => {
  const rig = createRig(t);
  rig.node.start();
  const ended = rig.end({ code: 1, signal: null }, "broken");
  await rig.node.holdDown();
  await ended;
  assert.equal(rig.surprises.length, 1);
});

test("a node whose disk was filled may end for that, and is back when there is room", async (t) => {
  const rig = createRig(t);
  const empty = rig.node.fillDisk(0);
  rig.node.start();
  assert.deepEqual(rig.node.limitWords(), ["prlimit", "--fsize=0:unlimited"]);
  await rig.end({ code: 3, signal: null }, FULL);
  assert.equal(rig.node.diskDeaths(), 1);
  assert.equal(rig.isUp(), false);
  empty();
  assert.equal(rig.isUp(), true);
  assert.deepEqual(rig.node.limitWords(), []);
  await rig.end({ code: 3, signal: null }, FULL);
  assert.equal(rig.surprises.length, 1, "its disk is not full any more");
});
