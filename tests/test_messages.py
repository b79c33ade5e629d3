"""What a learner reads of each misconception: four lines in 80 columns, hints, and a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from yielddb.catalogue import Lesson, default_course
from yielddb.checking import Edit
from yielddb.grade import Grader
from yielddb.lesson.answers import checks_of
from yielddb.starter import solution_files, without_marks
from yielddb.verdict import CheckResult
from yielddb.workspace.hints import ASK_AT, POINTS_AT, advice, steps_of
from yielddb.workspace.report import ROWS, WIDTH, check_lines, columns

pytestmark = pytest.mark.slow  # a hundred apps: CI runs it

ZOO = Path(__file__).parent / "zoo"
COURSE = default_course()
LESSONS = [lesson for lesson in COURSE.lessons if lesson.number <= 7]
SEED = 7  # of the data in the goldens
VARIES = (  # between two runs, or with the speed of the machine
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d", "YYYY-MM-DD hh:mm:ss"),
    (r"\d+ of (\d+) answered", r"N of \1 answered"),
    (r"\d+ sessions \(seen", "N sessions (seen"),
    (r"(?s)(N of .*In your code: main.py line )\d+ \([^\n]*\)", r"\1N (of one of them)"),
)
# a check that has several misconceptions names the first where no view tells them apart
ELSEWHERE = {"tablename-is-enough": "models", "a-name-is-an-identity": "routes"}
TWINS = {"python-default-is-server-default": "class-checks-data"}


def edits() -> Iterator[tuple[Lesson, str, Edit]]:
    """Every edit of every check of these lessons."""
    for lesson in LESSONS:
        for name, facts in checks_of(lesson.check).items():
            yield from ((lesson, name, edit) for edit in facts.edits)


def chosen() -> dict[str, tuple[Lesson, Edit | Path]]:
    """A named wrong app for each misconception that a check or a wrong app refers to."""
    found: dict[str, tuple[Lesson, Edit | Path]] = {}
    for lesson, _, edit in edits():
        if ELSEWHERE.get(edit.misconception, lesson.slug) == lesson.slug:
            found.setdefault(edit.misconception, (lesson, edit))
    for app in yaml.safe_load((ZOO / "manifest.yml").read_text("utf-8"))["apps"]:
        for slug, expected in app["expect"].items():
            if app["kind"] == "wrong" and COURSE.find(slug) in LESSONS:
                name = expected["misconception"]
                found.setdefault(name, (COURSE.find(slug), ZOO / app["file"]))
    return found


CHOSEN = chosen()


@pytest.fixture(scope="module")
def judge() -> Iterator[Grader]:
    """One warm parent for all."""
    with Grader(COURSE) as grader:
        yield grader


def first_failure(judge: Grader, lesson: Lesson, wrong: Edit | Path, folder: Path) -> CheckResult:
    """The first problem of a wrong app."""
    if isinstance(wrong, Path):
        path = wrong
    else:
        for name, text in solution_files(lesson.solution).items():
            source = without_marks(text)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(
                wrong.apply(source) if str(name) == wrong.file else source, "utf-8"
            )
        path = folder
    problem = judge.grade(lesson, path, seed=SEED).first_problem
    assert problem, "it passes"
    return problem


def as_read(lesson: Lesson, problem: CheckResult) -> str:
    """The failure, the hints one by one with the place in the code, and the question."""
    message = [*map(str, check_lines(problem, problem.hint))]
    assert len(message) <= 1 + ROWS, message
    assert max(map(columns, message)) <= WIDTH
    asked = [*map(str, check_lines(problem, advice(lesson, problem, ASK_AT)))]
    assert len(asked) <= 1 + ROWS
    assert not any("…" in line for line in asked if line.startswith("  hint")), asked
    _, steps = steps_of(lesson, problem, problem.id.rpartition(".")[2])
    assert len(steps) == 3, steps
    hints = [f"  {number} {step}" for number, step in enumerate(steps, 1)]
    place = [f"    {POINTS_AT}{problem.at}"] if problem.at else []
    again = f"  {ASK_AT} times the same: {advice(lesson, problem, ASK_AT)}"
    text = "\n".join([*message, "", *hints, *place, again]) + "\n"
    for pattern, word in VARIES:
        text = re.sub(pattern, word, text)
    text = re.sub(r"\},\{[^}]*…$", "},…", text, flags=re.MULTILINE)  # the rest is cut at a column
    return re.sub(r"\{(\"[^{}]*)\}", in_order, text)


def in_order(row: re.Match[str]) -> str:
    """A row as JSON, its fields by name: SQLAlchemy refreshes a row in the order of a set."""
    fields = re.split(r",(?=\")", row[1])
    return "{" + ",".join(sorted(fields)) + "}"


@pytest.mark.parametrize("name", sorted(CHOSEN))
def test_a_misconception_is_told_of(
    name: str, judge: Grader, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """Its wrong app fails with this text, and the verdict names it."""
    lesson, wrong = CHOSEN[name]
    problem = first_failure(judge, lesson, wrong, tmp_path)
    golden(f"messages/{name}.txt", as_read(lesson, problem))
    assert problem.misconception == TWINS.get(name, name)
    assert problem.came_back
    assert "the check itself broke" not in problem.came_back


def test_no_golden_is_left_over() -> None:
    """Each golden belongs to a misconception that something refers to."""
    folder = Path(__file__).parent / "goldens" / "messages"
    assert {path.stem for path in folder.glob("*.txt")} == set(CHOSEN)


def test_every_question_is_another() -> None:
    """Three times the same failure: each misconception asks its own question."""
    problem = CheckResult("a.b", "t", "failed", misconception=None)
    asked = {
        name: advice(LESSONS[0], CheckResult(problem.id, "t", "failed", misconception=name), ASK_AT)
        for name in CHOSEN
    }
    assert len(set(asked.values())) == len(CHOSEN)
