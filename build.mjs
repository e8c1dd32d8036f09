/**
 * Brings a checkout up to date: installs the packages of package-lock.json, generates gen/ from
 * proto/, bundles the programs into dist/. Looks before it works, so that running it again costs
 * next to nothing. It may use no package and nothing that has to be built, for it runs on a fresh
 * clone.
 *
 *   node build.mjs      ends with 0 when everything is up to date, else says what is wrong
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const NODE_MIN = [20, 19];
const NPM_MIN = [9, 0];

/** Program in dist/ -> its source. */
const ENTRIES = {
  "zabble.js": "tui/zabble.ts",
  "node.js": "nodes/main.ts",
  "launch.js": "nodes/launch.ts",
  "log.js": "nodes/log.ts",
  "gateway.js": "gateway/main.ts",
};

/** What a gateway serves to browsers: file in dist/web/ -> its source. */
const PAGE = {
  "page.js": "web/main.tsx",
  "page.css": "web/page.css",
  "index.html": "web/index.html",
  "icon.svg": "web/icon.svg",
};

/** The program that people run by name; it gets a #! line and a link in node_modules/.bin. */
const COMMAND = "zabble.js";

/**
 * Packages left out of the bundles: blessed loads its own files by computed names, pino starts
 * workers from its own files, and nedb must exist once, bundled importer or not.
 */
const EXTERNAL = ["blessed", "pino", "nedb-promises", "@seald-io/nedb"];

/** Packages in CommonJS call require, which an ES module does not have. */
const BANNER =
  'import { createRequire as bundleRequire } from "node:module";\n' +
  "const require = bundleRequire(import.meta.url);";

const ROOT = dirname(fileURLToPath(import.meta.url));
const BIN = at("node_modules/.bin");
const CACHE = at("node_modules/.cache/zabble");
const GEN_STAMP = join(CACHE, "gen.sha256");
const BUNDLE_STAMP = at("dist/.build.json");
const LOCK = at("dist/.lock");

/** Longer than any build takes; whoever still holds the lock then is stuck. */
const LOCK_WAIT_MS = 600_000;

class BuildError extends Error {}

function at(path) {
  return join(ROOT, path);
}

function readText(path) {
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Readers see the old file or the new one, never a part. */
function writeWhole(path, content, mode = 0o644) {
  fs.mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  fs.writeFileSync(part, content, { mode });
  fs.renameSync(part, path);
}

function filesUnder(folder) {
  const entries = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath ?? entry.path, entry.name)).sort();
}

