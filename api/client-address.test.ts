// Proves who counts as one caller: an IPv4 address however it is written, a whole /64 of IPv6.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clientAddress } from "./client-address.js";

test("an IPv4 address is itself, also within IPv6", () => {
  assert.equal(clientAddress("192.0.2.7"), "192.0.2.7");
  assert.equal(clientAddress("::ffff:192.0.2.7"), "192.0.2.7");
});

test("IPv6 addresses of one /64 are one, of two are two", () => {
  const one = clientAddress("2001:db8:1:2:aaaa::1");
  assert.equal(clientAddress("2001:db8:1:2:bbbb:cccc:dddd:eeee"), one);
  assert.equal(clientAddress("2001:db8:1:2::"), one);
  assert.notEqual(clientAddress("2001:db8:1:3:aaaa::1"), one);
  assert.equal(clientAddress("fe80::1%eth0"), clientAddress("fe80::2%eth0"));
  assert.equal(clientAddress("2001:db8::1"), clientAddress("2001:db8:0:0:5::1"));
  assert.notEqual(clientAddress("::1"), clientAddress("2001:db8::1"));
});

test("a connection that is already gone has a key too", () => {
  assert.equal(clientAddress(undefined), "");
});
