"""The laws that one lesson text must keep; all that it breaks is listed."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator

from yielddb.catalogue import CatalogueError, front_matter
from yielddb.lesson.answers import AnswerError, breakage, puzzle
from yielddb.lesson.blocks import Debug, Parsons, Predict, Starter
from yielddb.lesson.predicting import prediction, step_of
from yielddb.lesson.prose import NAMELESS, count, unkind_words
from yielddb.lesson.text import LessonText, Prose
from yielddb.problems import Problem

PATH = ("Recall", "Read", "Predict", "Run", "Watch", "Arrange", "Debug", "Build", "Quiz", "Look up")
OPTIONAL = ("Arrange",)
READ_WORDS = 500  # a walk of 10 to 20 minutes leaves no more for reading
MINUTES = range(5, 61)


def problems(text: LessonText) -> list[Problem]:
    """Every law the text breaks, in order of lines; runs its cells."""
    laws: tuple[Callable[[LessonText], Iterator[Problem]], ...] = (
        head,
        _sections,
        _words,
        names,
        _starter,
        _cells,
        _answers,
    )
    return sorted({*text.faults, *(problem for law in laws for problem in law(text))})


def head(text: LessonText) -> Iterator[Problem]:
    """What the front matter lacks."""
    try:
        found = front_matter(text.path)
    except CatalogueError as error:
        says = str(error).removeprefix(f"{text.path}: ")
        yield Problem(text.path, 1, says, "begin the file with --- and title, goal, minutes")
        return
    for key in ("title", "goal"):
        if not isinstance(found.get(key), str):
            yield Problem(text.path, 1, f"the front matter has no {key}", f"add `{key}: ...`")
    if found.get("minutes") not in MINUTES:
        fix = f"`minutes: n` with n from {MINUTES[0]} to {MINUTES[-1]}"
        yield Problem(text.path, 1, "the front matter does not say how many minutes", fix)


def _sections(text: LessonText) -> Iterator[Problem]:
    found = [section for section in text.sections if section.title]
    titles = [section.title for section in found]
    for section in found:
        if section.title not in PATH:
            says = f"`## {section.title}` is no step of the path"
            yield Problem(text.path, section.line, says, f"steps: {', '.join(PATH)}")
    for title in PATH:
        if title not in titles and title not in OPTIONAL:
            yield Problem(text.path, 0, f"there is no `## {title}`", "write this step")
        if titles.count(title) > 1:
            yield Problem(text.path, 0, f"`## {title}` is there twice", "join the two")
    steps = [section for section in found if section.title in PATH]
    for before, section in itertools.pairwise(steps):
        if PATH.index(section.title) < PATH.index(before.title):
            says = f"`## {section.title}` stands after `## {before.title}`"
            yield Problem(text.path, section.line, says, f"the order is {', '.join(PATH)}")
    for section in found:
        words = sum(count(part.source) for part in section.parts if isinstance(part, Prose))
        if section.title == "Read" and words > READ_WORDS:
            says = f"Read has {words} words, the limit is {READ_WORDS}"
            yield Problem(text.path, section.line, says, "cut it, or show it in a cell")


def _words(text: LessonText) -> Iterator[Problem]:
    for part in text.parts:
        if not isinstance(part, Prose):
            continue
        for offset, word in unkind_words(part.source):
            line = part.line + offset
            yield Problem(text.path, line, f"the word `{word}`", "leave it out or name the thing")
    for block in text.blocks:
        for word in {word for value in _texts(block) for _, word in unkind_words(value)}:
            says = f"the word `{word}` in `{block.id}`"
            yield Problem(text.path, block.line, says, "leave it out or name the thing")
    for cell in text.cells:
        for offset, source_line in enumerate(cell.source.splitlines(), 1):
            for match in NAMELESS.finditer(source_line):
                says = f"the name `{match[0]}` in a cell"
                yield Problem(text.path, cell.line + offset, says, "umbrellas and passports")


def _texts(value: object) -> Iterator[str]:
    """Every text that a block holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for entry in value:
            yield from _texts(entry)
    elif hasattr(value, "__dataclass_fields__"):
        for name in value.__dataclass_fields__:
            yield from _texts(getattr(value, name))


def names(text: LessonText) -> Iterator[Problem]:
    """Ids of blocks and names of cells that are there twice."""
    ids = Counter(block.id for block in text.blocks)
    for block in text.blocks:
        if ids[block.id] > 1:
            fix = "give each block an id of its own"
            yield Problem(text.path, block.line, f"the id `{block.id}` is there twice", fix)
    names = Counter(cell.name for cell in text.cells if cell.name)
    for cell in text.cells:
        if cell.name and names[cell.name] > 1:
            says = f"two cells are named `{cell.name}`"
            yield Problem(text.path, cell.line, says, "give each cell a name of its own")


def _starter(text: LessonText) -> Iterator[Problem]:
    places = [(s, b) for s in text.sections for b in s.parts if isinstance(b, Starter)]
    if len(places) != 1:
        says = f"there are {len(places)} starter blocks, not one"
        yield Problem(text.path, 0, says, "put one into `## Build`")
    for section, block in places:
        if section.title != "Build":
            says = f"the starter stands in `## {section.title}`"
            yield Problem(text.path, block.line, says, "put it into `## Build`")


def _cells(text: LessonText) -> Iterator[Problem]:
    for cell, output in zip(text.cells, text.outputs(), strict=True):
        if output.fault:
            fix = "run the cell in an empty folder; catch and print what a lesson wants to show"
            yield Problem(text.path, cell.line, output.fault, fix)


def _answers(text: LessonText) -> Iterator[Problem]:
    for block in text.blocks:
        try:
            if isinstance(block, Predict):
                prediction(text, block)
            elif isinstance(block, Parsons):
                puzzle(text.lesson, block)
            elif isinstance(block, Debug):
                breakage(text.lesson, block)
            for option in getattr(block, "options", ()):
                if option.see:
                    step_of(text, option.see)
        except AnswerError as error:
            yield Problem(text.path, block.line, error.says, error.fix)
