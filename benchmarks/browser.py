"""Times the runtime of a page in Chromium beside the terminal's check, in turns, in one run.

    python benchmarks/browser.py [--rounds N] [--json FILE]

Needs Chromium, Node and Playwright. Prints medians; a ratio is that to a plain `yielddb check`.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from yielddb.catalogue import default_course

ROOT = Path(__file__).parents[1]
RUNTIME = ROOT / ".cache" / "runtime" / "out"
PAGE = ROOT / "tests" / "runtime_page.html"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
LESSON = next(one for one in default_course().lessons if one.number == 5)
TO_REACH = {  # seconds, and bytes as a static host serves them
    "bytes": 8_000_000,
    "cold": 4.0,
    "warm": 2.5,
    "edit": 0.4,
    "loop": 2.5,
    "loop, with a spare": 2.5,
}
# a second visit begins when the first one was long enough for the browser to keep what it fetched
KEPT = """async () => {
  for (let left = 600; left; left--) {
    const address = new URL("../runtime/memory", location);
    if (await caches.match(address, { ignoreSearch: true })) return true;
    await new Promise(go => setTimeout(go, 50));
  }
  return false;
}"""
LOOP = "import itertools\nsum(itertools.repeat(1))\n"


class Files(http.server.SimpleHTTPRequestHandler):
    """A plain static server."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def served(folder: Path) -> str:
    """The address of a server that ends with this process."""
    handler = functools.partial(Files, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/en/index.html"


def seconds(run: Callable[[], object]) -> float:
    """How long it takes by the clock on the wall."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def files(change: int = 0) -> dict[str, str]:
    """The solution, edited."""
    text = (LESSON.solution / "main.py").read_text("utf-8")
    return {"main.py": f"{text}\n# edit {change}\n"}


def check(page: Page, change: int = 0) -> None:
    """Ask for a verdict and wait for it."""
    task = {"do": "check", "lesson": LESSON.slug, "files": files(change)}
    answer = page.evaluate("task => runtime.ask(task)", task)
    assert answer["value"]["verdict"]["status"] == "passed", answer


def visit(browser: Browser, address: str, number: int) -> dict[str, float]:
    """One visitor: first visit, second visit, edits, an endless loop."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(120_000)
    took = {"cold": seconds(lambda: (page.goto(address), check(page)))}
    assert page.evaluate(KEPT)
    page.close()
    page = context.new_page()
    page.set_default_timeout(120_000)
    took["warm"] = seconds(lambda: (page.goto(address), check(page)))
    took["edit"] = statistics.median(seconds(lambda n=n: check(page, n)) for n in range(5))
    hang = {"do": "check", "lesson": LESSON.slug, "files": {"main.py": LOOP}}
    page.evaluate("task => { runtime.ask(task); }", hang)
    boot = "runtime.ask({do: 'boot'})"
    took["loop"] = seconds(lambda: (page.evaluate("runtime.restart()"), page.evaluate(boot)))
    page.evaluate("task => { globalThis.spare = runtime.twin(); return spare.ask({do: 'boot'}); }")
    page.evaluate("task => { runtime.ask(task); }", hang)
    swap = "runtime.worker.terminate(); globalThis.runtime = spare; runtime.ask({do: 'boot'})"
    took["loop, with a spare"] = seconds(lambda: page.evaluate(swap))
    context.close()
    return took


def terminal() -> float:
    """A plain check, as a learner types it."""
    command = [sys.executable, "-m", "yielddb", "check", LESSON.slug, str(LESSON.solution)]
    return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def transferred() -> int:
    """Bytes of a first check: packs as they are, the rest as a host compresses it."""
    sizes = {path: path.read_bytes() for path in RUNTIME.iterdir() if path.name != "licences.json"}
    return sum(
        len(content) if path.suffix == ".zst" else len(gzip.compress(content))
        for path, content in sizes.items()
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chromium = next(path for name in CHROMIUM if (path := shutil.which(name)))
    rounds: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = Path(place)
        shutil.copytree(RUNTIME, folder / "runtime")
        (folder / "en").mkdir()
        shutil.copy(PAGE, folder / "en" / "index.html")
        address = served(folder)
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for number in range(options.rounds):
            rounds.append({**visit(browser, address, number), "terminal": terminal()})
        browser.close()
    told(rounds, options.json)


def told(rounds: list[dict[str, float]], file: Path | None) -> None:
    """A table, and the same as JSON."""
    median = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    size = transferred()
    print(f"{'bytes of a first check':<28}{size / 1e6:>8.2f} MB   to reach: 8 MB")
    for name, value in median.items():
        ratio = statistics.median(one[name] / one["terminal"] for one in rounds)
        aim = f"to reach: {TO_REACH[name]:g} s" if name in TO_REACH else ""
        print(f"{name:<28}{value:>8.2f} s {ratio:>6.2f} x  {aim}")
    if file:
        record: dict[str, Any] = {"bytes": size, "median": median, "rounds": rounds}
        file.write_text(json.dumps(record, indent=1), "utf-8")


if __name__ == "__main__":
    main()
