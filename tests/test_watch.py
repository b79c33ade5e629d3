"""Watching: one verdict at once, one per save, none lost, and a quiet end."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import arguments, environment, solve

from yielddb.catalogue import Course
from yielddb.terminal.watch import saves, stamp


@pytest.fixture
def watching(toy: Course, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`yielddb watch 1 --json`: a verdict per line."""
    solve(toy, tmp_path / "work", "hello")
    process = subprocess.Popen(
        arguments(toy, "watch", "1", "--json"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_grades_at_once_and_at_every_save(
    watching: subprocess.Popen[str], toy: Course, tmp_path: Path
) -> None:
    """A verdict for the app as it is, one for each save; Ctrl-C ends it without a word."""
    assert watching.stdout
    assert json.loads(watching.stdout.readline())["status"] == "passed"
    app = tmp_path / "work" / "01_hello" / "main.py"
    right = app.read_text("utf-8")
    for text, status in ((right.replace("Hello", "Bye"), "failed"), (right, "passed")):
        draft = app.with_name(".draft")  # as editors save: a draft, then a rename
        draft.write_text(text, "utf-8")
        draft.replace(app)
        assert json.loads(watching.stdout.readline())["status"] == status
    watching.send_signal(signal.SIGINT)
    out, err = watching.communicate(timeout=30)
    assert (watching.returncode, out, err) == (130, "", "")


def test_a_save_during_the_work_is_not_lost(tmp_path: Path) -> None:
    """What is saved before the watcher listens still gives an item."""
    (tmp_path / "main.py").write_text("one", "utf-8")
    stop = threading.Event()
    items = saves(tmp_path, stop)
    next(items)
    (tmp_path / "main.py").write_text("three", "utf-8")
    next(items)
    stop.set()
    assert list(items) == []


def test_a_file_that_is_emptied_first(tmp_path: Path) -> None:
    """The moment between is no save; a file that stays empty is one."""
    app = tmp_path / "main.py"
    app.write_text("one", "utf-8")
    stop = threading.Event()
    items = saves(tmp_path, stop)
    next(items)
    seen = []

    def save() -> None:
        with app.open("w", encoding="utf-8") as file:
            stop.wait(0.2)
            file.write("three")
        stop.wait(0.2)
        app.write_text("", "utf-8")

    writer = threading.Thread(target=save)
    writer.start()
    for _ in range(2):
        next(items)
        seen.append(app.read_text("utf-8"))
    writer.join()
    stop.set()
    assert seen == ["three", ""]
    assert list(items) == []


def test_other_files_do_not_count(tmp_path: Path) -> None:
    """Databases, caches and hidden folders are not the app."""
    (tmp_path / "main.py").write_text("", "utf-8")
    before = stamp(tmp_path)
    for name in ("app.db", "__pycache__/main.py", ".venv/main.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    assert stamp(tmp_path) == before
    assert stamp(tmp_path / "gone") == {}
