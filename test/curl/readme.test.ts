// Proves that the curl lines of the README run as they stand, against nodes and a gateway on other
// ports, and that they print what the README shows.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { DEFAULT_CONFIG_FILE, readConfig } from "../../config/read-config.js";
import { type Places, startPlaces } from "../wire/places.testing.js";
import { runLine } from "./curl.testing.js";
import { curlLines, type ReadmeLine } from "./readme-lines.testing.js";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** What the lines print whose output the README does not show; each is of use for one line. */
const PRINTED: readonly { readonly command: RegExp; readonly output: RegExp }[] = [
  {
    command: /\/rooms$/,
    output: /^\{"zxid":"\d+","rooms":\[\{"name":"lobby","round":1,"open":true,/,
  },
  {
    command: /\/rooms\/lobby$/,
    output: /^\{"zxid":"\d+","room":\{"name":"lobby","round":1,"open":true,"target":50,/,
  },
  {
    command: /\/rooms\/lobby\/log/,
    output: /^\{"transactions":\[\{"epoch":1,"counter":1,.*"targetSet":\{"room":"lobby",/,
  },
  {
    command: /\/cluster$/,
    output: /^\{"nodes":\[\{"nodeId":"node1","address":"127\.0\.0\.1:\d+",/,
  },
  { command: /\/status$/, output: /^\{"status":\{"nodeId":"node\d","role":"ROLE_\w+",/ },
  {
    command: /\/rooms\/lobby\/events/,
    output: /^event: snapshot\n[\s\S]*\nevent: transaction\nid: \d+\.\d+\ndata: \{.*\}\n\n/,
  },
];

/** The same line, sent to the nodes and the gateway of the test. */
function rerouted({ command }: ReadmeLine, { cluster, gateway }: Places): string {
  const read = readConfig(DEFAULT_CONFIG_FILE);
  assert.ok(read.ok);
  const { nodes, gateway: gatewayAt } = read.config;
  return command.replaceAll(/\b(?:127\.0\.0\.1|localhost):(\d+)/g, (address, port: string) => {
    if (Number(port) === gatewayAt?.port) return new URL(gateway.url).host;
    const index = nodes.findIndex(({ clientPort }) => clientPort === Number(port));
    const node = cluster.nodes[index % cluster.nodes.length];
    assert.ok(node !== undefined, `no node and no gateway has ${address}`);
    return new URL(node.url).host;
  });
}

/** The same keys, and values of the same types. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

/** Runs it to its end, or as far as `enough` if it is a stream (`-N`) on which a guess appears. */
async function outputOf(line: string, enough: RegExp | undefined, places: Places): Promise<string> {
  const running = runLine(line);
  if (!/ -N\b/.test(line) || enough === undefined) {
    const { code, stdout, stderr } = await running.finished;
    assert.equal(code, 0, `${line}\n${stderr}`);
    return stdout.toString();
  }
  await running.printed(/./);
  await places.cluster.client("node1").submitGuess({ room: "lobby", player: "ann", value: 47 });
  await running.printed(enough);
  await running.stop();
  return running.text();
}

test("no curl line of the README is overlooked", () => {
  const found = curlLines(README).map(({ command }) => command);
  assert.ok(found.length > 0);
  assert.equal(found.length, [...README.matchAll(/\bcurl (?=-|"?http)/g)].length, found.join("\n"));
});

test("the curl lines of the README do what it says", { timeout: 60_000 }, async (t) => {
  const places = await startPlaces(t);
  const client = places.cluster.client("node1");
  const set = await client.setTarget({ room: "lobby", player: "ann", value: 50 });
  assert.equal(set.kind, "committed");
  const unused = new Set(PRINTED);
  for (const readmeLine of curlLines(README)) {
    const { line, command, shown } = readmeLine;
    const expected = PRINTED.find((entry) => entry.command.test(command));
    await t.test(`line ${line}: ${command}`, { timeout: 15_000 }, async () => {
      assert.ok(shown ?? expected, "PRINTED must say what this prints");
      if (expected !== undefined) unused.delete(expected);
      const output = await outputOf(rerouted(readmeLine, places), expected?.output, places);
      if (expected !== undefined) assert.match(output, expected.output);
      if (shown !== undefined) {
        assert.deepEqual(shapeOf(JSON.parse(output)), shapeOf(JSON.parse(shown)));
      }
    });
  }
  assert.deepEqual([...unused], [], "what is no longer in the README need not be here");
});
