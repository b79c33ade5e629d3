"""A check file is collected once for many apps, and remembers none of them."""

from __future__ import annotations

import os
import types
from pathlib import Path

import pytest

from yielddb.catalogue import Course, Lesson, default_course
from yielddb.grade import Grader
from yielddb.judging import checkfile
from yielddb.judging.checkfile import CheckFile, CheckFiles
from yielddb.judging.remembering import Memory
from yielddb.verdict import Verdict

HEAD = '"""A check."""\n\n'
FORGETS = {
    "constants": "ONE, TWO = 1, (2, frozenset({3}))",
    "a list that stays": "NAMES = ['a', {'b': [1, 2]}]",
    "imports": "import re\nfrom datetime import UTC, datetime\nfrom pathlib import Path",
    "a function": "def helper(a, b=(1, 2), *, c=None):\n    return a",
    "a context manager": (
        "from contextlib import contextmanager\n\n@contextmanager\ndef held():\n    yield 1"
    ),
    "a fixture": "import pytest\n\n@pytest.fixture\ndef thing():\n    return []",
}
REMEMBERS = {
    "a class": "class Order:\n    seen = []",
    "a counter": "import itertools\nnumbers = itertools.count()",
    "a cached function": "import functools\n\n@functools.cache\ndef once():\n    return 1",
    "a default that can change": "def helper(seen=[]):\n    return seen",
    "a closure over a number": (
        "def make():\n    n = 0\n    def count():\n        nonlocal n\n        n += 1\n"
        "    return count\n\ncount = make()"
    ),
    "a function with an attribute": "def helper():\n    pass\n\nhelper.seen = 1",
}
CHANGES = {
    "a longer list": ("SEEN = []", "SEEN.append(1)"),
    "a deeper change": ("SEEN = {'a': [1]}", "SEEN['a'].append(2)"),
    "another value": ("SEEN = 0", "global SEEN; SEEN += 1"),
    "a new name": ("", "global SEEN; SEEN = 1"),
}


def module_of(source: str) -> types.ModuleType:
    module = types.ModuleType("checks_of_a_test")
    exec(compile(HEAD + source, "checks_of_a_test", "exec"), vars(module))
    return module


@pytest.mark.parametrize("source", FORGETS.values(), ids=FORGETS)
def test_what_cannot_remember_is_kept(source: str) -> None:
    """Constants, functions and imports hold nothing of an app."""
    memory = Memory(module_of(source))
    assert memory.unknown == []
    assert not memory.changed()


@pytest.mark.parametrize("source", REMEMBERS.values(), ids=REMEMBERS)
def test_what_may_remember_is_not_kept(source: str) -> None:
    """Whatever can change without a trace is named."""
    assert len(Memory(module_of(source)).unknown) == 1


@pytest.mark.parametrize(("source", "change"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_seen(source: str, change: str) -> None:
    """A value that is not what it was after the import is noticed."""
    module = module_of(f"{source}\n\ndef change():\n    {change}")
    memory = Memory(module)
    assert not memory.changed()
    module.change()
    assert memory.changed()


def test_every_check_file_of_the_course_is_kept() -> None:
    """A class is graded at full speed: none of the course's check files remembers."""
    for lesson in default_course().lessons:
        file = CheckFile(lesson.check)
        try:
            assert file.memory
            assert file.memory.unknown == [], lesson.stem
            assert file.is_fresh
        finally:
            file.close()


def statuses(verdict: Verdict) -> list[str]:
    return [check.status for check in verdict.checks]


@pytest.fixture
def hello(toy: Course) -> Lesson:
    return toy.find("hello")


def check(lesson: Lesson, source: str) -> None:
    lesson.check.write_text(HEAD + source, "utf-8")


REMEMBERING = """\
SEEN = []


def test_is_the_first(client):
    \"\"\"no other app was judged before\"\"\"
    SEEN.append(1)
    assert SEEN == [1]
"""


def test_a_check_that_remembers_is_read_anew(hello: Lesson) -> None:
    """Two apps, one after the other: each is the first that the check file sees."""
    check(hello, REMEMBERING)
    with Grader(hello.course) as grader:
        for _ in range(3):
            assert statuses(grader.grade(hello, hello.solution)) == ["passed", "passed"]


def test_a_kept_file_judges_again_and_a_changed_one_is_read_again(hello: Lesson) -> None:
    """The session of an unchanged check file is kept; an edit of the file counts at once."""
    with Grader(hello.course) as grader:
        first = grader.grade(hello, hello.solution)
        assert grader.checks
        (kept,) = grader.checks.kept.values()
        assert statuses(grader.grade(hello, hello.solution)) == statuses(first)
        assert list(grader.checks.kept.values()) == [kept]
        check(hello, 'def test_fails(client):\n    """never"""\n    assert False, "never"\n')
        assert statuses(grader.grade(hello, hello.solution)) == ["passed", "failed"]


def test_what_a_shell_tells_pytest(hello: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options and plugins for somebody's own tests change no verdict, and stay where they are."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing --cov=app -n 2")
    monkeypatch.setenv("PYTEST_PLUGINS", "nothere")
    check(hello, 'def test_runs(client):\n    """it runs"""\n')
    with Grader(hello.course) as grader:
        assert statuses(grader.grade(hello, hello.solution)) == ["passed", "passed"]
    assert os.environ["PYTEST_PLUGINS"] == "nothere"


def test_a_check_that_ends_the_session_is_the_courses_fault(hello: Lesson) -> None:
    """`pytest.exit` in a check file of an instructor ends one verdict, not the grader."""
    ends = (
        'import pytest\n\n\ndef test_ends(client):\n    """it ends"""\n    pytest.exit("enough")\n'
    )
    with Grader(hello.course) as grader:
        check(hello, ends)
        verdict = grader.grade(hello, hello.solution)
        assert verdict.status == "error"
        assert "a check ended the session: enough" in str(verdict.checks[0].came_back)
        check(hello, 'def test_runs(client):\n    """it runs"""\n')
        assert statuses(grader.grade(hello, hello.solution)) == ["passed", "passed"]


def test_only_some_files_are_kept(
    toy: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Many lessons in one run do not pile up sessions: the one used longest ago goes."""
    monkeypatch.setattr(checkfile, "MAX_OPEN", 1)
    with Grader(toy) as grader:
        for lesson in toy.lessons:
            grader.grade(lesson, lesson.solution)
        assert isinstance(grader.checks, CheckFiles)
        assert list(grader.checks.kept) == [toy.lessons[-1].check]
