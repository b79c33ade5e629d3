"""The files of an app's folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

OF_SQLITE = ("", "-journal", "-wal", "-shm")  # endings of the files of one database


def below(folder: Path) -> set[str]:
    """The relative paths of all files."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def clear(folders: Iterable[Path], database: Path) -> None:
    """Remove what an app filled the disk with; its database stays, each of whose files is small."""
    kept = {database.with_name(database.name + ending) for ending in OF_SQLITE}
    for path in (path for folder in folders for path in folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path not in kept:
            path.unlink()


def move_all(source: Path, target: Path) -> None:
    """What is in one folder goes into another."""
    for path in source.iterdir():
        shutil.move(path, target / path.name)
