"""What a page holds back until its reader has answered: replies and answers of one question."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from yielddb.lesson.answers import Puzzle
from yielddb.lesson.blocks import FillIn, Parsons
from yielddb.lesson.options import Distractor, Option
from yielddb.lesson.prose import MARKDOWN

INDENT = 4  # columns of one level in a Parsons problem


def sealed(key: dict[str, Any]) -> str:
    """Base64 of JSON: nobody reads the answer by looking at the page's source."""
    text = json.dumps(key, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode("ascii")


def choice_key(options: Iterable[Option], step: Callable[[str], str]) -> dict[str, Any]:
    """The key of a question with options; `step` gives the anchor of what an option refers to."""
    replies = []
    for option in options:
        reply = _reply(option.why, option)
        if option.see:
            reply["see"] = step(option.see)
        replies.append(reply)
    return {"options": replies}


def fill_in_key(block: FillIn) -> dict[str, Any]:
    """The key of a question whose answer is typed."""
    return {"answers": list(block.answers), "why": _html(block.why)}


def parsons_key(block: Parsons, puzzle: Puzzle) -> dict[str, Any]:
    """The key of lines to put in order: the lines with their levels, and what does not belong."""
    return {
        "lines": _levels(puzzle.answer),
        "distractors": {d.line.strip(): _reply(d.why, d) for d in block.distractors},
    }


def _reply(why: str, option: Option | Distractor) -> dict[str, Any]:
    reply: dict[str, Any] = {"why": _html(why)}
    if isinstance(option, Option) and option.right:
        reply["right"] = True
    if option.misconception:
        reply["misconception"] = option.misconception
    return reply


def _levels(answer: Sequence[str]) -> list[dict[str, Any]]:
    """Indentation counts from that of the first line, in levels."""
    columns = [len(line) - len(line.lstrip()) for line in answer]
    first = columns[0] if columns else 0
    return [
        {"line": line.strip(), "level": (column - first) // INDENT}
        for line, column in zip(answer, columns, strict=True)
    ]


def _html(markdown: str) -> str:
    return str(MARKDOWN.render(markdown)).strip()
