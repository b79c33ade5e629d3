"""Makes folders that are hard to read or to remove, and gives up the rights that help with it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NOBODY = 65534


def deep(folder: Path, levels: int, name: str = "d", end: str | None = None) -> None:
    """Folders within folders, deeper than a path may be long; `end` is a file in the last one."""
    folder.mkdir(exist_ok=True)
    with contextlib.chdir(folder):
        for _ in range(levels):
            Path(name).mkdir()
            os.chdir(name)
        if end:
            Path(end).write_text("umbrella")


def drop_rights() -> None:
    """From here on this process has no more rights than any user; `apart` undoes it."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
