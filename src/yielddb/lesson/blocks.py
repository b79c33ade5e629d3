"""The blocks of a lesson text: their YAML, read into records; every fault is a Problem."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from yielddb.lesson.options import Distractor, Option, distractor, option, wrong_option
from yielddb.lesson.run_question import run_question
from yielddb.lesson.yaml_reader import Reader
from yielddb.problems import Problem
from yielddb.tracing.questions import Question


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """What all blocks have: an id, unique in the lesson, and the line of their fence."""

    kind: ClassVar[str]
    id: str
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Quiz(Block):
    """A question with one right option, or several."""

    kind: ClassVar[str] = "quiz"
    ask: str
    options: tuple[Option, ...]
    hint: str | None = None

    @property
    def several(self) -> bool:
        """More than one option is right."""
        return sum(option.right for option in self.options) > 1


@dataclass(frozen=True, kw_only=True, slots=True)
class FillIn(Block):
    """A question whose answer is typed."""

    kind: ClassVar[str] = "quiz"
    ask: str
    answers: tuple[str, ...]
    why: str
    hint: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Predict(Block):
    """What does a cell print, or a recorded run show? Only the wrong answers are stored."""

    kind: ClassVar[str] = "predict"
    ask: str
    cell: str = ""
    why: str
    options: tuple[Option, ...]
    trace: str = ""
    question: Question | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsons(Block):
    """The lines of a function or class of the solution, to be put in order."""

    kind: ClassVar[str] = "parsons"
    ask: str
    code: str
    distractors: tuple[Distractor, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace(Block):
    """Requests whose run is recorded; those of `before` are not shown."""

    kind: ClassVar[str] = "trace"
    caption: str
    requests: tuple[str, ...]
    before: tuple[str, ...] = ()
    startup: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Debug(Block):
    """The solution, broken by the first edit of the check that `breaks` names."""

    kind: ClassVar[str] = "debug"
    ask: str
    breaks: str
    requests: tuple[str, ...]
    why: str
    before: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Starter(Block):
    """Where the starter's code stands."""

    kind: ClassVar[str] = "starter"


def _quiz(reader: Reader) -> Block:
    if reader.has("answers"):
        reader.only("id", "ask", "answers", "why", "hint")
        return FillIn(
            id=reader.identity(),
            line=reader.line,
            ask=reader.text("ask"),
            answers=reader.texts("answers"),
            why=reader.text("why"),
            hint=reader.optional_text("hint"),
        )
    reader.only("id", "ask", "options", "hint")
    options = tuple(map(option, reader.many("options")))
    if options and not any(option.right for option in options):
        reader.refuse("options", "no option is right", "add `right: true` to the right one")
    if len(options) == 1:
        reader.refuse("options", "one option is no choice", "add a wrong one with its reason")
    return Quiz(
        id=reader.identity(),
        line=reader.line,
        ask=reader.text("ask"),
        options=options,
        hint=reader.optional_text("hint"),
    )


def _predict(reader: Reader) -> Block:
    if reader.has("trace"):
        return _predict_run(reader)
    reader.only("id", "ask", "cell", "why", "options")
    return Predict(
        id=reader.identity(),
        line=reader.line,
        ask=reader.text("ask"),
        cell=reader.text("cell"),
        why=reader.text("why"),
        options=tuple(map(wrong_option, reader.many("options"))),
    )


def _predict_run(reader: Reader) -> Block:
    return Predict(
        id=reader.identity(),
        line=reader.line,
        ask=reader.text("ask"),
        trace=reader.text("trace"),
        question=run_question(reader),
        why=reader.text("why"),
        options=tuple(map(wrong_option, reader.many("options"))),
    )


def _parsons(reader: Reader) -> Block:
    reader.only("id", "ask", "code", "distractors")
    return Parsons(
        id=reader.identity(),
        line=reader.line,
        ask=reader.text("ask"),
        code=reader.text("code"),
        distractors=tuple(map(distractor, reader.many("distractors", needed=False))),
    )


def _trace(reader: Reader) -> Block:
    reader.only("id", "caption", "requests", "before", "startup")
    return Trace(
        id=reader.identity(),
        line=reader.line,
        caption=reader.text("caption"),
        requests=reader.requests("requests"),
        before=reader.requests("before", needed=False),
        startup=reader.flag("startup"),
    )


def _debug(reader: Reader) -> Block:
    reader.only("id", "ask", "breaks", "requests", "before", "why")
    return Debug(
        id=reader.identity(),
        line=reader.line,
        ask=reader.text("ask"),
        breaks=reader.text("breaks"),
        requests=reader.requests("requests"),
        why=reader.text("why"),
        before=reader.requests("before", needed=False),
    )


def _starter(reader: Reader) -> Block:
    reader.only("id")
    return Starter(id=reader.identity(), line=reader.line)


MAKERS: dict[str, Callable[[Reader], Block]] = {
    "quiz": _quiz,
    "predict": _predict,
    "parsons": _parsons,
    "trace": _trace,
    "debug": _debug,
    "starter": _starter,
}
KINDS = tuple(MAKERS)


def parse(
    kind: str, body: str, path: Path, line: int, misconceptions: Container[str]
) -> tuple[Block | None, list[Problem]]:
    """The block whose fence stands at `line`, or None with everything that is wrong with it."""
    reader = Reader.of(body, path, line, misconceptions)
    block = None if reader.problems else MAKERS[kind](reader)
    return (None if reader.problems else block), reader.problems
