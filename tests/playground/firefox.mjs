// A reader's way in Firefox, driven by WebDriver BiDi: `node firefox.mjs FIREFOX ADDRESS < CODE.json`.
// Prints what was seen at each step as JSON; the test compares.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const packages = createRequire(new URL("../../web/package.json", import.meta.url));
const { default: puppeteer } = await import(pathToFileURL(packages.resolve("puppeteer-core")));
const [executablePath, address] = process.argv.slice(2);
const { solution, loop } = JSON.parse(readFileSync(0, "utf8"));
const WAIT = { timeout: 120_000 }; // a cold start on a busy machine

// the copy of Python's memory, which is the last that comes into the cache
async function kept() {
  for (let left = 1200; left; left--) {
    if (await caches.match(new URL("../../../runtime/memory", location), { ignoreSearch: true })) return true;
    await new Promise((go) => setTimeout(go, 50));
  }
  return false;
}

const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const seen = {};
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(WAIT.timeout);
  const asked = [];
  const warnings = [];
  page.on("console", (said) => said.type() === "warn" && warnings.push(said.text()));
  page.on("request", (request) => asked.push(request.url()));
  const button = (name) => page.waitForSelector(`>>> .frame button::-p-text(${name})`, { visible: true });
  const text = (selector) =>
    page.evaluate((wanted) => document.querySelector("yielddb-playground").shadowRoot.querySelector(wanted)?.innerText ?? null, selector);
  const code = () =>
    page.evaluate(() => document.querySelector("yielddb-playground").shadowRoot.querySelector(".cm-content").cmTile.root.view.state.doc.toString());
  const state = (wanted) =>
    page.waitForFunction(
      (wanted) => document.querySelector("yielddb-playground")?.shadowRoot?.querySelector(".frame")?.dataset.runtime === wanted,
      WAIT,
      wanted,
    );
  const open = async () => {
    await (await page.waitForSelector("yielddb-playground > button")).click();
    await state("ready");
  };
  const write = (content) =>
    page.evaluate((content) => {
      const { view } = document.querySelector("yielddb-playground").shadowRoot.querySelector(".cm-content").cmTile.root;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: content } });
    }, content);
  const check = async () => {
    await (await button("Check")).click();
    await page.waitForFunction(
      () => {
        const root = document.querySelector("yielddb-playground").shadowRoot;
        return root.querySelector(".frame").dataset.runtime === "ready" && root.querySelector(".score");
      },
      WAIT,
    );
    return text(".score");
  };

  await page.goto(address);
  await open();
  seen.starter = await check();
  seen.title = await text(".checks > .failed .title");
  seen.facts = await page.evaluate(() =>
    [...document.querySelector("yielddb-playground").shadowRoot.querySelectorAll(".checks > .failed dd")].map((one) => one.innerText),
  );
  await write(solution);
  seen.solution = await check();
  await write(loop);
  seen.loop = await check();
  seen.why = await text(".checks > .failed, .checks > .error");
  await write(solution);
  await check(); // the newest text is kept before it is checked
  seen.memory = await page.evaluate(kept);
  await page.reload();
  await open();
  seen.kept = (await code()) === solution;
  seen.again = await check();
  await write("import itertools\nsum(itertools.repeat(1))\n");
  await (await button("Check")).click();
  await state("busy");
  await (await button("Stop")).click();
  seen.stopped = await (await page.waitForSelector(">>> .frame [role=alert]")).evaluate((one) => one.innerText);
  await write(solution);
  seen.after = await check();
  seen.warnings = warnings;
  const { origin } = new URL(address);
  seen.elsewhere = asked.filter((url) => !url.startsWith(origin) && !/^(blob|data|about):/.test(url));
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
