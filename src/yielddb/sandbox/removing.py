"""Removes what an app left, however deep, long or forbidden its paths are; follows no link.

`shutil.rmtree` calls itself for each level until Python 3.13, and later holds a descriptor for
each: a thousand folders within each other are too many for both. Here a folder that lies deeper is
moved up first, so that two descriptors and the shortest of paths are enough.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
from collections.abc import Collection
from pathlib import Path

HERE = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
# Windows has no descriptors of folders; those of a page are not worth a risk: its tab forgets all
BY_DESCRIPTOR = sys.platform != "emscripten" and (
    {os.open, os.rename, os.unlink, os.rmdir, os.stat} <= os.supports_dir_fd
)


def remove(folder: Path) -> bool:
    """Remove a folder and all below it; False where something is left. Nobody may write there."""
    if not BY_DESCRIPTOR:
        with contextlib.suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)
        return not os.path.lexists(folder)
    if not empty(folder):
        return False
    try:
        folder.rmdir()
    except OSError:
        return not os.path.lexists(folder)
    return True


def empty(folder: Path, keep: Collection[str] = ()) -> bool:
    """Remove what is in a folder but the files named `keep`; False where something is left."""
    if not BY_DESCRIPTOR:
        return _empty_by_path(folder, keep)
    try:
        top = _enter(os.fspath(folder), None)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        _clear(top, keep)
        with os.scandir(top) as entries:
            return all(entry.name in keep for entry in entries)
    except OSError:  # a file system that broke
        return False
    finally:
        os.close(top)


def _clear(top: int, keep: Collection[str]) -> None:
    """Remove what `top` holds; what deeper folders hold is moved up into it, level by level."""
    waiting = _unlink_files(top, keep)
    while waiting:
        name = waiting.pop()
        with contextlib.suppress(OSError):  # one that can't be removed keeps none of the others
            inner = _enter(name, top)
            try:
                waiting += _moved_up(inner, top)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=top)


def _moved_up(inner: int, top: int) -> list[str]:
    """Unlink the files of `inner`, move its folders into `top`; gives their new names."""
    moved = []
    for name in _unlink_files(inner):
        up = os.urandom(16).hex()  # no app can foresee it
        with contextlib.suppress(OSError):
            os.close(_enter(name, inner))  # one that may not be written to can't be moved
            os.rename(name, up, src_dir_fd=inner, dst_dir_fd=top)
            moved.append(up)
    return moved


def _unlink_files(folder: int, keep: Collection[str] = ()) -> list[str]:
    """Remove all that is no folder; gives the names of the folders."""
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if not is_folder and name not in keep:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=folder)
    return [name for name, is_folder in found if is_folder]


def _enter(name: str, at: int | None) -> int:
    """A descriptor of a folder that is no link, with the right to list it and to change it."""
    mode = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode
    if stat.S_ISDIR(mode) and mode & stat.S_IRWXU != stat.S_IRWXU:
        _allow(name, at)
    return os.open(name, HERE, dir_fd=at)


def _allow(name: str, at: int | None) -> None:
    """Give oneself all rights on a folder, which one may not even be able to open."""
    if sys.platform != "linux":
        os.chmod(name, stat.S_IRWXU, dir_fd=at, follow_symlinks=False)
        return
    handle = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
    try:  # Linux changes no mode without following links, but this handle is of no link
        os.chmod(f"/proc/self/fd/{handle}", stat.S_IRWXU)  # noqa: PTH101 - no path of ours
    finally:
        os.close(handle)


def _empty_by_path(folder: Path, keep: Collection[str]) -> bool:
    try:
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                if not remove(path):
                    return False
            elif path.name not in keep:
                path.unlink()
    except OSError:
        return False
    return True
