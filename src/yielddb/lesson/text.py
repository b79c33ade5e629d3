"""A lesson text: its head, its sections, and in each the prose, the cells and the blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it.token import Token

from yielddb.catalogue import FRONT_MATTER, CatalogueError, Lesson, front_matter
from yielddb.lesson import blocks
from yielddb.lesson.blocks import Block
from yielddb.lesson.outputs import Output, run
from yielddb.lesson.prose import MARKDOWN
from yielddb.problems import Problem

CELL = "{code-cell}"
CELL_HEAD = re.compile(r"\A(?::[\w-]+:.*\n)+")
LANGUAGES = ("python", "sql", "text", "console", "bash", "json", "http", "yaml", "toml", "diff")
NAME = re.compile(r"^:name:\s*(\S+)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown between cells and blocks; a section's heading is not part of it."""

    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell; `index` counts the cells of the text."""

    source: str
    name: str | None
    line: int
    index: int


Part = Prose | Cell | Block


@dataclass(frozen=True, slots=True)
class Section:
    """A second-level heading with what follows; the title is empty before the first one."""

    title: str
    line: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class LessonText:
    """One text of a lesson; `faults` are the blocks and fences that could not be read."""

    lesson: Lesson
    path: Path
    head: Mapping[str, Any]
    sections: tuple[Section, ...]
    faults: tuple[Problem, ...]

    @property
    def parts(self) -> Iterator[Part]:
        """The parts of all sections, in order."""
        return (part for section in self.sections for part in section.parts)

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The code cells, in order."""
        return tuple(part for part in self.parts if isinstance(part, Cell))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks that could be read, in order."""
        return tuple(part for part in self.parts if isinstance(part, Block))

    def cell(self, name: str) -> Cell | None:
        """The cell of that name."""
        return next((cell for cell in self.cells if cell.name == name), None)

    def outputs(self) -> tuple[Output, ...]:
        """What the cells print, by index: run now, or remembered."""
        return run([cell.source for cell in self.cells], self.lesson.course.root)


def load(lesson: Lesson, path: Path | None = None) -> LessonText:
    """Read the English text of a lesson, or the translation at `path`."""
    path = path or lesson.text
    text = path.read_text("utf-8")
    head = front_matter_or_empty(path)
    match = FRONT_MATTER.match(text)
    skipped = text[: match.end()].count("\n") if match else 0
    body = text[match.end() :] if match else text
    cutter = _Cutter(lesson, path, body, skipped)
    return LessonText(lesson, path, head, tuple(cutter.sections()), tuple(cutter.faults))


def front_matter_or_empty(path: Path) -> Mapping[str, Any]:
    """The head of a text; empty where it is broken, which `problems` reports."""
    try:
        return front_matter(path)
    except CatalogueError:
        return {}


def problems(lesson: Lesson) -> list[Problem]:
    """Every law that the English text of a lesson breaks; runs its cells."""
    from yielddb.laws.texts import problems

    return problems(load(lesson))


class _Cutter:
    """Cuts the body of a text, of which `skipped` lines are gone, into its sections."""

    def __init__(self, lesson: Lesson, path: Path, body: str, skipped: int) -> None:
        self.known = lesson.course.misconceptions
        self.path = path
        self.lines = body.split("\n")
        self.skipped = skipped
        self.tokens = MARKDOWN.parse(body)
        self.faults: list[Problem] = []
        self.cells = 0

    def sections(self) -> Iterator[Section]:
        heads = [
            (token.map[0], token.map[1], " ".join(after.content.split()))
            for token, after in zip(self.tokens, self.tokens[1:], strict=False)
            if token.type == "heading_open" and token.tag == "h2" and token.map and not token.level
        ]
        starts = [(0, 0, ""), *heads]
        ends = [start for start, _, _ in heads] + [len(self.lines)]
        for (start, begin, title), end in zip(starts, ends, strict=True):
            parts = tuple(self._parts(begin, end))
            if title or parts:
                yield Section(title, self.skipped + start + 1, parts)

    def _parts(self, begin: int, end: int) -> Iterator[Part]:
        position = begin
        for token in self.tokens:
            if token.type != "fence" or token.level or not token.map:
                continue
            first, last = token.map
            if not begin <= first < end:
                continue
            kind = token.info.strip().partition(" ")[0]
            if kind not in (CELL, *blocks.KINDS):
                self._check_language(kind, first)
                continue
            yield from self._prose(position, first)
            yield from self._cell(token, first) if kind == CELL else self._block(token, first)
            position = last
        yield from self._prose(position, end)

    def _prose(self, begin: int, end: int) -> Iterator[Prose]:
        while begin < end and not self.lines[begin].strip():
            begin += 1
        if source := "\n".join(self.lines[begin:end]).rstrip():
            yield Prose(source, self.skipped + begin + 1)

    def _cell(self, token: Token, first: int) -> Iterator[Cell]:
        head = CELL_HEAD.match(token.content)
        name = NAME.search(head[0]) if head else None
        source = token.content[head.end() :] if head else token.content
        line = self.skipped + first + 1
        yield Cell(source.strip("\n"), name[1] if name else None, line, self.cells)
        self.cells += 1

    def _block(self, token: Token, first: int) -> Iterator[Block]:
        line = self.skipped + first + 1
        kind = token.info.strip()
        block, faults = blocks.parse(kind, token.content, self.path, line, self.known)
        self.faults += faults
        if block:
            yield block

    def _check_language(self, kind: str, first: int) -> None:
        if kind not in LANGUAGES:
            fix = f"blocks: {', '.join(blocks.KINDS)}; languages: {', '.join(LANGUAGES)}"
            says = f"`{kind}` is neither a block nor a language"
            self.faults.append(Problem(self.path, self.skipped + first + 1, says, fix))
