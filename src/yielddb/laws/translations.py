"""Law: a translation has the ids, the code and the traces of the English text, and is not stale."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from yielddb.catalogue import LANGUAGES, Lesson
from yielddb.lesson import text, translation
from yielddb.lesson.blocks import Debug, Parsons, Predict, Quiz, Trace
from yielddb.lesson.text import LessonText
from yielddb.problems import Problem


def problems(lesson: Lesson) -> Iterator[Problem]:
    """Differences from the English text, and translations of an English text that is gone."""
    yield from differences(lesson)
    for translated in _translations(lesson):
        if translation.is_stale(lesson, translated):
            says = "the English text is not the one this was translated from"
            line = f'{translation.KEY}: "{translation.fingerprint(lesson.text)}"'
            fix = f"go over what changed, then put `{line}` into the front matter"
            yield Problem(translated.path, 1, says, fix)


def differences(lesson: Lesson) -> Iterator[Problem]:
    """Differences between each translation that is there and the English text."""
    english = text.load(lesson)
    for translated in _translations(lesson):
        yield from translated.faults
        yield from _differences(english, translated, translated.path)


def _translations(lesson: Lesson) -> Iterator[LessonText]:
    paths = (lesson.translation(language) for language in LANGUAGES)
    return (text.load(lesson, path) for path in paths if path.exists())


def _differences(english: LessonText, other: LessonText, path: Path) -> Iterator[Problem]:
    for name in ("title", "goal", "minutes"):
        if name not in other.head:
            yield Problem(path, 1, f"the front matter has no {name}", "translate it")
    if len(other.sections) != len(english.sections):
        says = f"{len(other.sections)} sections, {len(english.sections)} in English"
        yield Problem(path, 0, says, "the same steps in the same order, their titles translated")
    ids = [(type(block).__name__.lower(), block.id) for block in english.blocks]
    theirs = [(type(block).__name__.lower(), block.id) for block in other.blocks]
    if ids != theirs:
        missing = [f"{kind} {id_}" for kind, id_ in ids if (kind, id_) not in theirs]
        extra = [f"{kind} {id_}" for kind, id_ in theirs if (kind, id_) not in ids]
        says = f"other blocks than in English: missing {missing or 'none'}, extra {extra or 'none'}"
        yield Problem(path, 0, says, "same kinds, ids and order in all languages")
        return
    if [cell.source for cell in english.cells] != [cell.source for cell in other.cells]:
        says = "the code cells differ from the English ones"
        yield Problem(path, 0, says, "copy the cells; only prose is translated")
    for ours, block in zip(english.blocks, other.blocks, strict=True):
        if _fixed(ours) != _fixed(block):
            says = f"the block {block.id} refers to other code than in English"
            yield Problem(path, block.line, says, "copy what is not prose")


def _fixed(block: object) -> object:
    """What of a block no language changes."""
    match block:
        case Quiz():
            return [(option.right, option.misconception) for option in block.options]
        case Predict():
            return block.cell, [option.misconception for option in block.options]
        case Parsons():
            return block.code, [distractor.line for distractor in block.distractors]
        case Trace():
            return block.before, block.requests
        case Debug():
            return block.breaks, block.requests
    return None
