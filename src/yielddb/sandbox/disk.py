"""Ends an app that fills the disk: the system bounds each file, but not all of them together."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from yielddb.sandbox.limits import MIB, Limits

if TYPE_CHECKING:
    from yielddb.sandbox.box import Box

LOOK_S = 0.025  # between two looks; memory takes about 40 MiB in that time
BLOCK = 512  # bytes, as stat(2) counts
MAX_DEPTH = 50  # folders within folders; below that, a path may be too long to be looked at
CLOSED = "made folders that can't be looked into"
# gone meanwhile, or the judge's own shortage; all else that the system refuses is the app's doing
PASSING = {errno.ENOENT, errno.ENOTDIR, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


class Hidden(Exception):
    """An app hides what it wrote: `str()` says how, as `excess` does."""


def excess(folders: Iterable[Path], pid: int, limits: Limits) -> str | None:
    """What is too much in `folders` and in files that `pid` removed but holds; None if nothing."""
    size = 0
    try:
        for count, taken in enumerate(chain(_below(folders), _removed(pid)), 1):
            size += taken
            if size > limits.disk_mb * MIB:
                return f"wrote more than {limits.disk_mb} MiB"
            if count > limits.files:
                return f"made more than {limits.files} files"
    except Hidden as hidden:
        return str(hidden)
    return None


def walk(folders: Iterable[Path]) -> Iterator[os.DirEntry[str]]:
    """Each file and folder below these, links not followed; raises Hidden."""
    waiting = [(os.fspath(folder), 1) for folder in folders]
    while waiting:
        folder, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Hidden(f"made more than {MAX_DEPTH} folders within each other")
        with _passing(), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, depth + 1))
                yield entry


@contextlib.contextmanager
def _passing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in PASSING:
            raise Hidden(CLOSED) from None


def _below(folders: Iterable[Path]) -> Iterator[int]:
    """The size of each file and folder."""
    for entry in walk(folders):
        with _passing():
            yield _size(entry.stat(follow_symlinks=False))


def _removed(pid: int) -> Iterator[int]:
    """The size of each file without a name that a process holds open, where that can be seen.

    What it holds by a mapping alone is within the bound on its address space.
    """
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                found = entry.stat()
                if stat.S_ISREG(found.st_mode) and not found.st_nlink:
                    yield _size(found)


def _size(found: os.stat_result) -> int:
    """What a file takes of the disk; a hole in it takes nothing."""
    blocks = getattr(found, "st_blocks", None)
    return found.st_size if blocks is None else int(blocks) * BLOCK


class DiskWatch:
    """A thread that looks at the boxes whose apps run, and ends those that write too much."""

    def __init__(self) -> None:
        self.boxes: set[Box] = set()
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None
        self.closed = False

    def add(self, box: Box) -> None:
        """Look at a box from now on."""
        with self.changed:
            self.boxes.add(box)
            self.changed.notify()
            if self.thread is None:
                self.thread = threading.Thread(target=self._run, daemon=True)
                self.thread.start()

    def discard(self, box: Box) -> None:
        """Look at it no more."""
        with self.changed:
            self.boxes.discard(box)

    def _run(self) -> None:
        while True:
            with self.changed:
                self.changed.wait_for(lambda: self.boxes or self.closed)
                if self.closed:
                    return
                boxes = list(self.boxes)
            for box in boxes:
                box.wrote_too_much()
            with self.changed:
                self.changed.wait_for(lambda: self.closed, LOOK_S)

    def close(self) -> None:
        """End the thread."""
        with self.changed:
            self.closed = True
            self.changed.notify()
        if self.thread:
            self.thread.join()
