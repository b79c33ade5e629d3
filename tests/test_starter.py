"""The starter: what is cut out of a solution, and marks that do not pair up."""

from __future__ import annotations

from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.starter import (
    MarkError,
    blanks,
    cut,
    solution_files,
    starter_files,
    without_marks,
)

SOLUTION = """\
def town():
    # BEGIN SOLUTION: name a town
    return "Lviv"
    # END SOLUTION


# BEGIN SOLUTION: another function
def umbrella():
    return "жёлтый зонт"
# END SOLUTION
"""


def test_each_block_becomes_its_task() -> None:
    """In place of a block stand its task and `...`, at the block's indentation."""
    assert cut(SOLUTION) == (
        "def town():\n    # YOUR CODE: name a town\n    ...\n\n\n"
        "# YOUR CODE: another function\n...\n"
    )
    assert blanks(SOLUTION) == 2


def test_marks_leave_no_trace() -> None:
    """Without its marks, the solution reads as a learner would have written it."""
    assert without_marks(SOLUTION) == (
        'def town():\n    return "Lviv"\n\n\ndef umbrella():\n    return "жёлтый зонт"\n'
    )


def test_tabs_spaces_and_windows_lines() -> None:
    """Tabs are kept, and blanks or a carriage return after a mark do no harm."""
    source = "if 1:\r\n\t# BEGIN SOLUTION: pass  \r\n\tpass\r\n\t# END SOLUTION \r\nx = 1"
    assert cut(source) == "if 1:\r\n\t# YOUR CODE: pass\n\t...\nx = 1"
    assert without_marks(source) == "if 1:\r\n\tpass\r\nx = 1"


def test_code_that_only_looks_like_a_mark_stays() -> None:
    """Text after code, other words and other hashes are no marks."""
    source = (
        "x = 1  # BEGIN SOLUTION: x\n## BEGIN SOLUTION: x\n# BEGIN SOLUTIONS\n# END SOLUTION.\n"
    )
    assert cut(source) == without_marks(source) == source
    assert blanks(source) == 0


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("# BEGIN SOLUTION: a\nx\n", "line 1: BEGIN SOLUTION without END"),
        ("x\n# END SOLUTION\n", "line 2: END SOLUTION without BEGIN"),
        (
            "# BEGIN SOLUTION: a\nx\n# BEGIN SOLUTION: b\n# END SOLUTION\n# END SOLUTION\n",
            "line 3: BEGIN SOLUTION inside the block of line 1",
        ),
        (
            "# BEGIN SOLUTION\nx\n# END SOLUTION\n",
            "line 1: say what to write: # BEGIN SOLUTION: <task>",
        ),
        (
            "# BEGIN SOLUTION: a\nx\n# END SOLUTION\n# END SOLUTION\n",
            "line 4: END SOLUTION without BEGIN",
        ),
    ],
)
def test_marks_that_do_not_pair_up(source: str, says: str) -> None:
    """A mark without its partner or its task is named by its line."""
    with pytest.raises(MarkError) as raised:
        cut(source)
    assert str(raised.value) == says


def test_the_files_of_a_solution(toy: Course) -> None:
    """Sources below the folder are read, caches and databases are not."""
    folder = toy.find("hello").solution
    for name in ("shop/items.py", "__pycache__/main.pyc", "app.db"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("# BEGIN SOLUTION: items\nitems = []\n# END SOLUTION\n")
    assert list(solution_files(folder)) == [Path("main.py"), Path("shop/items.py")]
    assert starter_files(folder)[Path("shop/items.py")] == "# YOUR CODE: items\n...\n"
    assert "# YOUR CODE: answer" in starter_files(folder)[Path("main.py")]


def test_a_bad_mark_is_named_with_its_file(toy: Course) -> None:
    """In a solution of several files, the text says in which one the mark is."""
    path = toy.find("hello").solution / "items.py"
    path.write_text("# END SOLUTION\n")
    with pytest.raises(MarkError) as raised:
        starter_files(path.parent)
    assert str(raised.value) == f"{path}: line 1: END SOLUTION without BEGIN"
