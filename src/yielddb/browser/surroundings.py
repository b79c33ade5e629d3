"""What an app sees around it while it runs in its judge's interpreter."""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO, cast

from yielddb.browser.connecting import CONNECT
from yielddb.browser.printing import Printed


class AppExit(BaseException):
    """The app called os._exit: where it has a process, that would have ended."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


def _exit(status: int) -> None:
    raise AppExit(status)


@contextlib.contextmanager
def surroundings(
    folder: Path,
    environment: Mapping[str, str],
    printed: Printed,
    connect: Callable[..., sqlite3.Connection],
) -> Iterator[None]:
    """Its folder and environment, nobody at the keyboard, output kept, connections seen."""
    place, variables, path, arguments = Path.cwd(), dict(os.environ), sys.path[:], sys.argv
    leave, keyboard = os._exit, sys.stdin
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.path.insert(0, str(folder))
    os._exit = _exit  # type: ignore[assignment]
    sys.stdin = io.StringIO()
    sqlite3.connect = sqlite3.dbapi2.connect = cast(Any, connect)
    output = cast(TextIO, printed)
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            yield
    finally:
        os._exit, sys.stdin = leave, keyboard
        sqlite3.connect = sqlite3.dbapi2.connect = CONNECT
        sys.path[:], sys.argv = path, arguments
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(place)
