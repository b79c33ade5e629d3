"""Damages every solution in general ways and asks whether the check of its lesson sees it."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from yielddb.catalogue import Course, Lesson
from yielddb.grade import Grader
from yielddb.mutants.excuses import read, unused
from yielddb.mutants.making import Mutant, mutants
from yielddb.problems import Problem
from yielddb.starter import solution_files, without_marks

Progress = Callable[[Lesson, int, int], None]

__all__ = ["Mutant", "Outcome", "Report", "mutants", "sweep"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the mutants of one lesson.

    `killers` counts by the check that saw the damage first; `starts` is an app that did not start.
    """

    lesson: Lesson
    mutants: list[Mutant]
    survivors: list[Mutant] = field(default_factory=list)
    killers: Counter[str] = field(default_factory=Counter)

    @property
    def killed(self) -> int:
        """How many mutants failed the check of their lesson."""
        return len(self.mutants) - len(self.survivors)


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes by lesson, and what somebody has to do about them."""

    outcomes: list[Outcome]
    problems: list[Problem]


def sweep(
    course: Course, lessons: Iterable[Lesson] = (), progress: Progress = lambda *_: None
) -> Report:
    """Grade every mutant of all lessons, or of those given, by the check of its own lesson.

    A problem is a survivor without a reason in the table of equivalent mutants, and an entry of
    that table that no survivor of a whole run needs. `progress` is told the lesson, how many of
    its mutants are done and how many there are. Raises Problems where the table can't be read.
    """
    excuses = read(course.equivalent_mutants)
    chosen = tuple(lessons) or course.lessons
    with closing(Grader(course)) as grader:
        outcomes = [_outcome(lesson, grader, progress) for lesson in chosen]
    alive = [mutant for outcome in outcomes for mutant in outcome.survivors]
    problems = [
        Problem(
            outcome.lesson.solution / mutant.path,
            0,
            f"a mutant passes: {mutant}",
            f"write the check that kills it, or its reason into {course.equivalent_mutants.name}",
        )
        for outcome in outcomes
        for mutant in outcome.survivors
        if not any(excuse.covers(mutant) for excuse in excuses)
    ]
    whole = set(chosen) == set(course.lessons)  # of a part nobody can say what the rest needs
    for excuse in unused(excuses, alive) if whole else ():
        says = f"no survivor needs: {excuse.operator}: `{excuse.line}`"
        problems.append(Problem(course.equivalent_mutants, 0, says, "remove the entry"))
    return Report(outcomes, problems)


def _outcome(lesson: Lesson, grader: Grader, progress: Progress) -> Outcome:
    outcome = Outcome(lesson, mutants(lesson))
    for done, mutant in enumerate(outcome.mutants):
        progress(lesson, done, len(outcome.mutants))
        killer = _killer(lesson, grader, mutant)
        if killer:
            outcome.killers[killer] += 1
        else:
            outcome.survivors.append(mutant)
    progress(lesson, len(outcome.mutants), len(outcome.mutants))
    return outcome


def _killer(lesson: Lesson, grader: Grader, mutant: Mutant) -> str | None:
    """The check that sees the damage first; None if the mutant passes."""
    with tempfile.TemporaryDirectory(prefix="yielddb-mutant-") as name:
        folder = Path(name)
        for path, text in solution_files(lesson.solution).items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            source = mutant.source if path == mutant.path else without_marks(text)
            target.write_text(source, "utf-8")
        problem = grader.grade(lesson, folder).first_problem
    return problem.id.removeprefix(f"{lesson.slug}.") if problem else None
