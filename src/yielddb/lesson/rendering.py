"""Blocks as text: one set of facts, one folder of templates for each front."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2

from yielddb.lesson.answers import AnswerError, app_files, breakage, puzzle
from yielddb.lesson.blocks import Block, Debug, FillIn, Parsons, Predict, Quiz, Starter, Trace
from yielddb.lesson.keys import choice_key, fill_in_key, parsons_key, sealed
from yielddb.lesson.predicting import prediction, step_of, trace_of
from yielddb.lesson.prose import MARKDOWN, runs
from yielddb.lesson.text import LessonText
from yielddb.lesson.transcript import Recorder, differs, rows, side_by_side
from yielddb.problems import Problem, Problems
from yielddb.starter import starter_files
from yielddb.tracing.recording import record_files
from yielddb.tracing.trace import Trace as Recording

MAIN = (Path("main.py"), Path("app.py"))


def _oneline(text: str) -> str:
    return " ".join(text.split())


def _code(text: str) -> str:
    """A line as inline code of Markdown."""
    ticks = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{ticks}{space}{text}{space}{ticks}" if text else ""


def _cell(text: str) -> str:
    """A line as code in a cell of a Markdown table."""
    return _code(text).replace("|", r"\|")


def _embedded(trace: Recording, title: str | None = None) -> str:
    """A trace as JSON that can stand inside a page; `title` is what the player calls it."""
    named = Recording({**trace.data, "title": title}) if title else trace
    return named.json().replace("<", r"\u003c")


def plain(text: str) -> str:
    """A line of Markdown as it is read aloud: for titles of windows and lists."""
    return "".join(piece for _, piece, _ in runs(text))


def templates() -> jinja2.Environment:
    """The templates of the engine; texts are Markdown, so escaping is up to each template."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parents[1] / "templates"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "oneline": _oneline,
        "code": _code,
        "cell": _cell,
        "embedded": _embedded,
        "inline": MARKDOWN.renderInline,
        "plain": plain,
    }
    environment.globals["letter"] = lambda index: chr(ord("A") + index)
    environment.tests["different"] = differs
    return environment


class Renderer:
    """Turns the blocks of one text into the text of a front: `notebook` or `site`."""

    def __init__(self, text: LessonText, front: str, recorder: Recorder = record_files) -> None:
        self.text = text
        self.lesson = text.lesson
        self.front = front
        self.recorder = recorder
        self.environment = templates()

    def render(self, template: str, **facts: Any) -> str:
        """A template of this front."""
        found = self.environment.get_template(f"{self.front}/{template}.md")
        return found.render(text=self.text, lesson=self.lesson, **facts).strip("\n")

    def block(self, block: Block) -> str:
        """The block as text.

        Raises Problems when its answer can't be computed.
        """
        name = "fill_in" if isinstance(block, FillIn) else block.kind
        try:
            return self.render(name, block=block, **self._facts(block))
        except AnswerError as error:
            problem = Problem(self.text.path, block.line, error.says, error.fix)
            raise Problems([problem]) from None

    def _facts(self, block: Block) -> Mapping[str, Any]:
        if isinstance(block, Quiz):
            return {"key": sealed(choice_key(block.options, self._step))}
        if isinstance(block, FillIn):
            return {"key": sealed(fill_in_key(block))}
        if isinstance(block, Predict):
            options = prediction(self.text, block, self.recorder)
            return {"options": options, "key": sealed(choice_key(options, self._step))}
        if isinstance(block, Parsons):
            lines = puzzle(self.lesson, block)
            return {"puzzle": lines, "key": sealed(parsons_key(block, lines))}
        if isinstance(block, Trace):
            trace = self.trace(block)
            return {"trace": trace, "rows": rows(trace)}
        if isinstance(block, Debug):
            return self._debug(block)
        if isinstance(block, Starter):
            return {"source": self._starter()}
        return {}

    def _step(self, see: str) -> str:
        return step_of(self.text, see, self.recorder)

    def trace(self, block: Trace | Debug) -> Recording:
        """The recorded run of the solution, or of a broken app.

        Raises AnswerError.
        """
        files = app_files(self.lesson)
        if isinstance(block, Debug):
            files = dict(breakage(self.lesson, block).broken)
        return trace_of(files, block, self.recorder, self.lesson.course.root)

    def _debug(self, block: Debug) -> Mapping[str, Any]:
        change = breakage(self.lesson, block)
        root = self.lesson.course.root
        broken, right = (
            trace_of(files, block, self.recorder, root) for files in (change.broken, change.right)
        )
        pairs = side_by_side(rows(broken), rows(right))
        return {"change": change, "broken": broken, "right": right, "pairs": pairs}

    def _starter(self) -> str:
        files = starter_files(self.lesson.solution)
        for path in MAIN:
            if path in files:
                return files[path].strip("\n")
        fix = "give the solution a main.py at its top"
        raise AnswerError("the starter has no main.py to put into a cell", fix)