function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${relative(ROOT, file)}\0${fs.readFileSync(file)}\0`);
  return hash.digest("hex");
}

function isOlder(version, [major, minor]) {
  const [haveMajor = 0, haveMinor = 0] = version.split(".").map(Number);
  return haveMajor < major || (haveMajor === major && haveMinor < minor);
}

/** Runs a program to its end; what it prints is shown, at once or only if it fails. */
function run(program, args, { quiet = false } = {}) {
  const path = `${BIN}${delimiter}${process.env.PATH ?? ""}`;
  const result = spawnSync(program, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: path },
    encoding: "utf8",
    shell: process.platform === "win32",
    stdio: quiet ? "pipe" : ["ignore", "inherit", "inherit"],
  });
  if (result.error) throw new BuildError(`cannot run ${program}: ${result.error.message}`);
  if (result.status !== 0) {
    const said = quiet ? `:\n${result.stdout}${result.stderr}`.trimEnd() : "";
    throw new BuildError(`"${program} ${args.join(" ")}" failed${said}`);
  }
  return result.stdout;
}

/**
 * Whether node_modules holds what package-lock.json names. npm writes what it installed into a lock
 * file of its own; optional packages are missing there if they are for other systems.
 */
function packagesAreCurrent() {
  const installedText = readText(at("node_modules/.package-lock.json"));
  if (installedText === undefined) return false;
  const wanted = JSON.parse(fs.readFileSync(at("package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(installedText).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    const found = installed[path];
    if (path === "" || (found === undefined && optional === true)) return true;
    return found?.version === version && found.integrity === integrity;
  });
}

function installPackages() {
  const npmVersion = run("npm", ["--version"], { quiet: true }).trim();
  if (isOlder(npmVersion, NPM_MIN)) {
    throw new BuildError(`npm ${NPM_MIN.join(".")} or newer is needed, this is npm ${npmVersion}`);
  }
  // Not npm ci: it refuses a lock file that lacks optional packages of other systems, which not
  // every registry serves. Its strictness, no version but those of the lock file, is ours below.
  run("npm", ["install", "--no-save", "--include=dev", "--no-audit", "--no-fund"]);
  if (!packagesAreCurrent()) {
    throw new BuildError(
      "npm installed other versions than package-lock.json names; package.json must have been " +
        'changed without it. Run "npm install" and look at what changes.',
    );
  }
}

function protoFiles() {
  return filesUnder(at("proto")).filter((file) => file.endsWith(".proto"));
}

function generatedName(protoFile) {
  return at(join("gen", relative(at("proto"), protoFile).replace(/\.proto$/, "_pb.ts")));
}

/** Everything that decides what buf generates, its own version included. */
function protoHash() {
  const versions = ["@bufbuild/buf", "@bufbuild/protoc-gen-es"].map((name) =>
    at(`node_modules/${name}/package.json`),
  );
  return hashOf([...protoFiles(), at("buf.gen.yaml"), at("buf.yaml"), ...versions]);
}

function generatedIsCurrent() {
  if (readText(GEN_STAMP) !== protoHash()) return false;
  return protoFiles().every((file) => fs.existsSync(generatedName(file)));
}

/** Generates beside and moves over what differs, so that nobody meets a half-empty gen/. */
function generate() {
  const hash = protoHash();
  const beside = join(CACHE, `gen-${process.pid}`);
  try {
    run("buf", ["generate", "--output", beside], { quiet: true });
    const fresh = filesUnder(join(beside, "gen")).map((file) => relative(beside, file));
    for (const file of fresh) {
      const text = fs.readFileSync(join(beside, file), "utf8");
      if (readText(at(file)) !== text) writeWhole(at(file), text);
    }
    const old = fs.existsSync(at("gen")) ? filesUnder(at("gen")) : [];
    for (const file of old) if (!fresh.includes(relative(ROOT, file))) fs.rmSync(file);
    writeWhole(GEN_STAMP, hash);
  } finally {
    fs.rmSync(beside, { recursive: true, force: true });
  }
}

function fingerprint(file) {
  const stat = fs.statSync(at(file), { throwIfNoEntry: false });
  return stat === undefined ? "missing" : `${stat.mtimeMs} ${stat.size}`;
}

/** What all bundles depend on besides their own sources. */
function bundleKey() {
  return hashOf([at("build.mjs"), at("package-lock.json")]);
}

function bundlesAreCurrent() {
  const stamp = readText(BUNDLE_STAMP);
  if (stamp === undefined) return false;
  const { key, inputs } = JSON.parse(stamp);
  const made = [...Object.keys(ENTRIES), ...Object.keys(PAGE).map((name) => `web/${name}`)];
  if (key !== bundleKey() || !made.every((name) => fs.existsSync(at(`dist/${name}`)))) {
    return false;
  }
  return Object.entries(inputs).every(([file, print]) => fingerprint(file) === print);
}

/** Each program by itself, so that one that does not build leaves the others whole. */
async function bundle() {
  const key = bundleKey();
  const { build } = await import("esbuild");
  const inputs = {};
  const wrong = [];
  const parts = [
    ...Object.entries(ENTRIES).map(([name, source]) => [name, source, bundleProgram]),
    ...Object.entries(PAGE).map(([name, source]) => [`web/${name}`, source, bundlePage]),
  ];
  for (const [name, source, bundlePart] of parts) {
    if (!fs.existsSync(at(source))) {
      wrong.push(`${source}: no such file; dist/${name} is made from it`);
      continue;
    }
    try {
      for (const file of await bundlePart(build, name, source)) inputs[file] = fingerprint(file);
    } catch (error) {
      if (!Array.isArray(error.errors)) throw error;
      for (const { text, location } of error.errors) {
        wrong.push(`${location ? `${location.file}:${location.line}` : source}: ${text}`);
      }
    }
  }
  if (wrong.length > 0) throw new BuildError(wrong.join("\nbuild: "));
  writeWhole(BUNDLE_STAMP, JSON.stringify({ key, inputs }));
}

/** Returns the files of ours that went into the program. */
async function bundleProgram(build, name, source) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [source],
    outfile: `dist/${name}`,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: EXTERNAL,
    banner: { js: BANNER },
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const text = outputFiles.map((file) => file.text).join("");
  const isCommand = name === COMMAND;
  const head = isCommand && !text.startsWith("#!") ? "#!/usr/bin/env node\n" : "";
  writeWhole(at(`dist/${name}`), head + text, isCommand ? 0o755 : 0o644);
  return ownInputs(metafile);
}

/** The same for a part of the page; it must run in a browser without fetching anything else. */
async function bundlePage(build, name, source) {
  if (!/\.(tsx|css)$/.test(source)) {
    writeWhole(at(`dist/${name}`), fs.readFileSync(at(source)));
    return [source];
  }
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [source],
    outfile: `dist/${name}`,
    bundle: true,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    jsxImportSource: "preact",
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  writeWhole(at(`dist/${name}`), outputFiles.map((file) => file.text).join(""));
  return ownInputs(metafile);
}

function ownInputs(metafile) {
  return Object.keys(metafile.inputs).filter((file) => !file.includes("node_modules/"));
}

function linkIsCurrent() {
  const stat = fs.lstatSync(join(BIN, "zabble"), { throwIfNoEntry: false });
  return process.platform === "win32" || stat !== undefined;
}

/** `npx zabble` finds the program here; without the link npx would install the checkout first. */
function linkCommand() {
  fs.mkdirSync(BIN, { recursive: true });
  fs.symlinkSync(`../../dist/${COMMAND}`, join(BIN, "zabble"));
}

const STEPS = [
  ["installing packages (a minute, the first time)", packagesAreCurrent, installPackages],
  ["generating gen/ from proto/", generatedIsCurrent, generate],
  ["bundling the programs into dist/", bundlesAreCurrent, bundle],
  ["linking npx zabble", linkIsCurrent, linkCommand],
];

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** One build at a time: a node_modules that is half installed is nothing to build on. */
async function takeLock() {
  const claim = `${LOCK}.${process.pid}`;
  fs.mkdirSync(dirname(LOCK), { recursive: true });
  fs.writeFileSync(claim, String(process.pid));
  const giveUpAt = performance.now() + LOCK_WAIT_MS;
  let holder;
  try {
    for (;;) {
      try {
        fs.linkSync(claim, LOCK);
        return;
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const pid = Number(readText(LOCK));
      if (pid !== 0 && !isAlive(pid)) fs.rmSync(LOCK, { force: true });
      else {
        if (pid !== holder) console.log(`build: waiting for the build of process ${pid}`);
        holder = pid;
        if (performance.now() > giveUpAt) {
          throw new BuildError(`process ${pid} still holds ${LOCK}; end it or delete the file`);
        }
        await sleep(100);
      }
    }
  } finally {
    fs.rmSync(claim, { force: true });
  }
}

async function main() {
  if (isOlder(process.versions.node, NODE_MIN)) {
    const need = NODE_MIN.join(".");
    throw new BuildError(`Node ${need} or newer is needed, this is ${process.versions.node}`);
  }
  if (STEPS.every(([, isCurrent]) => isCurrent())) return;
  await takeLock();
  try {
    for (const [what, isCurrent, work] of STEPS) {
      if (isCurrent()) continue;
      const begunAt = performance.now();
      console.log(`build: ${what}`);
      await work();
      const seconds = (performance.now() - begunAt) / 1000;
      console.log(`build: ${what.replace(/ \(.*/, "")}: done in ${seconds.toFixed(1)} s`);
    }
  } finally {
    fs.rmSync(LOCK, { force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`build: ${error instanceof BuildError ? error.message : error.stack}`);
  process.exitCode = 1;
}
