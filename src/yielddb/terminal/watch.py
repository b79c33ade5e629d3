"""Grades again at every save of a Python file, until Ctrl-C."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

DEBOUNCE_MS = 50  # editors save in bursts: a temporary file, a rename, a change of mode
STEP_MS = 5  # silence for so long ends a burst; a save that it splits is judged once more
LOOK_MS = 1000  # how often to look without being called, where events get lost (network disks)
SKIPPED = {"__pycache__", "node_modules", "venv"}

Stamp = dict[str, tuple[int, int]]


def stamp(folder: Path) -> Stamp:
    """Time and size of every Python file below the folder, by path; it may be gone."""
    found: Stamp = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [f for f in folders if f not in SKIPPED and not f.startswith(".")]
        for name in files:
            if name.endswith(".py"):
                path = os.path.join(parent, name)  # noqa: PTH118 - walked at every save
                try:
                    status = os.stat(path)  # noqa: PTH116
                except OSError:
                    continue  # an editor renamed it between the two calls
                found[path] = status.st_mtime_ns, status.st_size
    return found


def _is_emptied(now: Stamp, before: Stamp) -> bool:
    """Many editors empty a file before they write it."""
    return any(not size and before.get(path, (0, 0))[1] for path, (_, size) in now.items())


def saves(folder: Path, stop: threading.Event | None = None) -> Iterator[None]:
    """Give one item at once, and one after each save.

    A save during the caller's work is not lost: the files are compared with what they were when
    the last item was given, and file events only wake us up.
    """
    from watchfiles import watch

    seen = stamp(folder)
    yield
    for events in watch(
        folder,
        watch_filter=lambda _change, path: path.endswith(".py"),
        debounce=DEBOUNCE_MS,
        step=STEP_MS,
        stop_event=stop,
        rust_timeout=LOOK_MS,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        now = stamp(folder)
        if events and _is_emptied(now, seen):
            continue  # what fills it is the next event; if nothing does, there is none, and a look
        if now != seen:
            seen = now
            yield


def watch_app(path: Path, grade: Callable[[], None], stop: threading.Event | None = None) -> None:
    """Call `grade` now and after every save below `path`, until Ctrl-C or `stop`."""
    for _ in saves(path if path.is_dir() else path.parent, stop):
        grade()
