// Proves which pages may use the port: their own and this machine's by default, others by the list,
// and that no foreign page gets anything but what any reader may see, AdminService least of all.
import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import http2 from "node:http2";
import { test } from "node:test";
import { createOriginPolicy, type PageRequest } from "./cors.js";
import { connectRaw, startServer } from "./server-under-test.testing.js";

const TIMEOUT = { timeout: 10_000 };
const SET_TARGET = "/zabble.v1.GameService/SetTarget";
const STEP_DOWN = "/zabble.v1.AdminService/StepDown";
const LISTED = "https://play.example.org";

function allows(asked: Partial<PageRequest>): boolean {
  const from = { origin: undefined, host: "127.0.0.1:8080", localAddress: "127.0.0.1" };
  return createOriginPolicy([LISTED]).allows({ ...from, ...asked });
}

test("programs, pages of this machine and listed ones are allowed", () => {
  assert.ok(allows({}));
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    assert.ok(allows({ origin: `http://${host}` }), host);
    assert.ok(allows({ origin: `http://${host}:5173` }), host);
  }
  assert.ok(allows({ origin: LISTED }));
});

test("what only looks like an allowed origin is foreign", () => {
  const foreign = [
    "null",
    "",
    "*",
    "http://localhost.evil.example",
    "http://evil.example",
    "file://",
  ];
  const near = [`${LISTED}:8443`, "http://play.example.org", `${LISTED}.evil.example`];
  const tricks = ["http://localhost:1@evil.example", "http://127.0.0.1:8080, http://evil.example"];
  for (const origin of [...foreign, ...near, ...tricks]) assert.ok(!allows({ origin }), origin);
});

test("a page is at home where it was served, under an address or a name of the network", () => {
  const localAddress = "192.0.2.1";
  for (const host of ["192.0.2.1:8080", "game.lan:8080", "[2001:db8::1]:8080"]) {
    assert.ok(allows({ origin: `http://${host}`, host, localAddress }), host);
  }
  const host = "game.lan:8080";
  assert.ok(!allows({ origin: "http://game.lan:8081", host, localAddress }), "another port");
  assert.ok(!allows({ origin: `https://${host}`, host, localAddress }), "another scheme");
});

test("a foreign name that leads to the loopback is no home", () => {
  const host = "evil.example:8080";
  for (const localAddress of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
    assert.ok(!allows({ origin: `http://${host}`, host, localAddress }), localAddress);
  }
});

function knowsHost(host: string | undefined, localAddress = "127.0.0.1"): boolean {
  return createOriginPolicy([LISTED]).knowsHost({ host, localAddress });
}

test("over the loopback only names of this machine and listed ones are known", () => {
  const own = ["localhost", "LOCALHOST:80", "a.localhost:8080", "127.0.0.1:8080", "[::1]:8080"];
  const known = [...own, "192.0.2.1", "play.example.org", "play.example.org:8080", "", undefined];
  for (const host of known) assert.ok(knowsHost(host), host);
  const foreign = ["evil.example:8080", "localhost.evil.example", "xlocalhost", "127.0.0.1.nip.io"];
  for (const host of [...foreign, "a b[", "evil.example:80:80", "play.example.org.evil"]) {
    for (const address of ["127.0.0.1", "127.0.1.1", "::1", "::ffff:127.0.0.1"]) {
      assert.ok(!knowsHost(host, address), `${host} ${address}`);
    }
    assert.ok(knowsHost(host, "192.0.2.1"), "from elsewhere the name is the network's affair");
  }
});

test("whatever is asked under a foreign name is refused with 421", TIMEOUT, async (t) => {
  const { server, url, replica } = await startServer(t);
  const reads = replica.reads();
  const paths = ["/", "/rooms", "/rooms/lobby/events", "/metrics", "/nowhere", SET_TARGET];
  for (const method of ["GET", "POST", "OPTIONS", "DELETE"]) {
    for (const path of paths) {
      const { socket, has } = await connectRaw(t, server.port);
      const head = `${method} ${path} HTTP/1.1\r\nhost: evil.example:${server.port}\r\n`;
      socket.write(`${head}content-length: 0\r\n\r\n`);
      await has("HTTP/1.1 421 ");
      await has("answers to localhost");
      socket.destroy();
    }
  }
  const session = http2.connect(url);
  t.after(() => session.destroy());
  const stream = session.request({ ":path": "/rooms", ":authority": "evil.example" });
  const [headers]: { ":status"?: number }[] = await once(stream, "response");
  assert.equal(headers?.[":status"], 421);
  assert.equal(replica.reads(), reads);
  const old = await connectRaw(t, server.port);
  old.socket.write("GET /healthz HTTP/1.0\r\n\r\n");
  await old.has("alive");
});

