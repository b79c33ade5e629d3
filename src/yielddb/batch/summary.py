"""What a class as a whole shows: the checks that fail most, the beliefs behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from yielddb.batch.records import Class, Outcome

SCHEMA = "yielddb/class/1"


@dataclass(frozen=True, slots=True)
class Hurdle:
    """One check in the class: how many of the apps that it judged did not pass it."""

    lesson: str
    id: str
    title: str
    failed: int
    of: int
    waiting: int
    misconception: str | None
    belief: str | None
    visibility: str


Table = Mapping[str, Mapping[str, str]]


def hurdles(classroom: Class, misconceptions: Table) -> list[Hurdle]:
    """All checks that somebody failed, the one that most failed first."""
    counts: dict[str, dict[str, Any]] = {}
    for graded in classroom.verdicts.values():
        if graded.verdict.status == "error":
            continue
        for check in (x for x in graded.verdict.checks if not x.broke):
            one = counts.setdefault(check.id, {"failed": 0, "of": 0, "waiting": 0, "leads": None})
            one |= {"title": check.title, "visibility": check.visibility, "slug": graded.slug}
            one["waiting"] += check.status == "skipped"
            one["of"] += check.status != "skipped"
            one["failed"] += check.status in ("failed", "error")
            one["leads"] = check.misconception or one["leads"]
    found = [_hurdle(name, one, misconceptions) for name, one in counts.items() if one["failed"]]
    return sorted(found, key=lambda hurdle: (-hurdle.failed, hurdle.of, hurdle.id))


def _hurdle(name: str, one: Mapping[str, Any], misconceptions: Table) -> Hurdle:
    return Hurdle(
        lesson=one["slug"],
        id=name,
        title=one["title"],
        failed=one["failed"],
        of=one["of"],
        waiting=one["waiting"],
        misconception=one["leads"],
        belief=misconceptions.get(one["leads"] or "", {}).get("belief"),
        visibility=one["visibility"],
    )


@dataclass(frozen=True, slots=True)
class Fault:
    """A check that itself broke: it is to be mended, and costs nobody a point until then."""

    id: str
    says: str
    apps: int

    def __str__(self) -> str:
        apps = "1 app" if self.apps == 1 else f"{self.apps} apps"
        return f"{self.id}, {apps}: {self.says}; no grade is exported until it is mended"


def faults(classroom: Class) -> list[Fault]:
    """The checks that broke, with what they raised first."""
    found: dict[str, list[str]] = {}
    for graded in classroom.verdicts.values():
        for check in graded.verdict.checks:
            if check.broke:
                found.setdefault(check.id, []).append(str(check.came_back))
    return [Fault(name, says[0], len(says)) for name, says in found.items()]


def leading(classroom: Class, misconceptions: Table) -> list[tuple[str, str, int]]:
    """Misconceptions by how many students met them: id, belief, students."""
    holders: dict[str, set[str]] = {}
    for graded in classroom.verdicts.values():
        for check in graded.verdict.checks:
            if check.misconception and check.status in ("failed", "error"):
                holders.setdefault(check.misconception, set()).add(graded.student)
    found = [
        (x, misconceptions.get(x, {}).get("belief", x), len(who)) for x, who in holders.items()
    ]
    return sorted(found, key=lambda one: (-one[2], one[0]))


def counts(outcome: Outcome) -> str:
    """How many passed, failed, and could not be graded, as a sentence."""
    verdicts = [one.verdict for one in outcome.classroom.verdicts.values()]
    whole = [verdict.status for verdict in verdicts if verdict.is_whole]
    broken = len(verdicts) - len(whole) + len(outcome.troubles)
    return (
        f"{whole.count('passed')} passed, {whole.count('failed')} failed, "
        f"{broken} could not be graded;"
    )


def to_dict(outcome: Outcome, misconceptions: Table, results: str) -> dict[str, Any]:
    """The record that `yielddb grade --json` prints; every key present."""
    classroom = outcome.classroom
    return {
        "schema": SCHEMA,
        "results": results,
        "graded": outcome.graded,
        "unchanged": outcome.unchanged,
        "students": [asdict(student) for student in classroom.students],
        "verdicts": [
            {"student": one.student, "graded": one.graded, "verdict": one.verdict.to_dict()}
            for student in classroom.students
            for one in classroom.of(student)
        ],
        "troubles": [{"student": who, "says": x.says, "fix": x.fix} for who, x in outcome.troubles],
        "hurdles": [asdict(hurdle) for hurdle in hurdles(classroom, misconceptions)],
        "faults": [asdict(fault) for fault in faults(classroom)],
        "notes": list(outcome.notes),
    }
