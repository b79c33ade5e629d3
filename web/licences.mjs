// The licence of a package of npm, from the package itself.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));

// name, version, licence and its text; a package without a text has that of its licence beside runtime/
export function licenceOf(name) {
  const place = join(HERE, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  const file = readdirSync(place).find((entry) => /^licen[cs]e/i.test(entry));
  const text = readFileSync(file ? join(place, file) : join(HERE, "runtime", "licences", `${license}.txt`), "utf8");
  return { name, version, licence: license, text };
}
