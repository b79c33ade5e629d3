"""Reads what a prediction asks of a recorded run."""

from __future__ import annotations

from yielddb.lesson.yaml_reader import Reader
from yielddb.tracing.questions import KINDS_OF_ANSWER, Question

KEYS = {"shows": "what", "of": "of", "at": "at", "after": "after", "in": "function"}


def run_question(reader: Reader) -> Question:
    """The question of a `predict` block that names a `trace`; its faults are noted."""
    reader.only("id", "ask", "trace", *KEYS, "request", "why", "options")
    asked = {name: reader.text(key) for key, name in KEYS.items() if reader.has(key)}
    question = Question(**asked, request=reader.number("request", 1))
    if fault := question.fault:
        fix = (
            f"shows: {', '.join(KINDS_OF_ANSWER)}; at, after, in: text of the code; of: a variable"
        )
        reader.refuse("shows", fault, fix)
    return question
