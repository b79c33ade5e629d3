"""The record of one judgement: what a front shows and `--json` prints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

SCHEMA = "yielddb/verdict/1"

CheckStatus = Literal["passed", "failed", "skipped", "error"]
Status = Literal["passed", "failed", "error"]
Visibility = Literal["visible", "hidden"]

BROKE = "the check itself broke"  # how `came_back` begins where nobody's app is to blame

EXIT_CODES: Mapping[Status, int] = {"passed": 0, "failed": 1, "error": 2}


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check saw.

    `failed` is the learner's app answering wrongly; `error` is a crash, a time-out or the check's
    own fault, and `came_back` says which; `skipped` waits for a check that did not pass. `at` is
    the place in the learner's files that the failure points to.
    """

    id: str
    title: str
    status: CheckStatus
    points: float = 1
    sent: str | None = None
    came_back: str | None = None
    contract: str | None = None
    hint: str | None = None
    misconception: str | None = None
    visibility: Visibility = "visible"
    seconds: float = 0.0
    at: str | None = None

    @property
    def broke(self) -> bool:
        """Did the check itself break, so that it says nothing about the app?"""
        return self.status == "error" and (self.came_back or "").startswith(BROKE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one app for one lesson.

    `status` is `error` only where no judgement was possible (a broken submission, our own fault);
    an app that crashes is judged, and has failed. `log` is what the app printed: shown on request,
    never part of the JSON.
    """

    lesson: str
    submission: str
    status: Status
    score: float
    max_score: float
    seconds: float
    isolation: Sequence[str]
    versions: Mapping[str, str]
    checks: Sequence[CheckResult]
    log: str = field(default="", compare=False)

    @property
    def exit_code(self) -> int:
        """0 all passed, 1 some failed, 2 could not judge."""
        return EXIT_CODES[self.status]

    @property
    def first_problem(self) -> CheckResult | None:
        """The first check that failed or broke off; the rest may wait for it."""
        return next((c for c in self.checks if c.status in ("failed", "error")), None)

    @property
    def is_whole(self) -> bool:
        """Do the points say what the app is worth? Not where it, or a check, could not be run."""
        return self.status != "error" and not any(check.broke for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object of the contract: every key present, absent values `None`."""
        record = {"schema": SCHEMA, **asdict(self)}
        del record["log"]
        return record

    def to_json(self) -> str:
        """The verdict as indented JSON, Cyrillic left readable."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], log: str = "") -> Verdict:
        """Rebuild a verdict from `to_dict`.

        Raises ValueError for a record of another schema.
        """
        if record.get("schema") != SCHEMA:
            raise ValueError(f"not a {SCHEMA} record: {record.get('schema')!r}")
        known = {f.name for f in fields(cls)} - {"checks", "log"}
        values = {name: record[name] for name in known}
        return cls(**values, checks=[CheckResult(**c) for c in record["checks"]], log=log)
