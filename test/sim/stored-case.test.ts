// Proves that a stored case comes back as it was, that one from before a knob existed can still be
// read, and that what the simulator does not know is refused by name.
import assert from "node:assert/strict";
import test from "node:test";
import { CALM_PROFILE } from "./calm-profile.js";
import { drawCase } from "./sim-case.js";
import { parseStoredCase, storedCaseText } from "./stored-case.js";

const stored = { what: "a story", breaks: "TotalOrder", case: drawCase(7) };

/** The text of the stored case after a change to the plain object in it. */
function changed(change: (file: Record<string, Record<string, unknown>>) => void): string {
  const file: Record<string, Record<string, unknown>> = JSON.parse(storedCaseText(stored));
  change(file);
  return JSON.stringify(file);
}

test("every drawn case comes back as it was", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const one = { ...stored, case: drawCase(seed) };
    assert.deepEqual(parseStoredCase(storedCaseText(one)), one);
  }
});

test("a knob that the file does not know is calm", () => {
  const { profile } = stored.case;
  const { disk: _unknown, ...cluster } = profile.cluster;
  const text = changed((file) => Object.assign(file.case ?? {}, { profile: { cluster } }));
  const read = parseStoredCase(text).case.profile;
  assert.deepEqual(read.cluster.disk, CALM_PROFILE.cluster.disk);
  assert.deepEqual(read.clients, CALM_PROFILE.clients);
  assert.deepEqual(read.cluster.network, profile.cluster.network);
});

test("unknown knobs, kinds and types are refused by name", () => {
  const withProfile = (profile: object): string =>
    changed((file) => Object.assign(file.case ?? {}, { profile }));
  assert.throws(() => parseStoredCase(withProfile({ gravity: 1 })), /profile\.gravity is no knob/);
  assert.throws(() => parseStoredCase(withProfile({ faultyMs: "9" })), /profile\.faultyMs must be/);
  const fault = { kind: "flood", atMs: 1, forMs: 1, nodes: [0], leader: false, dice: 1 };
  const text = changed((file) => Object.assign(file.case ?? {}, { plan: [fault] }));
  assert.throws(() => parseStoredCase(text), /kind/);
});
