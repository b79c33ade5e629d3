"""A lesson page stays light: what a reader downloads before a playground is opened."""

from __future__ import annotations

import functools
import http.server
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser
from site_room import Published

from yielddb.catalogue import Course

ROOT = Path(__file__).parents[1]


@pytest.fixture
def weight(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """`benchmarks/weight.py`, whose folder is no package."""
    for name in ("weight", "lighthouse"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import weight

    return weight


@pytest.fixture
def built(weight: ModuleType) -> Iterator[str]:
    """The address of the site that `make site` has built."""
    serve = functools.partial(weight.Server, directory=str(Course(ROOT).site_dir))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}{weight.PREFIX}"
        server.shutdown()
        thread.join()


def too_heavy(
    weight: ModuleType, browser: Browser, site: Path, address: str
) -> dict[str, dict[str, int]]:
    """The lesson pages of all languages that weigh more than they may, file by file."""
    pages = sorted(site.glob("*/lessons/*/index.html"))
    assert pages, "make site"
    found = {}
    for path in pages:
        with browser.new_context() as context:
            name = path.parent.relative_to(site).as_posix()
            sizes = weight.weigh(context.new_page(), f"{address}{name}/")
            if sum(sizes.values()) > weight.LIMIT:
                found[name] = sizes
    return found


def test_what_is_fetched_late_is_weighed(
    weight: ModuleType, browser: Browser, toy_site: Published
) -> None:
    """The player comes when it is near, the words with it, and the icon counts."""
    with browser.new_context() as context:
        sizes = weight.weigh(context.new_page(), f"{toy_site.address}uk/lessons/count/")
    names = {Path(url).name for url in sizes}
    assert names >= {"count", "site.css", "site.js", "quiz.js", "quiz.uk.js", "umbrella.svg"}
    assert names >= {"player.lazy.js", "player.js", "player.uk.js"}
    assert not names & {"search.js", "pages.js", "playground.js"}


def test_every_lesson_is_light(weight: ModuleType, browser: Browser, toy_site: Published) -> None:
    """Each lesson of the toy course, in each language, stays within 80 KiB."""
    assert weight.LIMIT == 80 * 1024
    assert too_heavy(weight, browser, toy_site.folder, toy_site.address) == {}


@pytest.mark.slow
def test_every_lesson_of_the_course_is_light(
    weight: ModuleType, browser: Browser, built: str
) -> None:
    """Each lesson in each language of the site that `make site` has built, too."""
    assert too_heavy(weight, browser, Course(ROOT).site_dir, built) == {}