test(
  "a preflight of an allowed page is answered with all that its clients need",
  TIMEOUT,
  async (t) => {
    const { url, replica } = await startServer(t, { allowedOrigins: [LISTED] });
    const answer = await fetch(`${url}${SET_TARGET}`, {
      method: "OPTIONS",
      headers: {
        origin: LISTED,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,connect-protocol-version,x-grpc-web",
      },
    });
    assert.equal(answer.status, 204);
    const { headers } = answer;
    assert.equal(headers.get("access-control-allow-origin"), LISTED);
    assert.equal(headers.get("vary"), "origin");
    assert.ok(Number(headers.get("access-control-max-age")) >= 600);
    assert.match(headers.get("access-control-allow-methods") ?? "", /POST/);
    const sent = headers.get("access-control-allow-headers")?.toLowerCase().split(", ") ?? [];
    for (const name of [
      "content-type",
      "connect-protocol-version",
      "connect-timeout-ms",
      "x-grpc-web",
      "x-user-agent",
      "grpc-timeout",
      "last-event-id",
    ]) {
      assert.ok(sent.includes(name), name);
    }
    assert.equal(replica.submitted(), 0);
  },
);

test("an allowed page may read answers and what gRPC-web says in headers", TIMEOUT, async (t) => {
  const { url } = await startServer(t, { allowedOrigins: [LISTED] });
  for (const origin of [LISTED, "http://localhost:5173", url]) {
    const answer = await fetch(`${url}${SET_TARGET}`, {
      method: "POST",
      headers: { origin, "content-type": "application/json" },
      body: JSON.stringify({ player: "ann", value: 5 }),
    });
    assert.equal(answer.status, 200, await answer.text());
    assert.equal(answer.headers.get("access-control-allow-origin"), origin);
    assert.equal(answer.headers.get("vary"), "origin");
    const read = answer.headers.get("access-control-expose-headers")?.toLowerCase().split(", ");
    for (const name of ["grpc-status", "grpc-message", "grpc-status-details-bin"]) {
      assert.ok(read?.includes(name), name);
    }
  }
});

test("a foreign page changes nothing and reads nothing", TIMEOUT, async (t) => {
  const { url, replica } = await startServer(t, { allowedOrigins: [LISTED] });
  for (const origin of ["https://evil.example", "null"]) {
    for (const path of [SET_TARGET, STEP_DOWN]) {
      for (const [method, type] of [
        ["POST", "application/json"],
        ["POST", "application/grpc-web+proto"],
        ["OPTIONS", "application/json"],
        ["DELETE", "text/plain"],
      ] as const) {
        const answer = await fetch(`${url}${path}`, {
          method,
          headers: { origin, "content-type": type },
          ...(method === "OPTIONS" ? {} : { body: '{"player":"eve","value":1}' }),
        });
        assert.equal(answer.status, 403, `${method} ${path}`);
        assert.match(await answer.text(), /allowedOrigins/);
        assert.equal(answer.headers.get("access-control-allow-origin"), null);
      }
    }
    const read = await fetch(`${url}/healthz`, { headers: { origin } });
    assert.equal(read.status, 200);
    assert.equal(read.headers.get("access-control-allow-origin"), null);
    assert.equal(read.headers.get("vary"), "origin");
  }
  assert.equal(replica.submitted(), 0);
});

test("a page whose name was turned to the loopback is refused on the wire", TIMEOUT, async (t) => {
  const { server, replica } = await startServer(t);
  const host = `evil.example:${server.port}`;
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const call = request(
      {
        host: "127.0.0.1",
        port: server.port,
        path: SET_TARGET,
        method: "POST",
        headers: { host, origin: `http://${host}`, "content-type": "application/json" },
      },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    call.once("error", reject);
    call.end('{"player":"eve","value":1}');
  });
  assert.equal(status, 421);
  assert.equal(replica.submitted(), 0);
});
