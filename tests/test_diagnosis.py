"""Where an app hangs is told from what was handed in, whatever the app writes as its dump."""

from __future__ import annotations

from pathlib import Path

import pytest

from yielddb.judging.diagnosis import too_much, where

FOLDER = Path("/box/app")
FILES = {"main.py": b"import time\ntime.sleep(9)\n", "parts/routes.py": b"\xff\n  wait()\n"}


@pytest.mark.parametrize(
    ("file", "line", "at"),
    [
        ("/box/app/main.py", 2, ("main.py", "time.sleep(9)")),
        ("/box/app/parts/routes.py", 2, ("parts/routes.py", "wait()")),
        ("/box/app/main.py", 99, ("main.py", "")),
        ("/box/app/main.py", 0, ("main.py", "")),
    ],
)
def test_a_line_of_the_app(file: str, line: int, at: tuple[str, str]) -> None:
    """File, line and its text."""
    found = where(f'  File "{file}", line {line} in hello\n', FOLDER, FILES)
    assert found == {"file": at[0], "line": line, "text": at[1]}


@pytest.mark.parametrize(
    "file",
    [
        "/box/app/../../etc/passwd",
        "/box/app//dev/zero",
        "/etc/passwd",
        "/box/app/written_later.py",
        "/box/app/parts/../main.py",
        "main.py\0",
    ],
)
def test_a_line_of_something_else(file: str) -> None:
    """Nothing is opened for it."""
    assert where(f'  File "{file}", line 1 in hello\n', FOLDER, FILES) is None


def test_no_dump_takes_long() -> None:
    """Neither a number nor an empty line without end."""
    assert where(f'  File "/box/app/main.py", line {"9" * 9999} in x\n', FOLDER, FILES) is None
    assert where("\n" * 200_000, FOLDER, FILES) is None


def test_what_was_too_much() -> None:
    """The question is about what was made."""
    assert too_much("wrote more than 64 MiB").hint == "Which line here writes without end?"
    deep = too_much("made more than 50 folders within each other")
    assert deep.text == "your app made more than 50 folders within each other, and was ended"
    assert deep.hint == "Which line here makes folders?"
