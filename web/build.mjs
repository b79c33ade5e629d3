// Bundles the components: `node build.mjs [--out FOLDER]`; `--test` bundles the unit tests and runs them.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { build, transform } from "esbuild";
import { licenceOf } from "./licences.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "src", "yielddb", "assets");
// the components, the words of each other language, and what loads both when they are needed
const BUNDLES = {
  "player.js": "src/main.ts",
  "player.uk.js": "src/main.uk.ts",
  "player.ru.js": "src/main.ru.ts",
  "player.lazy.js": "src/main.lazy.ts",
  "playground.js": "src/main.playground.ts",
  "playground.uk.js": "src/main.playground.uk.ts",
  "playground.ru.js": "src/main.playground.ru.ts",
  "playground.lazy.js": "src/main.playground.lazy.ts",
  "sw.js": "src/sw.ts",
  "site.js": "src/main.site.ts",
  "search.js": "src/main.search.ts",
  "quiz.js": "src/main.quiz.ts",
  "quiz.uk.js": "src/main.quiz.uk.ts",
  "quiz.ru.js": "src/main.quiz.ru.ts",
};
const FIRST_LINE = "// Built from web/src: never edited. Freshen it with: make web";

// a style sheet becomes a string in the bundle; esbuild's own text loader would not minify it
const styles = {
  name: "styles",
  setup(plugin) {
    plugin.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const sheet = await transform(readFileSync(path, "utf8"), { loader: "css", minify: true, target: "esnext" });
      return { contents: sheet.code, loader: "text" };
    });
  },
};

const common = { bundle: true, charset: "utf8", logLevel: "warning", plugins: [styles], absWorkingDir: HERE };

async function bundle(entry, out) {
  const { metafile } = await build({
    ...common,
    metafile: true,
    entryPoints: [entry],
    outfile: out,
    format: "iife",
    target: "es2022",
    minify: true,
    legalComments: "none",
    banner: { js: FIRST_LINE },
  });
  const text = readFileSync(out);
  console.log(`${out}: ${text.length} bytes, ${gzipSync(text, { level: 9 }).length} gzip`);
  const names = Object.keys(metafile.inputs).map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter(Boolean))];
}

// what others made and which bundles hold it: the site shows it on its page of licences
function licences(held) {
  const names = [...new Set(Object.values(held).flat())].sort();
  return names.map((name) => {
    const bundles = Object.keys(held).filter((one) => held[one].includes(name));
    return { ...licenceOf(name), bundles };
  });
}

async function test() {
  const folder = mkdtempSync(join(tmpdir(), "yielddb-web-"));
  try {
    const entryPoints = readdirSync(join(HERE, "test")).map((name) => `test/${name}`);
    await build({ ...common, entryPoints, outdir: folder, outExtension: { ".js": ".mjs" }, format: "esm", platform: "node" });
    const files = readdirSync(folder).map((name) => join(folder, name));
    process.exitCode = spawnSync(process.execPath, ["--test", ...files], { stdio: "inherit" }).status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const { values } = parseArgs({ options: { out: { type: "string", default: OUT }, test: { type: "boolean" } } });
if (values.test) await test();
else {
  const held = {};
  for (const [name, entry] of Object.entries(BUNDLES)) held[name] = await bundle(entry, join(values.out, name));
  writeFileSync(join(values.out, "licences.json"), `${JSON.stringify(licences(held), null, 1)}\n`);
}
