"""Law: a notebook runs from top to bottom, as shipped and with the solution put in."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from yielddb.catalogue import Course, Lesson
from yielddb.problems import Problem
from yielddb.starter import without_marks

CELL_S = 60  # seconds for one cell; the slowest takes three
APP_CELL = re.compile(r"\A%%app[^\n]*\n")


def problems(lesson: Lesson) -> Iterator[Problem]:
    """Errors in cells, output on stderr, and a solution that does not pass."""
    if not lesson.notebook.is_file():
        return  # reported as not built
    yield from _run(lesson, solved=False)
    yield from _run(lesson, solved=True)


def _run(lesson: Lesson, solved: bool) -> Iterator[Problem]:
    how = "with the solution" if solved else "as shipped"
    read: Any = nbformat.read
    book = read(lesson.notebook, as_version=4)
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    apps = [cell for cell in cells if APP_CELL.match(cell.source)]
    if len(apps) != 1:
        says = f"{len(apps)} %%app cells"
        yield Problem(lesson.notebook, 0, says, "the text has one `starter` block")
        return
    if solved:
        head = apps[0].source.splitlines()[0]
        source = (lesson.solution / "main.py").read_text("utf-8")
        apps[0].source = f"{head}\n{without_marks(source)}"
    with tempfile.TemporaryDirectory(prefix="yielddb-law-") as folder:
        _execute(book, Path(folder), lesson.course)
        for cell in cells:
            if fault := _fault(cell):
                yield Problem(lesson.notebook, 0, f"{how}: {fault}", "mend the cell in the text")
        passed = lesson.slug in _passed(Path(folder))
    if passed != solved:
        says = f"{how}: %check says {'passed' if passed else 'not passed'}"
        yield Problem(lesson.notebook, 0, says, "run it in JupyterLab and read the verdict")


def _execute(book: Any, folder: Path, course: Course) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    client = NotebookClient(
        book,
        timeout=CELL_S,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=40"],  # its warnings are about our connection
    )
    client.execute(
        env={**environment, "YIELDDB_WORK": str(folder), "YIELDDB_COURSE": str(course.root)}
    )


def _fault(cell: Any) -> str | None:
    for output in cell.outputs:
        if output.output_type == "error":
            return f"a cell raises {output.ename}: {output.evalue} ({cell.source[:40]!r})"
        if output.output_type == "stream" and output.name == "stderr":
            return f"a cell writes to stderr: {output.text[:80]!r} ({cell.source[:40]!r})"
    return None


def _passed(work: Path) -> set[str]:
    """The slugs that the learner's progress says are passed."""
    path = work / "progress.json"
    if not path.exists():
        return set()
    lessons = json.loads(path.read_text("utf-8")).get("lessons", {})
    return {slug for slug, entry in lessons.items() if entry.get("passed")}
