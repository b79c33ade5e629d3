"""What a question offers: answers to choose from, lines to put in order."""

from __future__ import annotations

from dataclasses import dataclass

from yielddb.lesson.yaml_reader import Reader


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose, with the reason that is shown to those who chose it."""

    text: str
    why: str
    right: bool = False
    misconception: str | None = None
    see: str | None = None  # `trace-id: words` of the step of a recorded run that shows it


@dataclass(frozen=True, slots=True)
class Distractor:
    """A line of code that does not belong."""

    line: str
    why: str
    misconception: str


def option(reader: Reader) -> Option:
    """A right option, or a wrong one with its misconception."""
    right = reader.flag("right")
    reader.only("text", "why", "right", "misconception", "see")
    misconception = None if right else reader.misconception()
    see = reader.optional_text("see")
    return Option(reader.text("text"), reader.text("why"), right, misconception, see)


def wrong_option(reader: Reader) -> Option:
    """An option of a question whose right answer is computed."""
    reader.only("text", "why", "misconception", "see")
    see = reader.optional_text("see")
    return Option(reader.text("text"), reader.text("why"), False, reader.misconception(), see)


def distractor(reader: Reader) -> Distractor:
    """A line that does not belong, with its reason and its misconception."""
    reader.only("line", "why", "misconception")
    return Distractor(reader.text("line"), reader.text("why"), reader.misconception())
