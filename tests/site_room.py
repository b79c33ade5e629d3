"""The toy course dressed as the real one, its site built and published below a sub-path."""

from __future__ import annotations

import contextlib
import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chromium import Files

from yielddb import cli
from yielddb.catalogue import Course
from yielddb.lesson.translation import fingerprint
from yielddb.site.building import build_site
from yielddb.site.reference import tree_of

HERE = Path(__file__).parent
PREFIX = "/yielddb/"  # where a project's pages lie
BRACES = 'for a second connection {"kept": true}"""'  # Markdown takes that for attributes
GREETING = HERE / "translations" / "hello.uk.md"


def dressed(root: Path, cache: Path | None = None) -> Course:
    """The toy course with the look of the real one, and what another copy has run before."""
    shutil.copytree(HERE / "toy", root)
    if cache:
        shutil.copytree(cache, root / ".cache")
    shutil.copy(HERE.parent / "mkdocs.yml", root)
    shutil.copytree(HERE.parent / "web", root / "web", ignore=shutil.ignore_patterns("node_*"))
    return Course(root)


def translate(course: Course, language: str, made_from: str | None = None) -> Path:
    """Give the first lesson a translation: made from the text that is there, or from another."""
    lesson = course.lessons[0]
    path = lesson.translation(language)
    text = GREETING.read_text("utf-8")
    path.write_text(text.replace("HASH", made_from or fingerprint(lesson.text)), "utf-8")
    return path


def build(course: Course, out: Path, **options: Any) -> Path:
    """The site of a course with the commands of the real parser."""
    return build_site(course, out, tree_of(cli.app), **options)


class Below(Files):
    """A file server for one sub-path."""

    def do_GET(self) -> None:
        """Serve what lies below the sub-path; elsewhere there is nothing."""
        if not self.path.startswith(PREFIX):
            self.send_error(404)
            return
        self.path = self.path.removeprefix(PREFIX.rstrip("/"))
        super().do_GET()


@dataclass(frozen=True, slots=True)
class Published:
    """A built site, where it lies and where it is served."""

    course: Course
    folder: Path
    address: str
    said: tuple[str, ...]


@contextlib.contextmanager
def published(folder: Path) -> Iterator[Published]:
    """Build the toy course's site for the address at which it is then served."""
    course = dressed(folder / "toy")
    check = course.find("2").check
    source = check.read_text("utf-8")
    check.write_text(source.replace('for a second connection"""', BRACES), "utf-8")
    translate(course, "uk")
    translate(course, "ru", "000000000000")
    out = folder / "site"
    serve = functools.partial(Below, directory=str(out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        address = f"http://127.0.0.1:{server.server_address[1]}{PREFIX}"
        said: list[str] = []
        build(course, out, progress=said.append, address=address)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield Published(course, out, address, tuple(said))
        server.shutdown()
        thread.join()
