"""What the search of a built site reads: the words of its pages, as a script."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path

INDEX = "search/search_index.json"  # as mkdocs leaves it
PAGES = "search/pages.js"
TAG = re.compile(r"</?[a-z][^>]*>")
BLANKS = re.compile(r"\s+")


def pack(site: Path) -> None:
    """Write the texts without markup; a page opened from a disk can load a script, but no JSON."""
    docs = json.loads((site / INDEX).read_text("utf-8"))["docs"]
    pages = [
        {"at": doc["location"], "title": _plain(doc["title"]), "text": _plain(doc["text"])}
        for doc in docs
    ]
    text = json.dumps(pages, ensure_ascii=False, separators=(",", ":"))
    (site / PAGES).write_text(f"globalThis.yielddbPages={text};\n", "utf-8")
    (site / INDEX).unlink()
    shutil.rmtree(site / "assets" / "javascripts")  # Material's own search and frame: unused


def _plain(markup: str) -> str:
    return BLANKS.sub(" ", html.unescape(TAG.sub(" ", markup))).strip()
