"""Random but repeatable data for checks: one seed gives one run."""

from __future__ import annotations

import random

THINGS = "umbrella passport scarf key wallet suitcase glove camera зонт паспорт шарф ключ рюкзак"
COLOURS = "yellow red green striped small old жёлтый красный зелёный маленький старый"
NAMES = "Olena Maksym Anna Peter Юлія Ігор Оксана Артём Зоя Brigid Nuno Аня"


class Words:
    """Things people lose, in Latin and Cyrillic letters, each with a number of its own."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def _one(self, words: str) -> str:
        return self.random.choice(words.split())

    def number(self) -> int:
        """Four to six digits."""
        return self.random.randrange(1000, 999_999)

    def few(self) -> int:
        """How many of something: two to six."""
        return self.random.randint(2, 6)

    def thing(self) -> str:
        """The name of an item: `жёлтый зонт 4821`."""
        return f"{self._one(COLOURS)} {self._one(THINGS)} {self.number()}"

    def person(self) -> str:
        """The name of a user."""
        return f"{self._one(NAMES)} {self.number()}"

    def email(self) -> str:
        """An address that no other row has."""
        return f"visitor{self.number()}@example.org"

    def sentence(self) -> str:
        """A description."""
        return f"Found on bench {self.number()} · знайдено на лавці {self.number()}"
