"""What a page has not: processes, sockets, real threads, and packages that need them.

An app that asks for one of these can't be judged here. It is never called wrong: what it asked
for is noted, and each check that did not pass from then on is skipped.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.abc
import importlib.machinery
import os
import socket
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from yielddb.verdict import CheckResult

NEEDS = "needs a real server"
HERE = "fastapi, httpx, pydantic, sqlalchemy, starlette and Python's own library"
# Modules that the terminal's judge has and a page can't run: what for they would be needed.
UNUSABLE = {
    "aiosqlite": "aiosqlite works in a thread",
    "greenlet": "greenlet is compiled for real processors",
    "sqlalchemy.ext.asyncio": "SQLAlchemy's asyncio extension works with greenlet",
}
# Packages of a whole installation that a page does without.
LEFT_OUT = {"IPython", "click", "h11", "rich", "sqlmodel", "typer", "watchfiles", "yaml"}
SERVER = "uvicorn"  # often imported, seldom used: the check serves the app
UNSETTLED = "one of its requests sleeps while another waits for it"
UNKNOWN = "ModuleNotFoundError: No module named"


class Needs(RuntimeError):
    """The app asked for what a page has not."""


class Wanted:
    """What the app asked for and did not get, in order."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def note(self, reason: str) -> Needs:
        """Keep it; gives the error to raise."""
        self.reasons.append(reason)
        return Needs(f"{reason}: not in a page")

    def of(self, files: Mapping[str, bytes]) -> None:
        """Note what can be read off the imports of an app."""
        for source in (files[name] for name in sorted(files) if name.endswith(".py")):
            for name in _imported(source):
                for module, reason in UNUSABLE.items():
                    if name == module or name.startswith(module + "."):
                        self.reasons.append(reason)

    def judged(self, result: CheckResult) -> CheckResult:
        """The result as a page may say it."""
        if result.status not in ("failed", "error"):
            return result
        if self.reasons:
            return skipped(result, self.reasons[0])
        if UNKNOWN in (result.came_back or ""):
            return replace(result, hint=f"Is it a typo, or a file you left out? Here are {HERE}.")
        return result


def skipped(result: CheckResult, reason: str) -> CheckResult:
    """A check that only a real server could settle."""
    return CheckResult(
        id=result.id,
        title=result.title,
        status="skipped",
        points=result.points,
        visibility=result.visibility,
        came_back=f"{NEEDS} ({reason}); run `yielddb check`",
    )


def _imported(source: bytes) -> Iterable[str]:
    """Dotted names that a text imports; none where it does not parse."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


class _LastFinder(importlib.abc.MetaPathFinder):
    """Asked where nobody else found a module: is it one that another machine has?"""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted

    def find_spec(
        self, fullname: str, path: Any = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Never a module; a note where it is missing here alone."""
        if fullname in sys.stdlib_module_names or fullname in LEFT_OUT:
            self.wanted.note(f"the module {fullname} is not in this page")
        return None


def _server() -> types.ModuleType:
    """Stands in for uvicorn: to import it is nothing, to run it is refused as by the judge."""
    module = types.ModuleType(SERVER, "Serves nothing here.")

    def run(*_: Any, **__: Any) -> None:
        raise PermissionError("an app under check can't open ports")

    module.run = run  # type: ignore[attr-defined]
    return module


def _refusing(wanted: Wanted, before: Callable[..., Any], reason: str) -> Callable[..., Any]:
    home = threading.get_ident()

    @functools.wraps(before)
    def refuse(*arguments: Any, **options: Any) -> Any:
        if threading.get_ident() == home:
            raise wanted.note(reason)
        return before(*arguments, **options)  # not the app's: a page has one thread, a test more

    return refuse


@contextlib.contextmanager
def refused(wanted: Wanted) -> Iterator[None]:
    """While inside, whoever asks for what a page has not is refused, and that is noted."""
    process = "it starts a program"
    places: list[tuple[Any, str, str]] = [
        (threading.Thread, "start", "it starts a thread"),
        (subprocess.Popen, "__init__", process),
        (socket.socket, "__init__", "it opens a socket"),
        (socket, "getaddrinfo", "it looks for another machine"),
        *((os, name, process) for name in ("system", "popen", "fork", "posix_spawn")),
    ]
    places = [place for place in places if hasattr(place[0], place[1])]
    before = [getattr(owner, name) for owner, name, _ in places]
    finder, server = _LastFinder(wanted), sys.modules.get(SERVER)
    sys.meta_path.append(finder)
    sys.modules[SERVER] = _server()
    for (owner, name, reason), kept in zip(places, before, strict=True):
        setattr(owner, name, _refusing(wanted, kept, reason))
    try:
        yield
    finally:
        for (owner, name, _), kept in zip(places, before, strict=True):
            setattr(owner, name, kept)
        sys.meta_path.remove(finder)
        del sys.modules[SERVER]
        if server:
            sys.modules[SERVER] = server
