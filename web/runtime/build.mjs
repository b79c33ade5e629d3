// Builds what a page needs to run and judge an app: `node runtime/build.mjs [--out FOLDER] [--python PYTHON]`.
// Pyodide is npm's, the packages are PyPI's, both as locked; all is compiled and compressed here, and kept
// by the hash of what it was made from.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { licenceOf } from "../licences.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, "..", "..");
const CACHE = join(ROOT, ".cache", "runtime");
const LOCK = join(ROOT, "requirements", "browser.txt");
const PYODIDE = dirname(createRequire(import.meta.url).resolve("pyodide/package.json"));
const PARTS = ["pyodide.asm.wasm", "pyodide.asm.mjs", "python_stdlib.zip"];
const WHEELS = [
  ["--python-version", "3.14", "--implementation", "cp", "--abi", "cp314", "--abi", "none"],
  ["--platform", "pyemscripten_2026_0_wasm32"],
].flat();
// of the engine: what judges, not what a terminal, a notebook or a teacher uses
const ENGINE = /^(__init__|catalogue|checking|grade|problems|starter|symptoms|trace|verdict)\.py$|^(browser|judging|sandbox|tracing)\//;
const MODULE = "lib/python3.14/site-packages/yielddb";

const { values } = parseArgs({
  options: { out: { type: "string", default: join(CACHE, "out") }, python: { type: "string", default: join(ROOT, ".venv/bin/python") } },
});

const say = (text) => console.error(text);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const keyOf = (paths) => sha256(paths.map((path) => sha256(readFileSync(path))).join("\n")).slice(0, 16);

function below(folder, wanted) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((name) => !name.includes("__pycache__") && wanted(name))
    .sort();
}

let interpreter;
async function python() {
  if (!interpreter) {
    const { loadPyodide } = await import("pyodide");
    interpreter = await loadPyodide({ lockFileContents: JSON.stringify({ info: infoOfLock(), packages: {} }), packageBaseUrl: "/", args: ["-X", "no_debug_ranges"] });
    interpreter.FS.mkdirTree("/cache");
    interpreter.mountNodeFS("/cache", CACHE);
    interpreter.runPython(readFileSync(join(HERE, "pack.py"), "utf8"));
  }
  return interpreter;
}

const infoOfLock = () => JSON.parse(readFileSync(join(PYODIDE, "pyodide-lock.json"), "utf8")).info;

function download(folder) {
  say("runtime: fetching the packages of requirements/browser.txt");
  const args = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps"];
  const done = spawnSync(values.python, [...args, "--only-binary=:all:", ...WHEELS, "-r", LOCK, "-d", folder], { stdio: ["ignore", "inherit", "pipe"], encoding: "utf8" });
  if (done.status !== 0) {
    throw new Error(done.stderr + "the packages could not be fetched; is there a network, and is the lock fresh? (make lock)");
  }
}

// the first one stays
function finish(made, done) {
  if (existsSync(done)) rmSync(made, { recursive: true });
  else renameSync(made, done);
}

// Python, its library and the packages: minutes of work, and the same until a lock changes
async function base() {
  const key = keyOf([LOCK, join(PYODIDE, "package.json"), join(HERE, "pack.py"), ...PARTS.map((name) => join(PYODIDE, name))]);
  const done = join(CACHE, `base-${key}`);
  if (existsSync(done)) return done;
  const name = `unfinished-base-${process.pid}`; // whoever builds at the same time has one of its own
  const folder = join(CACHE, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "in"), { recursive: true });
  download(join(folder, "wheels"));
  for (const name of PARTS) cpSync(join(PYODIDE, name), join(folder, "in", name));
  say("runtime: compiling and compressing Python and the packages (a minute or two, once)");
  const licences = JSON.parse((await python()).runPython(`base("/cache/${name}")`));
  writeFileSync(join(folder, "licences.json"), JSON.stringify(licences));
  finish(folder, done);
  return done;
}

// the judge and the course: as they are now
async function course() {
  const name = `unfinished-course-${process.pid}`;
  const folder = join(CACHE, name);
  rmSync(folder, { recursive: true, force: true });
  const engine = join(ROOT, "src", "yielddb");
  const copy = (from, to) => (mkdirSync(dirname(join(folder, to)), { recursive: true }), cpSync(from, join(folder, to)));
  for (const name of below(engine, (name) => ENGINE.test(name))) copy(join(engine, name), join(MODULE, name));
  for (const part of ["checks", "solutions"]) {
    for (const name of below(join(ROOT, part), (name) => name.endsWith(".py"))) copy(join(ROOT, part, name), join("course", part, name));
  }
  const facts = JSON.parse(execFileSync(values.python, ["-m", "yielddb.browser.facts", ROOT], { maxBuffer: 1 << 26 }));
  writeFileSync(join(folder, "course", "misconceptions.json"), JSON.stringify(facts.misconceptions));
  mkdirSync(join(folder, `${MODULE}-${facts.version}.dist-info`), { recursive: true });
  writeFileSync(join(folder, `${MODULE}-${facts.version}.dist-info`, "METADATA"), `Metadata-Version: 2.1\nName: yielddb\nVersion: ${facts.version}\n`);
  const names = below(folder, () => true);
  const key = sha256(names.map((name) => name + sha256(readFileSync(join(folder, name)))).join("\n") + keyOf([join(HERE, "pack.py")])).slice(0, 16);
  const done = join(CACHE, `course-${key}.zst`);
  if (!existsSync(done)) {
    say("runtime: compiling the judge and the course");
    (await python()).runPython(`course("/cache/${name}", "/cache/${name}.zst")`);
    finish(`${folder}.zst`, done);
  }
  rmSync(folder, { recursive: true });
  return { file: done, facts };
}

