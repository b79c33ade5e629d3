"""Lesson texts: how they are cut, and every law they can break."""

from collections.abc import Callable
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.lesson import answers, outputs, predicting, text
from yielddb.lesson.blocks import Debug, Parsons, Predict
from yielddb.lesson.prose import count
from yielddb.lesson.text import Cell, LessonText, Prose


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts of a file, each of which must be there."""
    source = path.read_text("utf-8")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    path.write_text(source, "utf-8")


def lesson_text(course: Course, number: str = "2") -> LessonText:
    return text.load(course.find(number))


def said(course: Course) -> str:
    """The problems of the second lesson, as a person reads them."""
    problems = text.problems(Course(course.root).find("2"))
    return "\n".join(map(str, problems)).replace(f"{course.root}/", "") + "\n"


def test_cuts_sections_cells_and_blocks(toy: Course) -> None:
    """Each part stands in its section, with its line in the file."""
    loaded = lesson_text(toy)
    titles = [section.title for section in loaded.sections]
    assert titles[:4] == ["Recall", "Read", "Predict", "Run"]
    lines = loaded.path.read_text("utf-8").splitlines()
    for section in loaded.sections:
        assert lines[section.line - 1] == f"## {section.title}"
    for part in loaded.parts:
        first = part.source.splitlines()[0] if isinstance(part, Prose) else "```"
        assert lines[part.line - 1].startswith(first)
    assert [cell.name for cell in loaded.cells] == ["sum"]


def test_fences_inside_fences_stay_prose(toy: Course) -> None:
    """A longer fence may show how a block is written; a cell may have no name."""
    sample = "````text\n```quiz\nid: a\n```\n````\n\n```{code-cell} python\n:tags: [a]\n1\n```\n"
    edit(toy.find("1").text, ("A route answers a request.\n", sample))
    loaded = lesson_text(toy, "1")
    read = next(section for section in loaded.sections if section.title == "Read")
    prose, cell = read.parts
    assert isinstance(prose, Prose)
    assert "```quiz" in prose.source
    assert isinstance(cell, Cell)
    assert (cell.source, cell.name) == ("1", None)


def test_the_toy_keeps_the_laws(toy: Course) -> None:
    """A sound lesson has no problem."""
    assert text.problems(toy.find("1")) == []
    assert text.problems(toy.find("2")) == []


def test_every_law(toy: Course, golden: Callable[[str, str], None]) -> None:
    """A text that breaks the laws hears of all of them in one run."""
    edit(
        toy.find("2").text,
        ("title: Count\n", ""),
        ("minutes: 5", "minutes: five"),
        ("A commit makes a row last.", "Simply `foo` the row.\n\n" + "umbrella " * 500),
        ("## Watch", "## Wait"),
        ("## Look up", "## Read"),
        ("id: who-greets", "id: what-lasts"),
        ("text: flush", "text: Just flush"),
        ("cell: sum", "cell: product"),
        ("code: add", "code: Note.add"),
        ("breaks: test_keeps", "breaks: test_loses"),
        ("```starter\nid: starter\n```", "```start\nid: starter\n```"),
        ("print(2 + 2)\n```", CELLS),
    )
    golden("text_laws.txt", said(toy))


CELLS = """bar = 2
print(bar + bar)
```

```{code-cell} python
:name: sum
raise LookupError("no umbrella")
```

```{code-cell} python
import sys
print("oh", file=sys.stderr)
```

```{code-cell} python
print("<object at 0x7f0000000000>")
```"""

ANSWERS = {
    "the wrong option is the truth": ("lesson", 'text: "5"', 'text: "4"'),
    "the cell stands above": ("lesson", "## Recall\n", "## Recall\n\nCELL\n"),
    "the cell prints nothing": ("lesson", "print(2 + 2)", "umbrellas = 4"),
    "no steps in order": ("lesson", "## Recall", "## Quiz"),
    "two starters": ("lesson", "## Recall\n", "## Recall\n\n```starter\nid: early\n```\n"),
    "no front matter": ("lesson", "---\ntitle", "--\ntitle"),
    "a solution that is no Python": ("solution", "def add(", "def add"),
    "a check that is no Python": ("check", "def test_keeps(", "def test_keeps"),
    "the edit is gone": ("check", '"        db.commit()\\n"', '"        db.save()\\n"'),
    "no edit": (
        "check",
        '@catches("        db.commit()\\n", becomes="        db.flush()\\n", '
        'misconception="flush-is-commit")\n',
        "",
    ),
}


def test_answers_that_cannot_be_computed(toy: Course, golden: Callable[[str, str], None]) -> None:
    """What the cells, the solution or the check no longer give is named."""
    lesson = toy.find("2")
    files = {
        "lesson": lesson.text,
        "check": lesson.check,
        "solution": lesson.solution / "main.py",
    }
    cell = "```{code-cell} python\n:name: sum\nprint(4)\n```\n"
    heard = []
    for name, (which, old, new) in ANSWERS.items():
        before = files[which].read_text("utf-8")
        edit(files[which], (old, new.replace("CELL", cell)))
        heard.append(f"--- {name}\n{said(toy)}")
        files[which].write_text(before, "utf-8")
    lesson.check.unlink()
    heard.append(f"--- no check\n{said(toy)}")
    golden("text_answers.txt", "".join(heard))


def test_counts_words_without_code() -> None:
    """Fences do not count, inline code is one word."""
    assert count("Two words.\n\n```python\nnone here\n```\n\n`a b c` and *two*\n") == 5


def test_outputs_are_remembered(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same cells are not run twice; other cells are."""
    first = outputs.run(["print('жёлтый')", "1 + 1"], toy.root)
    assert [output.text for output in first] == ["жёлтый", "2"]
    monkeypatch.setattr(outputs, "_execute", lambda cells: ())
    assert outputs.run(["print('жёлтый')", "1 + 1"], toy.root) == first
    assert outputs.run(["1 + 2"], toy.root) == ()
    assert outputs.run([], toy.root) == ()


def test_a_prediction_holds_the_truth(toy: Course) -> None:
    """The right option is what the cell printed; the order tells nothing and never changes."""
    loaded = lesson_text(toy)
    block = next(block for block in loaded.blocks if isinstance(block, Predict))
    options = predicting.prediction(loaded, block)
    assert {option.text: option.right for option in options} == {"5": False, "4": True}
    assert predicting.prediction(loaded, block) == options


def test_a_puzzle_is_cut_from_the_solution(toy: Course) -> None:
    """Logical lines, decorators included; marks, comments and blanks are gone."""
    loaded = lesson_text(toy)
    block = next(block for block in loaded.blocks if isinstance(block, Parsons))
    puzzle = answers.puzzle(loaded.lesson, block)
    assert puzzle.answer[0] == '@app.post("/notes", status_code=201)'
    assert puzzle.answer[2] == "    with Session(engine) as db:"
    assert set(puzzle.choices) == {line.strip() for line in puzzle.answer} | {"db.flush()"}


def test_statements_may_span_lines() -> None:
    """A call over several lines is one piece of a puzzle."""
    source = "# why\n\ndef walk():\n    step(\n        1,\n    )\n    return 2\n"
    assert answers.statements(source) == [
        "def walk():",
        "    step(\n        1,\n    )",
        "    return 2",
    ]
    assert answers.source_of("class A:\n    def b(self):\n        c\n", "A.b") == (
        "def b(self):\n    c"
    )
    assert answers.source_of("a = 1\n", "a") is None


def test_a_breakage_shows_the_changed_part(toy: Course) -> None:
    """The reader sees the function that was changed, and the way back as a diff."""
    loaded = lesson_text(toy)
    block = next(block for block in loaded.blocks if isinstance(block, Debug))
    change = answers.breakage(loaded.lesson, block)
    assert change.shown.startswith('@app.post("/notes"')
    assert "db.flush()" in change.shown
    assert "-        db.flush()\n+        db.commit()" in change.diff
    assert "BEGIN SOLUTION" not in change.right[Path("main.py")]
