"""The files that an app leaves in its folders; the app chose their names, kinds and rights."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterable, Iterator
from pathlib import Path

from yielddb.judging.submission import Submission
from yielddb.sandbox.box import Box
from yielddb.sandbox.disk import CLOSED, Hidden, walk
from yielddb.sandbox.removing import empty, remove

OF_SQLITE = ("", "-journal", "-wal", "-shm")  # endings of the files of one database
OURS = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO}


def below(folder: Path) -> set[str]:
    """The relative paths of all that is no folder; raises Hidden."""
    entries = (entry for entry in walk([folder]) if not entry.is_dir(follow_symlinks=False))
    return {Path(entry.path).relative_to(folder).as_posix() for entry in entries}


def clear(folders: Iterable[Path], database: Path) -> None:
    """Remove what an app filled the disk with; its database stays, each of whose files is small.

    Raises Hidden.
    """
    kept = {database.name + ending for ending in OF_SQLITE}
    for folder in folders:
        if not empty(folder, kept if folder == database.parent else ()):
            raise Hidden(CLOSED)


def renew(folder: Path) -> None:
    """Put an empty folder in the place of this one; raises Hidden."""
    if not remove(folder):
        raise Hidden(CLOSED)
    folder.mkdir()


def inherit(before: Box, after: Box, data: Path, database: Path, fresh: bool) -> None:
    """Hand on what outlives an app's process, a default app.db among it, unless `fresh`.

    Raises Hidden or OSError; then `after` is closed.
    """
    before.kill()  # also where it only hung up: nobody writes there now
    try:
        if before.excess:
            clear((before.app_folder, data), database)
        if not fresh:
            move_all(before.app_folder, after.app_folder)
    except (Hidden, OSError):
        after.close()
        raise


def move_all(source: Path, target: Path) -> None:
    """What is in one folder goes into another of the same disk; raises Hidden."""
    with _of_the_app():
        for path in source.iterdir():
            path.rename(target / path.name)


def lay_over(submission: Submission, folder: Path) -> set[str]:
    """Write a submission over what its earlier life left; gives all files then. Raises Hidden.

    The app may have put a link, a pipe or a folder in the place of its own file: nothing is
    written through a link, since it may lead anywhere.
    """
    left = below(folder)
    with _of_the_app():
        for name in submission.files if left else ():
            _make_way(folder, name)
        submission.write(folder)
    return left | set(submission.files)


def _make_way(folder: Path, name: str) -> None:
    place = folder
    for part in name.split("/"):
        place /= part
        is_last = place == folder / name
        if place.is_symlink() or (place.exists() and (is_last or not place.is_dir())):
            remove(place) if place.is_dir() and not place.is_symlink() else place.unlink()


@contextlib.contextmanager
def _of_the_app() -> Iterator[None]:
    """What the system refuses here is the app's doing, unless the machine is at its end."""
    try:
        yield
    except OSError as error:
        if error.errno in OURS:
            raise
        raise Hidden(CLOSED) from None
