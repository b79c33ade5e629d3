"""Reads the table of equivalent mutants: which survivors do no harm, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from yielddb.mutants.making import Mutant
from yielddb.problems import Problem, Problems

KEYS = ("operator", "line", "reason")


@dataclass(frozen=True, slots=True)
class Excuse:
    """Mutants by this operator on this line keep the contract; `becomes` narrows it to one."""

    operator: str
    line: str
    reason: str
    becomes: str | None = None

    def covers(self, mutant: Mutant) -> bool:
        """Is it about this mutant?"""
        same = (self.operator, self.line) == (mutant.operator, mutant.was)
        return same and self.becomes in (None, mutant.becomes)


def read(path: Path) -> list[Excuse]:
    """The entries of the table; none where there is no file.

    Raises Problems that name each entry with a missing or an unknown key.
    """
    if not path.exists():
        return []
    try:
        entries = yaml.safe_load(path.read_text("utf-8")) or []
    except yaml.YAMLError as error:
        raise Problems([Problem(path, 0, f"not YAML: {error}", "mend it")]) from None
    wrong = [entry for entry in entries if not _is_whole(entry)]
    if wrong:
        fix = f"give it the keys {', '.join(KEYS)} and, if needed, becomes; all of them texts"
        says = "an entry that can't be read: "
        raise Problems([Problem(path, 0, f"{says}{entry}", fix) for entry in wrong])
    return [Excuse(**entry) for entry in entries]


def _is_whole(entry: object) -> bool:
    if not isinstance(entry, dict):
        return False
    whole = all(isinstance(value, str) for value in entry.values())
    return whole and set(KEYS) <= set(entry) <= {*KEYS, "becomes"}


def unused(excuses: Iterable[Excuse], survivors: list[Mutant]) -> Iterator[Excuse]:
    """Entries that no survivor needs."""
    for excuse in excuses:
        if not any(excuse.covers(mutant) for mutant in survivors):
            yield excuse
