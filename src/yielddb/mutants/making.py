"""Makes the mutants of a lesson: the lines that it adds to the course, each damaged in turn."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yielddb.catalogue import Lesson
from yielddb.mutants.operators import OPERATORS
from yielddb.mutants.source import Source
from yielddb.starter import solution_files, without_marks


@dataclass(frozen=True, slots=True)
class Mutant:
    """A solution with one damage: `was` is the line of `path` before it, `becomes` after it."""

    path: Path
    line: int
    operator: str
    was: str
    becomes: str
    source: str

    def __str__(self) -> str:
        return f"{self.operator}: `{self.was}` becomes `{self.becomes}`"


def mutants(lesson: Lesson) -> list[Mutant]:
    """The mutants of the lines that are new in this lesson, in the order of the lines.

    Older lines are the business of the lesson that brought them: its check has seen them damaged.
    """
    made = []
    for path, text in solution_files(lesson.solution).items():
        if path.suffix == ".py":
            source = without_marks(text)
            fresh = _new_lines(source, _before(lesson, path))
            made += [mutant for mutant in _of(path, source) if mutant.line in fresh]
    unique = {mutant.source: mutant for mutant in reversed(made)}
    return sorted(unique.values(), key=lambda m: (m.path, m.line, m.operator, m.becomes))


def _of(path: Path, text: str) -> Iterator[Mutant]:
    source = Source(text)
    for operator, cuts in OPERATORS.items():
        for cut in cuts(source):
            damaged = source.apply(cut)
            yield Mutant(path, cut.line, operator, cut.was, cut.becomes, damaged)


def _before(lesson: Lesson, path: Path) -> str:
    """The same file in the lesson before; empty where there is none."""
    earlier = [other for other in lesson.course.lessons if other.number < lesson.number]
    file = earlier[-1].solution / path if earlier else None
    return without_marks(file.read_text("utf-8")) if file and file.is_file() else ""


def _new_lines(text: str, before: str) -> set[int]:
    matcher = difflib.SequenceMatcher(None, before.splitlines(), text.splitlines(), autojunk=False)
    blocks = [(j1, j2) for tag, _, _, j1, j2 in matcher.get_opcodes() if tag != "equal"]
    return {line + 1 for start, end in blocks for line in range(start, end)}
