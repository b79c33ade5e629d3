"""Recognises the mistake behind an answer by what the table of misconceptions says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symptom:
    """What came back, `shows` found in it, gives the misconception away; `clue` is the hint.

    With `wants`, only where that is found in what the contract says.
    """

    misconception: str
    shows: re.Pattern[str]
    clue: str
    wants: re.Pattern[str]


def symptoms_of(table: Mapping[str, Mapping[str, str]]) -> tuple[Symptom, ...]:
    """The entries of the table that a message gives away, in their order.

    Raises ValueError for a pattern that is no regular expression, KeyError for one without a clue.
    """
    found = []
    for name, entry in table.items():
        if shows := entry.get("shows"):
            try:
                wants = re.compile(entry.get("wants", ""))
                found.append(Symptom(name, re.compile(shows), entry["clue"], wants))
            except re.error as error:
                raise ValueError(f"{name}: {error}") from None
    return tuple(found)


def recognise(text: str, contract: str, symptoms: Sequence[Symptom]) -> Symptom | None:
    """The first symptom that shows in a text where the contract says something else."""
    fits = (s for s in symptoms if s.shows.search(text) and s.wants.search(contract))
    return next(fits, None)
