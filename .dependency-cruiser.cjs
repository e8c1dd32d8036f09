/**
 * Which folder may import which: the one-way street of the house. test/house.test.ts runs these
 * rules, and runs them again over a planted violation, because a checker that sees no modules is
 * content with anything. Each comment says what to do instead.
 */

/** Files of the product; tests, and what only tests import, may reach anywhere. */
const TEST_FILE = "[.](test|testing)[.]ts$";

/** The files of nodes/ itself that any node code may use. */
const NODE_WIDE = "^nodes/logger[.]ts$";

/** Whatever the folder `from` imports of ours must match `allowed`. */
function onlyImports(from, allowed, comment) {
  return {
    name: `${from}-imports`,
    severity: "error",
    comment,
    from: { path: `^${from}/`, pathNot: TEST_FILE },
    to: {
      path: "^(gen|game|api|nodes|client|gateway|tui|web|config|test|bench)/",
      pathNot: `^(${allowed.join("|")})`,
    },
  };
}

module.exports = {
  forbidden: [
    onlyImports("gen", ["gen/"], "gen/ is generated from proto/ alone."),
    onlyImports("game", ["game/", "gen/"], "The rules know nothing around them: pass it in."),
    onlyImports(
      "api",
      ["api/", "game/", "gen/", "config/"],
      "The services know no node and no gateway: say what you need in api/replica.ts.",
    ),
    onlyImports(
      "nodes/zab",
      ["nodes/zab/"],
      "The broadcast orders opaque entries: translate at its edge, in nodes/node.ts.",
    ),
    onlyImports(
      "nodes/store",
      ["nodes/store/", "nodes/zab/", "game/", "gen/", "config/", NODE_WIDE.slice(1)],
      "The store is below rpc/ and node.ts: take what it needs as an argument.",
    ),
    onlyImports(
      "nodes/rpc",
      [
        "nodes/rpc/",
        "nodes/store/",
        "nodes/zab/",
        "api/",
        "game/",
        "gen/",
        "config/",
        NODE_WIDE.slice(1),
      ],
      "Links are below node.ts: say what you need in links.ts.",
    ),
    onlyImports(
      "nodes",
      ["nodes/", "api/", "game/", "gen/", "config/"],
      "A node does not know its clients: what both need belongs in game/ or proto/.",
    ),
    onlyImports("client", ["client/", "game/", "gen/"], "client/ sees the public API alone."),
    onlyImports(
      "gateway",
      ["gateway/", "api/", "client/", "game/", "gen/", "config/"],
      "The gateway speaks to nodes through client/ and stands beside tui/ and web/.",
    ),
    onlyImports(
      "tui",
      ["tui/", "client/", "game/", "gen/", "config/"],
      "The terminal speaks to nodes through client/; other programs are started, not imported.",
    ),
    onlyImports("web", ["web/", "client/", "game/", "gen/"], "The page sees client/ alone."),
    onlyImports("config", ["config/"], "Settings are read by others and know no one."),
    {
      name: "programs-are-not-imported",
      severity: "error",
      comment: "A program is started; move what you need out of it into a file of its own.",
      from: { pathNot: TEST_FILE },
      to: { path: "^(nodes/(main|launch|log)|tui/zabble|gateway/main|web/main)[.]tsx?$" },
    },
    {
      name: "driver-is-imported-by-programs",
      severity: "error",
      comment: "node.ts is the top of nodes/: only main.ts and tests put one together.",
      from: { path: "^nodes/", pathNot: [TEST_FILE, "^nodes/(main|node)"] },
      to: { path: "^nodes/node[.]ts$" },
    },
    {
      name: "browser-safe",
      severity: "error",
      comment:
        "This folder runs in a browser too: take the clock, the file or the socket as an argument.",
      from: { path: "^(game|client|web|nodes/zab)/", pathNot: TEST_FILE },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "pages-have-their-own-transport",
      severity: "error",
      comment: "A page speaks through the browser: make the transport in web/ and hand it in.",
      from: { path: "^web/" },
      to: { path: "^client/h2-transport[.]ts$" },
    },
    {
      name: "pure-means-no-packages",
      severity: "error",
      comment: "The protocol needs nothing: what it seems to need is its caller's job.",
      from: { path: "^nodes/zab/", pathNot: TEST_FILE },
      to: { path: "node_modules" },
    },
    {
      name: "nedb-in-the-store",
      severity: "error",
      comment: "Ask nodes/store for what you need: storage.ts is the door.",
      from: { pathNot: "^nodes/store/" },
      to: { path: "(nedb-promises|@seald-io/nedb)" },
    },
    {
      name: "no-tests-in-the-product",
      severity: "error",
      comment: "What the product needs is no testing file: give it a name of its own.",
      from: { path: "^(game|api|nodes|client|gateway|tui|web|config)/", pathNot: TEST_FILE },
      to: { path: `(${TEST_FILE}|^test/|^bench/)` },
    },
    {
      name: "no-circles",
      severity: "error",
      comment: "Move what both need into a third file.",
      from: {},
      to: { circular: true },
    },
    {
      name: "no-unknown-imports",
      severity: "error",
      comment: "The import leads nowhere: check its path and its .js ending.",
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|data)/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".tsx", ".mjs", ".js", ".d.ts"],
    },
  },
};
