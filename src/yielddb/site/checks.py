"""What the pages tell of the checks: their lines, and what their edits of the solution do."""

from __future__ import annotations

import ast
import difflib
import os
import queue
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from yielddb import checking, judging
from yielddb.catalogue import Course, Lesson
from yielddb.checking import Edit
from yielddb.judge import Judge
from yielddb.lesson.answers import app_files, checks_of
from yielddb.lesson.cache import Cache
from yielddb.verdict import CheckResult

MOST = 4  # judges at once: each has a warm parent of its own


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check as a learner reads it."""

    name: str
    title: str
    points: float
    hidden: bool
    edits: tuple[Edit, ...]


def lines_of(lesson: Lesson) -> tuple[CheckLine, ...]:
    """The checks of a lesson in order.

    Raises AnswerError when the check file can't be imported.
    """
    tree = ast.parse(lesson.check.read_text("utf-8"))
    docs = {
        node.name: (ast.get_docstring(node) or node.name).splitlines()[0]
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    return tuple(
        CheckLine(name, docs.get(name, name), facts.points, facts.hidden, tuple(facts.edits))
        for name, facts in checks_of(lesson.check).items()
    )


def broken_by(lesson: Lesson, edit: Edit) -> dict[Path, str]:
    """The solution after the edit.

    Raises ValueError when the edited text is not there exactly once.
    """
    files = app_files(lesson)
    path = Path(edit.file)
    return {**files, path: edit.apply(files.get(path, ""))}


def diff_of(lesson: Lesson, edit: Edit) -> str:
    """From the edited solution back to the solution: the mistake, and what mends it."""
    path = Path(edit.file)
    wrong, right = broken_by(lesson, edit)[path].splitlines(), app_files(lesson)[path].splitlines()
    diff = list(difflib.unified_diff(wrong, right, lineterm="", n=3))[3:]
    return "\n".join(" ..." if line.startswith("@@") else line for line in diff)


class EditJudge:
    """Grades edits of solutions, one per core at once, and remembers what was said of them."""

    def __init__(self, course: Course) -> None:
        code = sorted(Path(judging.__file__).parent.glob("*.py"))
        self._cache = Cache(course.root, "verdicts", Path(checking.__file__), *code)
        self.at_once = min(MOST, os.cpu_count() or 1)
        self._judges = [Judge(course, eager=False) for _ in range(self.at_once)]
        self._free: queue.LifoQueue[Judge] = queue.LifoQueue()  # the one that is warm comes first
        for judge in self._judges:
            self._free.put(judge)

    def first_failure(self, lesson: Lesson, edit: Edit) -> CheckResult | None:
        """The check that fails first on the edited solution, with what it saw."""
        files = broken_by(lesson, edit)
        key = [lesson.check.read_text("utf-8"), {str(p): text for p, text in files.items()}]
        kept = self._cache.get(key)
        if kept is None:
            found = self._graded(lesson, files)
            kept = [asdict(found)] if found else []
            self._cache.put(key, kept)
        return CheckResult(**kept[0]) if kept else None

    def _graded(self, lesson: Lesson, files: Mapping[Path, str]) -> CheckResult | None:
        judge = self._free.get()
        with tempfile.TemporaryDirectory(prefix="yielddb-site-") as folder:
            for path, text in files.items():
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8")
            try:
                return judge.grade(lesson, Path(folder)).first_problem
            finally:
                self._free.put(judge)

    def close(self) -> None:
        """End the processes of the judges that had anything to grade."""
        for judge in self._judges:
            judge.close()


@contextmanager
def judging_edits(course: Course) -> Iterator[EditJudge]:
    """A judge whose processes end with the block."""
    judge = EditJudge(course)
    try:
        yield judge
    finally:
        judge.close()
