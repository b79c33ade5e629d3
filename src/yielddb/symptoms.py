"""Recognises the mistake behind an answer by what the table of misconceptions says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symptom:
    """What came back, `shows` found in it, gives the misconception away; `clue` is the hint."""

    misconception: str
    shows: re.Pattern[str]
    clue: str


def symptoms_of(table: Mapping[str, Mapping[str, str]]) -> tuple[Symptom, ...]:
    """The entries of the table that a message gives away, in their order.

    Raises ValueError for a pattern that is no regular expression, KeyError for one without a clue.
    """
    found = []
    for name, entry in table.items():
        if shows := entry.get("shows"):
            try:
                found.append(Symptom(name, re.compile(shows), entry["clue"]))
            except re.error as error:
                raise ValueError(f"{name}: {error}") from None
    return tuple(found)


def recognise(text: str | None, symptoms: Sequence[Symptom]) -> Symptom | None:
    """The first symptom that shows in a text."""
    return next((s for s in symptoms if text and s.shows.search(text)), None)
