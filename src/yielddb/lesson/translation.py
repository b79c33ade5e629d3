"""Which English text a translation was made from, and whether that text is still the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

from yielddb.catalogue import Lesson
from yielddb.lesson.text import LessonText

KEY = "english"  # of the translation's front matter


def fingerprint(path: Path) -> str:
    """Tells one text from another: twelve digits are enough for a handful of lessons."""
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()[:12]


def is_stale(lesson: Lesson, translated: LessonText) -> bool:
    """The English text is not the one that the translation was made from."""
    return translated.head.get(KEY) != fingerprint(lesson.text)
