"""The languages of the site: a code, and the words of our own templates in it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from yielddb.catalogue import LANGUAGES

ENGLISH = "en"
CODES = (ENGLISH, *LANGUAGES)
TEMPLATES = Path(__file__).parents[1] / "templates" / "site"


@dataclass(frozen=True, slots=True)
class Language:
    """One language that the site is built in."""

    code: str
    words: Mapping[str, str]

    @property
    def is_english(self) -> bool:
        """English is the source; the others fall back on it."""
        return self.code == ENGLISH


@functools.cache
def table() -> Mapping[str, Mapping[str, str]]:
    """The one table of words: key -> language -> text."""
    read: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (TEMPLATES / "words.yml").read_text("utf-8")
    )
    return read


def language(code: str) -> Language:
    """The language of that code, with a word for every key."""
    return Language(code, {key: words[code] for key, words in table().items()})
