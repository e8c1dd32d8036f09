// Proves that nodes of any number stand apart and inside the drawing, and that edges end at their
// rims, keep off the words in the middle where they are marked, and thin out when there are many.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  edgeBetween,
  isEdgeDrawn,
  MIDDLE,
  type NodePlace,
  type Place,
  placesOf,
  RING_HEIGHT,
  RING_WIDTH,
} from "./ring-layout.js";

function ring(count: number): readonly NodePlace[] {
  return placesOf(Array.from({ length: count }, (_, index) => `node${index + 1}`));
}

function placeAt(places: readonly NodePlace[], index: number): NodePlace {
  const place = places[index];
  assert.ok(place !== undefined);
  return place;
}

function distance(one: Place, other: Place): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}

/** Below 1 inside of the ellipse. */
function fromMiddle({ x, y }: Place): number {
  return ((x - MIDDLE.x) / MIDDLE.rx) ** 2 + ((y - MIDDLE.y) / MIDDLE.ry) ** 2;
}

test("no node of 1 to 15 covers another, leaves the drawing or has no room for its words", () => {
  for (let count = 1; count <= 15; count++) {
    const places = ring(count);
    assert.equal(places.length, count);
    for (const [index, { x, y, r, aside }] of places.entries()) {
      assert.ok(x - r >= 0 && x + r <= RING_WIDTH, `${count}: x of ${index}`);
      // A crown stands 11 above the rim; a line of words is 17 high.
      assert.ok(y - r - 11 >= 0 && aside.y + 8.5 <= RING_HEIGHT, `${count}: y of ${index}`);
      assert.ok(aside.y - 8.5 >= y + r);
      for (const other of places.slice(index + 1)) {
        assert.ok(distance({ x, y }, other) > 2 * r + 2, `${count}: ${index} and ${other.nodeId}`);
      }
    }
  }
});

test("five nodes are large enough to hold their words, fifteen are not", () => {
  assert.ok(ring(5).every(({ holdsWords }) => holdsWords));
  assert.ok(ring(15).every(({ holdsWords }) => !holdsWords));
});

test("the place follows from the number alone: the first is at the top, then clockwise", () => {
  const [first, second] = ring(5);
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(first.nodeId, "node1");
  assert.equal(Math.round(first.x), MIDDLE.x);
  assert.ok(first.y < MIDDLE.y && second.x > MIDDLE.x);
  const renamed = placesOf(["a", "b", "c", "d", "e"]);
  assert.deepEqual(
    renamed.map(({ x, y }) => [x, y]),
    ring(5).map(({ x, y }) => [x, y]),
  );
});

test("an edge runs from rim to rim", () => {
  const places = ring(5);
  const one = placeAt(places, 0);
  const other = placeAt(places, 2);
  const { from, to, across } = edgeBetween(one, other);
  assert.ok(Math.abs(distance(one, from) - one.r) < 1e-9);
  assert.ok(Math.abs(distance(other, to) - other.r) < 1e-9);
  const between = distance(one, other);
  assert.ok(Math.abs(distance(from, to) - (between - one.r - other.r)) < 1e-9);
  assert.ok(Math.abs(across.x * (to.x - from.x) + across.y * (to.y - from.y)) < 1e-9);
  assert.ok(Math.abs(Math.hypot(across.x, across.y) - 1) < 1e-9);
});

test("the mark of a broken edge is half way, but never under the words in the middle", () => {
  const five = ring(5);
  const outer = edgeBetween(placeAt(five, 0), placeAt(five, 1));
  assert.ok(Math.abs(distance(outer.mark, outer.from) - distance(outer.mark, outer.to)) < 1e-9);
  for (let count = 2; count <= 9; count++) {
    const places = ring(count);
    for (const [index, one] of places.entries()) {
      for (const other of places.slice(index + 1)) {
        assert.ok(fromMiddle(edgeBetween(one, other).mark) >= 1, `${count}: ${one.nodeId}`);
      }
    }
  }
});

test("the edge of two nodes passes above the words in the middle", () => {
  const [one, other] = ring(2);
  assert.ok(one !== undefined && other !== undefined);
  assert.ok(Math.max(one.y, other.y) < MIDDLE.y - MIDDLE.ry);
});

test("beyond seven nodes only the leader's and broken edges are drawn", () => {
  assert.ok(isEdgeDrawn(7, false, false));
  assert.ok(!isEdgeDrawn(8, false, false));
  assert.ok(isEdgeDrawn(8, true, false));
  assert.ok(isEdgeDrawn(8, false, true));
});
