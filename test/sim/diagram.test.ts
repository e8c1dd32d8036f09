// Proves that the sequence diagram of a run reads as it should: arrows both ways, marks on the life
// lines, what the violation names kept from before the end, nothing wider than a terminal.
import assert from "node:assert/strict";
import test from "node:test";
import { type DiagramLine, drawDiagram } from "./diagram.js";

const names = ["node1", "node2", "node3"];

function fact(atMs: number, node: number, mark: string, text: string): DiagramLine {
  return { atMs, node, to: undefined, mark, text };
}

function arrow(atMs: number, node: number, to: number, text: string): DiagramLine {
  return { atMs, node, to, mark: "o", text };
}

test("three nodes, arrows in both directions, across a third", () => {
  const lines = [
    fact(0, 0, "S", "starts"),
    arrow(10.25, 0, 2, "propose 1.1 after 1.0 commit 1.0"),
    arrow(12, 2, 1, "ack 1.1"),
    fact(1042.07, 1, "X", "crashes"),
  ];
  const text = drawDiagram(lines, { names, last: 10, about: "" });
  assert.equal(
    text,
    [
      "      ms  node1       node2       node3",
      "     0.0  S           |           |           starts",
      "    10.3  o----------------------->           propose 1.1 after 1.0 commit 1.0",
      "    12.0  |           <-----------o           ack 1.1",
      "  1042.1  |           X           |           crashes",
    ].join("\n"),
  );
});

test("of what came before the end, only what the violation names", () => {
  const lines = [
    arrow(1, 0, 1, "propose 2.3 after 2.2 commit 2.2"),
    arrow(2, 0, 1, "propose 12.3 after 12.2 commit 2.30"),
    fact(3, 0, "*", "ESTABLISHED  in epoch 4"),
    fact(4, 1, "w", "writes 9.9"),
  ];
  const text = drawDiagram(lines, { names, last: 1, about: "node1 lost 2.3 of epoch 4" });
  const shown = text.split("\n").map((line) => line.slice(46));
  const kept = ["propose 2.3 after 2.2 commit 2.2", "ESTABLISHED  in epoch 4", "", "writes 9.9"];
  assert.deepEqual(shown.slice(1), kept);
});

test("seven nodes and a long sentence fit into a hundred columns", () => {
  const seven = Array.from({ length: 7 }, (_, index) => `node${index + 1}`);
  const text = drawDiagram([arrow(1, 6, 0, "x".repeat(200))], { names: seven, last: 1, about: "" });
  const [header = "", line = ""] = text.split("\n");
  assert.equal(line.length, 100);
  assert.match(header, /node1 node2 node3 node4 node5 node6 node7$/);
});
