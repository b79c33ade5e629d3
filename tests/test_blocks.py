"""Blocks: what is read, and what each refusal says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from yielddb.lesson.blocks import Debug, FillIn, Parsons, Predict, Quiz, Starter, Trace, parse
from yielddb.problems import Problem

KNOWN = {"rain-is-dry"}
PATH = Path("lessons/01_hello.md")

GOOD = {
    "quiz": """
id: why-wet
ask: Why wet?
hint: Look up.
options:
  - text: Rain.
    right: true
    why: It rains.
  - text: Sun.
    why: It is night.
    misconception: rain-is-dry
""",
    "predict": """
id: what-falls
ask: What falls?
cell: sky
why: It is November.
options:
  - text: "snow"
    why: Too warm.
    misconception: rain-is-dry
""",
    "parsons": """
id: arrange-walk
ask: Arrange.
code: walk
distractors:
  - line: "    swim()"
    why: No need.
    misconception: rain-is-dry
""",
    "trace": """
id: one-walk
caption: Look at the shoes.
before: [GET /door]
requests:
  - 'POST /items/ {"name": "жёлтый зонт"}'
""",
    "debug": """
id: the-hole
ask: Which line?
breaks: test_stays_dry
requests: [GET /walk]
why: A hole.
""",
    "starter": "id: starter\n",
}

BAD = {
    "no YAML": ("quiz", "id: x\nask: a: b\n"),
    "no mapping": ("quiz", "- a\n- b\n"),
    "empty": ("trace", ""),
    "nothing but an id": ("quiz", "id: when-the-file\n"),
    "an id in capitals": ("starter", "id: When The File\n"),
    "unknown key": ("starter", "id: starter\nname: umbrella\n"),
    "no text": ("trace", "id: a\ncaption: 5\nrequests: [GET /]\n"),
    "an empty text": ("trace", 'id: a\ncaption: " "\nrequests: [GET /]\n'),
    "options that are texts": ("quiz", "id: a\nask: b\noptions: [c, d]\n"),
    "one right option": ("quiz", "id: a\nask: b\noptions: [{text: c, why: d, right: true}]\n"),
    "no right option, no why, no misconception": (
        "quiz",
        "id: a\nask: b\noptions:\n  - text: c\n  - text: d\n    why: e\n    misconception: f\n",
    ),
    "right is no": ("quiz", "id: a\nask: b\noptions:\n  - {text: c, why: d, right: no}\n"),
    "a right option in predict": (
        "predict",
        "id: a\nask: b\ncell: c\nwhy: d\noptions: [{text: e, why: f, right: true}]\n",
    ),
    "answers that are numbers": ("quiz", "id: a\nask: b\nanswers: [503]\nwhy: c\n"),
    "no answers": ("quiz", "id: a\nask: b\nanswers: []\nwhy: c\n"),
    "a request without a method": ("trace", "id: a\ncaption: b\nrequests: [/items]\n"),
    "a body that is no JSON": ("trace", "id: a\ncaption: b\nrequests: ['POST /items {a}']\n"),
}


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        ("quiz", Quiz),
        ("predict", Predict),
        ("parsons", Parsons),
        ("trace", Trace),
        ("debug", Debug),
        ("starter", Starter),
    ],
)
def test_reads_each_kind(kind: str, made: type) -> None:
    """A complete block becomes the record of its kind, with the line of its fence."""
    block, problems = parse(kind, GOOD[kind], PATH, 7, KNOWN)
    assert problems == []
    assert isinstance(block, made)
    assert (block.kind, block.line) == (kind, 7)


def test_reads_a_fill_in() -> None:
    """A quiz with answers has no options."""
    block, _ = parse("quiz", "id: a\nask: b\nanswers: ['503']\nwhy: c\n", PATH, 1, KNOWN)
    assert isinstance(block, FillIn)
    assert block.answers == ("503",)


def test_keeps_the_inside_of_a_text() -> None:
    """Indentation of code and Cyrillic letters stay as they were written."""
    parsons, _ = parse("parsons", GOOD["parsons"], PATH, 1, KNOWN)
    trace, _ = parse("trace", GOOD["trace"], PATH, 1, KNOWN)
    assert isinstance(parsons, Parsons)
    assert isinstance(trace, Trace)
    assert parsons.distractors[0].line == "    swim()"
    assert trace.requests == ('POST /items/ {"name": "жёлтый зонт"}',)
    assert trace.before == ("GET /door",)


def test_several_right_options() -> None:
    """A quiz with two right options asks for all of them."""
    body = "id: a\nask: b\noptions:\n" + "  - {text: c, why: d, right: true}\n" * 2
    block, _ = parse("quiz", body, PATH, 1, KNOWN)
    assert isinstance(block, Quiz)
    assert block.several


def test_every_refusal(golden: Callable[[str, str], None]) -> None:
    """Each fault is named with its line and a remedy, all faults of a block at once."""
    said = []
    for name, (kind, body) in BAD.items():
        block, problems = parse(kind, body, PATH, 10, KNOWN)
        assert block is None, name
        assert problems, name
        said.append("\n".join([f"--- {name}", *map(str, problems)]))
    golden("blocks.txt", "\n".join(said) + "\n")


def test_problems_have_an_order() -> None:
    """Problems sort by path, then by line."""
    late, early = Problem(PATH, 9, "a", "b"), Problem(PATH, 2, "z", "b")
    assert sorted([late, early]) == [early, late]
    assert str(Problem(PATH, 0, "gone", "make it")) == "lessons/01_hello.md: gone\n  fix: make it"
