"""Cuts the starter out of a solution by its BEGIN/END SOLUTION marks."""

from __future__ import annotations

import re
from pathlib import Path

BEGIN = re.compile(r"^(?P<indent>[ \t]*)# BEGIN SOLUTION(?:: (?P<task>.+))?$")
END = re.compile(r"^[ \t]*# END SOLUTION$")


class MarkError(ValueError):
    """Marks that do not pair up; the text names the line."""


def without_marks(source: str) -> str:
    """The solution as a learner would have written it: the mark lines gone."""
    lines = source.splitlines(keepends=True)
    return "".join(x for x in lines if not (BEGIN.match(x.rstrip()) or END.match(x.rstrip())))


def cut(source: str) -> str:
    """The starter: each marked block becomes a comment with its task and a `...`.

    Raises MarkError for a mark without its partner or a block without a task.
    """
    kept: list[str] = []
    opened = 0
    for number, line in enumerate(source.splitlines(keepends=True), 1):
        if begin := BEGIN.match(line.rstrip()):
            if opened:
                raise MarkError(f"line {number}: BEGIN SOLUTION inside the block of line {opened}")
            if not begin["task"]:
                raise MarkError(f"line {number}: say what to write: # BEGIN SOLUTION: <task>")
            opened = number
            kept += [f"{begin['indent']}# YOUR CODE: {begin['task']}\n", f"{begin['indent']}...\n"]
        elif END.match(line.rstrip()):
            if not opened:
                raise MarkError(f"line {number}: END SOLUTION without BEGIN")
            opened = 0
        elif not opened:
            kept.append(line)
    if opened:
        raise MarkError(f"line {opened}: BEGIN SOLUTION without END")
    return "".join(kept)


def blanks(source: str) -> int:
    """How many blocks a learner has to write."""
    return sum(1 for line in source.splitlines() if BEGIN.match(line.rstrip()))


def solution_files(folder: Path) -> dict[Path, str]:
    """The text files of an app below `folder`, by relative path, marks included."""
    return {
        path.relative_to(folder): path.read_text("utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".db"
    }


def starter_files(folder: Path) -> dict[Path, str]:
    """The files of the starter cut from the solution in `folder`.

    Raises MarkError with the file's name.
    """
    files = {}
    for path, source in solution_files(folder).items():
        try:
            files[path] = cut(source)
        except MarkError as error:
            raise MarkError(f"{folder / path}: {error}") from None
    return files
