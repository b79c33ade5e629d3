"""What a reader is asked in a lesson: with its answers in plain text, and for the review."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yielddb.lesson.blocks import Block, FillIn, Parsons, Predict, Quiz
from yielddb.lesson.rendering import Renderer

QUESTIONS = (Quiz, FillIn, Predict, Parsons)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: the lesson it is from, its block, and the block as the page shows it."""

    slug: str
    title: str
    block: Block
    source: str


def questions(renderer: Renderer) -> Iterator[Asked]:
    """The questions of the renderer's lesson, in order.

    Raises Problems when an answer can't be computed.
    """
    text = renderer.text
    for block in text.blocks:
        if isinstance(block, QUESTIONS):
            title = str(text.head.get("title"))
            yield Asked(text.lesson.slug, title, block, renderer.block(block))


def answers_page(renderer: Renderer) -> str:
    """Every question of a lesson with its answer, for readers whose browser runs no scripts."""
    return renderer.render("page", asked=list(questions(renderer)))
