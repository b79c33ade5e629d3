"""What is wrong with a course: where, what, and the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One broken law; `line` is 0 where the whole file is meant, `fix` is what to do next."""

    path: Path
    line: int
    says: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{place}: {self.says}\n  fix: {self.fix}"


class Problems(Exception):
    """Raised where a part cannot be made; carries every reason."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
