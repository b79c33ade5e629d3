"""How the grader is graded, in figures: read from the tests and benchmarks of a clone."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from yielddb.catalogue import Course

ROW = re.compile(r"^\| (\S+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Zoo:
    """Apps by kind, and how many judgements they have to get right."""

    kinds: Mapping[str, int]
    judgements: int
    misconceptions: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves the grader; None or empty where the course at hand does not have it."""

    zoo: Zoo | None
    mutants: tuple[tuple[str, ...], ...]
    attacks: Mapping[str, tuple[str, ...]]
    figures: Mapping[str, Any]


def proof(course: Course) -> Proof:
    """The figures of a clone; an installed course has no tests to count."""
    return Proof(
        _zoo(course.zoo), _mutants(course.benchmarks), _attacks(course.attacks), _figures(course)
    )


def _zoo(manifest: Path) -> Zoo | None:
    if not manifest.is_file():
        return None
    apps = yaml.safe_load(manifest.read_text("utf-8"))["apps"]
    expected = [verdict for app in apps for verdict in app["expect"].values()]
    named = {one["misconception"] for one in expected if isinstance(one, dict) and len(one) > 1}
    return Zoo(Counter(app["kind"] for app in apps), len(expected), len(named))


def _mutants(folder: Path) -> tuple[tuple[str, ...], ...]:
    """The rows of the table that `make mutants` is described by: lesson, made, killed, left."""
    path = folder / "mutants.md"
    return tuple(ROW.findall(path.read_text("utf-8"))) if path.is_file() else ()


def _attacks(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """What the drill tries, by group: the first sentence of each attack."""
    groups = sorted(path for path in folder.glob("*") if path.is_dir()) if folder.is_dir() else []
    found = {group.name: tuple(_sentences(group)) for group in groups}
    return {name: sentences for name, sentences in found.items() if sentences}


def _sentences(group: Path) -> Iterator[str]:
    for path in sorted(group.glob("*.py")):
        if doc := ast.get_docstring(ast.parse(path.read_text("utf-8"))):
            yield " ".join(doc.partition("\n\n")[0].split())


def _figures(course: Course) -> Mapping[str, Any]:
    path = course.benchmarks / "figures.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
