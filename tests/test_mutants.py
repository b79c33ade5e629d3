"""The operators that damage a solution, and the sweep over the toy course."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from command import yielddb

from yielddb.catalogue import Course
from yielddb.mutants import Report, mutants, sweep
from yielddb.mutants.operators import OPERATORS
from yielddb.mutants.source import Source
from yielddb.problems import Problems

FIRST = "01_hello"
CASES = {
    "drop a statement": ("def f():\n    go()\n", {"pass"}),
    "swap a call": ("db.add(x)\n", {"db.delete(x)", "db.merge(x)"}),
    "swap a method": ("@app.put('/')\ndef f(): ...\n", {"@app.patch('/')"}),
    "drop a decorator": ("@app.put('/')\ndef f(): ...\n", {"(nothing)"}),
    "forget a with": ("with a() as b:\n    b()\n", {"if b := a():"}),
    "return an exception": ("def f():\n    raise E(1)\n", {"return E(1)"}),
    "change a status": ("f(status_code=404)\n", {"f(status_code=405)"}),
    "weaken a finally": ("try:\n    a()\nfinally:\n    b()\n", {"pass", "else:"}),
    "drop an except": ("try:\n    a()\nexcept E:\n    b()\n", {"raise"}),
    "negate a condition": ("if a is None:\n    b()\n", {"if not (a is None):"}),
    "drop an argument": ("f(a, b=1, c=2)\n", {"f(a, c=2)", "f(a, b=1)"}),
    "replace a constant": ("f(1, True, 'й', 'b')\n", 4),
    "return None": ("def f():\n    return 'ї', x\n", {"return None"}),
    "swap a model": (
        "class A:\n    __tablename__ = 'a'\n\nclass B:\n    __tablename__ = 'b'\n\nselect(A)\n",
        {"select(B)"},
    ),
    "change an annotation": ("a: M[int]\nb: str | None\n", {"a: M[int | None]", "b: str"}),
    "drop a default": ("a: str | None = None\n", {"a: str | None"}),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator(name: str) -> None:
    """Each operator damages what it says, and what comes out is Python still."""
    text, expected = CASES[name]
    source = Source(text)
    cuts = list(OPERATORS[name](source))
    for cut in cuts:
        assert source.apply(cut) != text
        ast.parse(source.apply(cut))
    if isinstance(expected, int):
        assert len(cuts) == expected
    else:
        assert {cut.becomes for cut in cuts} == expected


def test_a_first_argument_is_left_out_with_its_comma() -> None:
    """No comma is left where the first of two arguments stood."""
    source = Source("f(a=1, b=2)\n")
    damaged = {source.apply(cut) for cut in OPERATORS["drop an argument"](source)}
    assert damaged == {"f(b=2)\n", "f(a=1)\n"}


def test_docstrings_and_imports_stay() -> None:
    """What no app does is not damaged."""
    source = Source('"""Says."""\n\nimport os\n\n\ndef f():\n    """Does."""\n    pass\n')
    assert [cut for operator in OPERATORS.values() for cut in operator(source)] == []


def test_only_new_lines_are_damaged(toy: Course) -> None:
    """A line of the lesson before is that lesson's business."""
    hello, count = toy.lessons
    old = {mutant.was for mutant in mutants(hello)}
    assert 'return {"greeting": "Hello town"}' in old
    assert not old & {mutant.was for mutant in mutants(count)}


@pytest.fixture
def excuse(toy: Course) -> Callable[..., None]:
    """Write the table of equivalent mutants of the toy course."""

    def write(*entries: object) -> None:
        toy.equivalent_mutants.parent.mkdir(exist_ok=True)
        toy.equivalent_mutants.write_text(yaml.safe_dump(list(entries)), "utf-8")

    return write


def blind(course: Course) -> None:
    """Let the first lesson see no more than the status."""
    check = course.find(FIRST).check
    text = check.read_text("utf-8")
    start = text.index('    member(answer, "greeting"')
    check.write_text(text[:start] + text[start:].split("\n", 1)[1].split("@after")[0], "utf-8")


def says(report: Report) -> list[str]:
    return [problem.says for problem in report.problems]


def test_all_mutants_of_a_lesson_are_killed(toy: Course) -> None:
    """A sharp check leaves nothing to say, and each mutant has its killer."""
    seen: list[int] = []
    report = sweep(toy, [toy.find(FIRST)], lambda lesson, done, total: seen.append(done))
    (outcome,) = report.outcomes
    assert says(report) == []
    assert outcome.killed == len(outcome.mutants) == sum(outcome.killers.values())
    assert seen == list(range(len(outcome.mutants) + 1))


def test_a_survivor_is_a_problem_until_it_is_excused(
    toy: Course, excuse: Callable[..., None]
) -> None:
    """A mutant that passes needs a reason; with one it is no problem."""
    blind(toy)
    line = 'return {"greeting": "Hello town"}'
    found = says(sweep(toy, [toy.find(FIRST)]))
    assert any(text.startswith(f"a mutant passes: return None: `{line}`") for text in found)
    excuse(
        *({"operator": o, "line": line, "reason": "r"} for o in ("return None",)),
        {"operator": "replace a constant", "line": line, "reason": "r"},
    )
    assert says(sweep(toy, [toy.find(FIRST)])) == []


def test_an_entry_that_nobody_needs_is_a_problem(toy: Course, excuse: Callable[..., None]) -> None:
    """A reason whose mutant is killed, or gone, is told in a whole run."""
    toy.__dict__["lessons"] = (toy.find(FIRST),)
    excuse({"operator": "return None", "line": "gone", "reason": "r"})
    assert says(sweep(toy)) == ["no survivor needs: return None: `gone`"]


@pytest.mark.parametrize("entry", ["words", {"operator": "return None"}, {"reason": 1}])
def test_an_entry_that_can_not_be_read(
    toy: Course, excuse: Callable[..., None], entry: object
) -> None:
    """A slip in the table is told before anything is graded."""
    excuse(entry)
    with pytest.raises(Problems, match="an entry that can't be read"):
        sweep(toy)


def test_the_command(toy: Course, tmp_path: Path) -> None:
    """`dev mutants` prints a table and ends with 1 while a survivor has no reason."""
    good = yielddb(toy, tmp_path, "dev", "mutants", "hello")
    assert good.returncode == 0, good.stderr
    assert good.stdout.startswith("| lesson | mutants | killed | survivors |")
    blind(toy)
    bad = yielddb(toy, tmp_path, "dev", "mutants", "hello", "--json")
    assert bad.returncode == 1, bad.stderr
    record = json.loads(bad.stdout)
    assert record["schema"] == "yielddb/mutants/1"
    assert len(record["problems"]) == len(record["lessons"][0]["survivors"]) > 0
