"""The pages that belong to the questions of the lessons: answers in plain text, and the review."""

from __future__ import annotations

from collections.abc import Iterable

from yielddb.lesson.blocks import Block, FillIn, Parsons, Predict, Quiz
from yielddb.lesson.rendering import Renderer, templates
from yielddb.lesson.text import LessonText
from yielddb.lesson.transcript import Recorder

QUESTIONS = (Quiz, FillIn, Predict, Parsons)


def questions(text: LessonText) -> tuple[Block, ...]:
    """What a reader is asked in a lesson, in order."""
    return tuple(block for block in text.blocks if isinstance(block, QUESTIONS))


def answers_page(text: LessonText, recorder: Recorder) -> str:
    """Every question of a lesson with its answer, for readers whose browser runs no scripts.

    Raises Problems when an answer can't be computed.
    """
    renderer = Renderer(text, "answers", recorder)
    return renderer.render("page", blocks=[renderer.block(block) for block in questions(text)])


def review_page(texts: Iterable[LessonText], recorder: Recorder) -> str:
    """All questions of all lessons, asleep; the browser shows those that are due."""
    asked = [
        {"lesson": text.lesson, "title": text.head.get("title"), "id": block.id, "source": source}
        for text in texts
        for block, source in _sources(text, Renderer(text, "site", recorder))
    ]
    return templates().get_template("site/review.md").render(asked=asked)


def _sources(text: LessonText, renderer: Renderer) -> Iterable[tuple[Block, str]]:
    for block in questions(text):
        yield block, renderer.block(block)
