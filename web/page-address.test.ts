// Proves that the page's address names a room both ways, and that no address leads into a room that
// cannot be.
import assert from "node:assert/strict";
import test from "node:test";
import { addressOfRoom, isThisMachineOnly, roomOfAddress } from "./page-address.js";

const AT = { origin: "http://127.0.0.1:8080" };

test("a room's address leads into that room, the lobby's is the shortest", () => {
  for (const room of ["lobby", "attic", "A-b_9"]) {
    assert.equal(roomOfAddress(new URL(addressOfRoom(AT, room)).search), room);
  }
  assert.equal(addressOfRoom(AT, "lobby"), "http://127.0.0.1:8080/");
  assert.equal(addressOfRoom(AT, "attic"), "http://127.0.0.1:8080/?room=attic");
});

test("a room that no rule allows is the lobby", () => {
  for (const search of ["", "?room=", "?room=a%20b", `?room=${"x".repeat(25)}`, "?other=attic"]) {
    assert.equal(roomOfAddress(search), "lobby", search);
  }
});

test("an address of this machine alone is known as such", () => {
  const only = ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"];
  assert.deepEqual(
    only.map((hostname) => isThisMachineOnly({ hostname })),
    only.map(() => true),
  );
  for (const hostname of ["192.168.1.9", "play.example.org", "127.example.org", "localhost.org"]) {
    assert.equal(isThisMachineOnly({ hostname }), false, hostname);
  }
});
