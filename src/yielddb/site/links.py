"""Every link of the built site leads to a file and an anchor that are there."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from yielddb.problems import Problem

LINK = re.compile(r"""<[a-z][^>]*?\s(?:href|src)="([^"]*)\"""")
ID = re.compile(r"""<[a-z][^>]*?\s(?:id|name)="([^"]+)\"""")
CODE = re.compile(r"<(script|template)\b.*?</\1>", re.DOTALL)
ELSEWHERE = re.compile(r"(?:[a-z][a-z+.-]*:|//)")
NO_FOLDER = "404.html"  # answers for addresses at any depth, so its links begin at the root


def problems(site: Path) -> list[Problem]:
    """The links of all pages that lead nowhere within the site; other sites are not asked."""
    root = site.resolve()
    return sorted(
        Problem(page, 0, f"the link {target} leads nowhere", "mend the text or the template")
        for page in root.rglob("*.html")
        if page.name != NO_FOLDER
        for target in sorted(_links(page))
        if not _leads_somewhere(root, page, target)
    )


def _links(page: Path) -> Iterator[str]:
    source = CODE.sub("", page.read_text("utf-8"))
    return iter({html.unescape(target) for target in LINK.findall(source)})


def _leads_somewhere(root: Path, page: Path, target: str) -> bool:
    if ELSEWHERE.match(target):
        return True
    address, _, anchor = target.partition("#")
    path = page
    if address := unquote(address.partition("?")[0]):
        path = (page.parent / address).resolve()
        if path.is_dir():
            path /= "index.html"
    if not path.is_relative_to(root) or not path.is_file():
        return False
    return not anchor or path.suffix != ".html" or unquote(anchor) in _anchors(path)


@functools.lru_cache(maxsize=512)
def _anchors(path: Path) -> frozenset[str]:
    return frozenset(html.unescape(found) for found in ID.findall(path.read_text("utf-8")))
