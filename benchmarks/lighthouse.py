"""Lighthouse, as on a mid-range telephone, over pages of the built site: medians of several runs.

$ make lighthouse
$ .venv/bin/python benchmarks/lighthouse.py --runs 3 en/lessons/routes/
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOL = Path(__file__).with_name("lighthouse")
PREFIX = "/yielddb/"
PAGES = ("en/lessons/engine/", "uk/lessons/engine/", "en/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = {  # what the performance is made of -> its column
    "first-contentful-paint": "first paint ms",
    "largest-contentful-paint": "largest paint ms",
    "total-blocking-time": "blocked ms",
    "cumulative-layout-shift": "shift",
}
PACKED = (".html", ".css", ".js", ".json", ".svg", ".xml")
CHROME = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Server(http.server.SimpleHTTPRequestHandler):
    """Serves the site below a sub-path and packs it, as hosts of static pages do."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with the packed file, its size and how long it may be kept."""
        path = Path(self.translate_path(self.path.removeprefix(PREFIX.rstrip("/"))))
        path = path / "index.html" if path.is_dir() else path
        if not self.path.startswith(PREFIX) or not path.is_file():
            self.send_error(404)
            return
        body = path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Cache-Control", "max-age=600")
        if path.suffix in PACKED:
            body = gzip.compress(body, 9)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def measured(address: str) -> dict[str, float]:
    """One run: a score out of 100 for each category, and the bytes that went over the wire."""
    chrome = next(found for name in CHROME if (found := shutil.which(name)))
    done = subprocess.run(
        [
            TOOL / "node_modules" / ".bin" / "lighthouse",
            address,
            "--quiet",
            "--output=json",
            f"--only-categories={','.join(CATEGORIES)}",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ],
        env={**os.environ, "CHROME_PATH": chrome},
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    report = json.loads(done.stdout)
    scores = {name: report["categories"][name]["score"] * 100 for name in CATEGORIES}
    audits = report["audits"]
    for name, audit in audits.items():
        if audit.get("score") is not None and audit["score"] < 0.9 and audit.get("details"):
            print(f"  {name}: {audit.get('displayValue', audit['title'])}", file=sys.stderr)
    parts = {column: audits[name]["numericValue"] for name, column in METRICS.items()}
    return {**scores, "KiB": audits["total-byte-weight"]["numericValue"] / 1024, **parts}


def main() -> None:
    """Measure the pages and print the medians."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("pages", nargs="*", default=PAGES)
    options.add_argument("--runs", type=int, default=5)
    chosen = options.parse_args()
    serve = functools.partial(Server, directory=str(ROOT / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        columns = (*CATEGORIES, "KiB", *METRICS.values())
        print("| page |", " | ".join(columns), "|")
        print("|---|" + "---:|" * len(columns))
        for page in chosen.pages:
            runs = [measured(base + page) for _ in range(chosen.runs)]
            medians = [statistics.median(run[name] for run in runs) for name in runs[0]]
            print(f"| {page} |", " | ".join(f"{value:.3g}" for value in medians), "|", flush=True)
        server.shutdown()


if __name__ == "__main__":
    main()
