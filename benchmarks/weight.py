"""What a page of the built site weighs before a playground is opened: bytes by file, packed.

$ .venv/bin/python benchmarks/weight.py
$ .venv/bin/python benchmarks/weight.py en/lessons/routes/

Counted is what a reader downloads who scrolls the whole page and steps each player. A server of
static pages packs with gzip, `lighthouse.py` does the same.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import shutil
import sys
import threading
from pathlib import Path

from lighthouse import CHROME, PREFIX, ROOT, Server
from playwright.sync_api import Page, sync_playwright

LIMIT = 80 * 1024
SCREENS = 400  # more would be a page that grows while it is scrolled
SCROLL = "new Promise(done => { scrollBy(0, innerHeight); requestAnimationFrame(done) })"
PLAYERS = "yielddb-trace, yielddb-trace-diff"


def weigh(page: Page, address: str) -> dict[str, int]:
    """Open the page, read it to its end, step its players: the files and their packed sizes.

    A file that the browser has kept from an earlier page is not seen: use a fresh context.
    """
    sizes: dict[str, int] = {}
    page.on("response", lambda r: sizes.update({r.url: len(gzip.compress(r.body(), 9))}))
    page.goto(address, wait_until="networkidle")
    for _ in range(SCREENS):
        before = page.evaluate("scrollY")
        page.evaluate(
            "new Promise(done => { scrollBy(0, innerHeight); requestAnimationFrame(done) })"
        )
        if page.evaluate("scrollY") == before:
            break
    else:
        raise RuntimeError(f"{address} has no end")
    for player in page.locator(PLAYERS).all():
        player.evaluate("player => customElements.whenDefined(player.localName).then(() => {})")
        player.dispatch_event("keydown", {"key": "ArrowRight"})
    page.wait_for_load_state("networkidle")
    # the browser fetches the icon of its own bar behind the page's back
    icon = page.evaluate("document.querySelector('link[rel=icon]').href")
    sizes[icon] = len(gzip.compress(page.request.get(icon).body(), 9))
    return sizes


def main() -> None:
    """Weigh the pages, or all lessons, the heaviest first; a page over the limit is exit code 1."""
    site = ROOT / "site"
    lessons = (f"{path.parent.relative_to(site)}/" for path in site.glob("*/lessons/*/index.html"))
    serve = functools.partial(Server, directory=str(site))
    chrome = next(found for name in CHROME if (found := shutil.which(name)))
    rows = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server, sync_playwright() as p:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        browser = p.chromium.launch(executable_path=chrome, args=["--no-sandbox", "--disable-gpu"])
        for name in sys.argv[1:] or sorted(lessons):
            with browser.new_context() as context:
                sizes = weigh(context.new_page(), base + name)
            files = {url.removeprefix(base + name) or "page": size for url, size in sizes.items()}
            rows.append((sum(sizes.values()), name, files))
        browser.close()
        server.shutdown()
    for total, name, files in sorted(rows, reverse=True):
        parts = ", ".join(f"{Path(file).name} {size:,}" for file, size in files.items())
        print(f"{total / 1024:.1f} KiB {name}: {parts}")
    sys.exit(max(total for total, _, _ in rows) > LIMIT)


if __name__ == "__main__":
    main()
