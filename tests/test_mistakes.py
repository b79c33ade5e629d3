"""What a learner reads of plausible mistakes: a hint about what they did, the error whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from yielddb.catalogue import Lesson, default_course
from yielddb.grade import Grader
from yielddb.starter import solution_files, without_marks
from yielddb.symptoms import recognise, symptoms_of
from yielddb.verdict import Verdict
from yielddb.workspace.report import ROWS, WIDTH, check_lines, columns

HERE = Path(__file__).parent
COURSE = default_course()
MISTAKES = yaml.safe_load((HERE / "mistakes.yml").read_text("utf-8"))
SEED = 7  # of the data in the goldens


@pytest.fixture(scope="module")
def judge() -> Iterator[Grader]:
    """One warm parent for all."""
    with Grader(COURSE) as grader:
        yield grader


def with_mistake(name: str, folder: Path) -> tuple[Lesson, Path]:
    """The solution of a lesson with one mistake in it, as an app in a folder."""
    lesson = COURSE.find(MISTAKES[name]["lesson"])
    [text] = solution_files(lesson.solution).values()
    source = without_marks(text)
    for old, new in MISTAKES[name]["edits"]:
        assert old in source, old
        source = source.replace(old, new, 1)
    (folder / "main.py").write_text(source, "utf-8")
    return lesson, folder


def failures(verdict: Verdict) -> str:
    """Each failure as a terminal shows it, and the misconception that it names."""
    told = []
    for check in verdict.checks:
        if check.status in ("failed", "error"):
            lines = [str(line) for line in check_lines(check, check.hint)]
            assert len(lines) <= 1 + ROWS, lines
            assert max(map(columns, lines)) <= WIDTH, lines
            assert sum(bool(line[2:12].strip()) for line in lines[1:]) <= 4, lines
            told.append("\n".join([*lines, f"  ({check.misconception})"]))
    return "\n".join(told) + "\n"


@pytest.mark.slow  # the quick part of CI has the hints of each misconception already
@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_of(
    name: str, judge: Grader, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    """What fails, and what is said of it."""
    lesson, folder = with_mistake(name, tmp_path)
    golden(f"mistakes/{name}.txt", failures(judge.grade(lesson, folder, seed=SEED)))


def test_no_golden_of_a_mistake_is_left_over() -> None:
    """Each golden belongs to a mistake."""
    found = {path.stem for path in (HERE / "goldens/mistakes").glob("*.txt")}
    assert found == set(MISTAKES)


def test_a_symptom_may_want_a_contract() -> None:
    """The same answer gives a mistake away only where the contract asked for something else."""
    symptoms = symptoms_of(
        {
            "missing": {"shows": "null$", "clue": "Where is the 404?", "wants": "^404"},
            "silent": {"shows": "null$", "clue": "What do you return?"},
            "untold": {"belief": "It shows in no answer."},
        }
    )
    told = "GET /items/7: 200 null"
    for contract, name in (("404: it is gone", "missing"), ("200 with the item", "silent")):
        found = recognise(told, contract, symptoms)
        assert found
        assert found.misconception == name
    assert recognise("GET /items/7: 200 {}", "404: it is gone", symptoms) is None


@pytest.mark.parametrize("key", ["shows", "wants"])
def test_a_pattern_that_is_none(key: str) -> None:
    """A slip in either pattern is told with the name of its entry."""
    entry = {"shows": "null", "clue": "What do you return?", key: "("}
    with pytest.raises(ValueError, match=r"^silent: missing \)"):
        symptoms_of({"silent": entry})