async function worker() {
  const made = await build({
    entryPoints: [join(HERE, "..", "src", "runtime", "worker.ts")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    external: ["node:*", "ws"],
    minify: true,
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  return Buffer.from(made.outputFiles[0].contents);
}

// name, version, licence and its text: of the packages, of Pyodide, and of what is compiled into it;
// the bundles have a list of their own
function licences(folder) {
  const read = (...path) => readFileSync(join(...path), "utf8");
  const packages = JSON.parse(read(folder, "licences.json"));
  const own = ["pyodide", "zstddec"].map(licenceOf);
  const parts = JSON.parse(read(HERE, "licences", "parts.json")).map(({ name, licence, text_of }) => {
    const text = text_of ? packages.find((one) => one.name === text_of).text : read(HERE, "licences", `${name}.txt`);
    return { name, version: text_of ? infoOfLock().python : "as in Pyodide", licence, text };
  });
  const all = [...own, ...parts, ...packages];
  const lacking = all.filter(({ text, version }) => !text || !version).map(({ name }) => name);
  if (lacking.length) throw new Error(`no licence text of ${lacking.join(", ")}: put it into web/runtime/licences`);
  return all;
}

// a Zstandard frame of known size has it behind its header, in as many bytes as two bits say
function unpackedSize(frame) {
  const code = frame[4] >> 6;
  const isSingle = frame[4] & 0x20;
  const at = 5 + (isSingle ? 0 : 1);
  if (code === 0 && !isSingle) throw new Error("a pack does not say its size");
  return [() => frame[at], () => frame.readUInt16LE(at) + 256, () => frame.readUInt32LE(at), () => Number(frame.readBigUInt64LE(at))][code]();
}

// what came out the same is left alone: somebody may be reading it
function publish(made, out) {
  const read = (folder, name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : Buffer.alloc(0));
  if (["manifest.json", "licences.json", "worker.js"].every((name) => read(made, name).equals(read(out, name)))) return rmSync(made, { recursive: true });
  rmSync(out, { recursive: true, force: true });
  mkdirSync(dirname(out), { recursive: true });
  cpSync(made, out, { recursive: true });
  rmSync(made, { recursive: true });
}

const began = Date.now();
mkdirSync(CACHE, { recursive: true });
const built = await base();
const { file, facts } = await course();
const files = {
  "python.wasm.zst": readFileSync(join(built, "python.wasm.zst")),
  "python.mjs.zst": readFileSync(join(built, "python.mjs.zst")),
  "library.zst": readFileSync(join(built, "library.zst")),
  "packages.zst": readFileSync(join(built, "packages.zst")),
  "course.zst": readFileSync(file),
};
// what was made for other locks is of no use any more
for (const name of readdirSync(CACHE)) {
  if (/^(base|course)-/.test(name) && ![built, file].includes(join(CACHE, name))) rmSync(join(CACHE, name), { recursive: true });
}
const all = licences(built);
const versions = Object.fromEntries(all.filter(({ version }) => /^\d/.test(version)).map(({ name, version }) => [name.toLowerCase(), version]));
const listed = [];
const out = join(CACHE, `unfinished-out-${process.pid}`);
mkdirSync(out, { recursive: true });
for (const [name, bytes] of Object.entries(files)) {
  const digest = sha256(bytes);
  const [stem, ...rest] = name.split(".");
  const hashed = [`${stem}-${digest.slice(0, 12)}`, ...rest].join(".");
  writeFileSync(join(out, hashed), bytes);
  listed.push({ name: hashed, bytes: bytes.length, unpacked: unpackedSize(bytes), sha256: digest });
}
const script = await worker();
writeFileSync(join(out, "worker.js"), script);
writeFileSync(join(out, "licences.json"), JSON.stringify(all));
const version = sha256(listed.map(({ sha256 }) => sha256).join("\n") + sha256(script)).slice(0, 16);
const total = listed.reduce((sum, { bytes }) => sum + bytes, 0);
// what a page asks of a reader whom a hint has not helped
const beliefs = Object.fromEntries(Object.entries(facts.misconceptions).map(([id, { belief }]) => [id, belief]));
const manifest = { beliefs, version, files: listed, total, lessons: facts.lessons, packages: versions, python: infoOfLock() };
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 1));
publish(out, resolve(values.out));
for (const { name, bytes } of [...listed, { name: "worker.js", bytes: script.length }]) say(`${String(bytes).padStart(9)}  ${name}`);
say(`runtime: ${(total / 1e6).toFixed(2)} MB in ${relative(process.cwd(), values.out)}, ${((Date.now() - began) / 1000).toFixed(1)} s`);
