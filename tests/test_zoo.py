"""The grader against apps that keep the contract in unusual ways, and apps that break it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from yielddb.catalogue import default_course
from yielddb.grade import Grader
from yielddb.verdict import CheckResult
from yielddb.workspace.report import ROWS, WIDTH, check_lines, columns, marks_for

pytestmark = pytest.mark.slow  # a hundred and fifty apps: CI runs it

ZOO = Path(__file__).parent / "zoo"
COURSE = default_course()
MANIFEST = yaml.safe_load((ZOO / "manifest.yml").read_text("utf-8"))
APPS: list[dict[str, Any]] = MANIFEST["apps"]
SLUGS = [lesson.slug for lesson in COURSE.lessons]
AT_ONCE = 2  # lessons by which `make test` judges a right app: its last ones ask for most
OURS = 30  # of the apps, at least, were written for this course, half of them right


def cases(kind: str) -> Iterator[Any]:
    """Each app of a kind with each lesson that judges it; early lessons of a right app are slow."""
    for app in APPS:
        lessons = sorted(app["expect"], key=SLUGS.index) if app["kind"] == kind else []
        for place, slug in enumerate(lessons, 1):
            late = kind == "right" and place <= len(lessons) - AT_ONCE
            marks = [pytest.mark.slow] if late else []
            yield pytest.param(app, slug, id=f"{app['id']}-{slug}", marks=marks)


@pytest.fixture(scope="module")
def judge() -> Iterator[Grader]:
    """One warm parent for the whole zoo."""
    with Grader(COURSE) as grader:
        yield grader


@pytest.fixture(scope="module")
def tally(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """Counts what the grader got wrong, and says so at the end."""
    counts: Counter[str] = Counter()
    yield counts
    reporter = request.config.pluginmanager.getplugin("terminalreporter")
    names = ("right apps judged", "right apps failed", "wrong apps judged", "wrong apps passed")
    reporter.write_line("\nzoo: " + ", ".join(f"{counts[name]} {name}" for name in names))
    kinds = Counter((app["source"], app["kind"]) for app in APPS)
    told = (f"{count} {source} {kind}" for (source, kind), count in sorted(kinds.items()))
    reporter.write_line("apps: " + ", ".join(told))


@pytest.mark.parametrize(("app", "slug"), list(cases("right")))
def test_a_right_app_passes(
    app: dict[str, Any], slug: str, judge: Grader, tally: Counter[str]
) -> None:
    """An app that keeps the contract in its own way passes the lesson."""
    verdict = judge.grade(COURSE.find(slug), ZOO / app["file"])
    tally["right apps judged"] += 1
    tally["right apps failed"] += verdict.status != "passed"
    assert verdict.status == "passed", verdict.first_problem


@pytest.mark.parametrize(("app", "slug"), list(cases("wrong")))
def test_a_wrong_app_fails_where_it_is_wrong(
    app: dict[str, Any], slug: str, judge: Grader, tally: Counter[str]
) -> None:
    """An app with a mistake fails first at the check for it, with a message about the symptom."""
    problem = judge.grade(COURSE.find(slug), ZOO / app["file"]).first_problem
    tally["wrong apps judged"] += 1
    tally["wrong apps passed"] += problem is None
    assert problem, "it passes"
    expected = app["expect"][slug]
    seen = {"check": problem.id.removeprefix(f"{slug}."), "misconception": problem.misconception}
    assert seen == expected, problem
    says_what_happened(problem)


def says_what_happened(problem: CheckResult) -> None:
    """At most four lines below the title, the symptom among them, and no fault of ours."""
    assert problem.status == "failed", problem
    assert problem.contract, problem
    assert problem.came_back, problem
    assert "the check itself broke" not in problem.came_back
    message = [*map(str, check_lines(problem, problem.hint, marks_for("utf-8")))]
    assert len(message) <= 1 + ROWS, message
    assert max(map(columns, message)) <= WIDTH, message
    assert "\n" not in problem.came_back + problem.contract


def test_the_manifest_lists_every_app() -> None:
    """Each file belongs to one entry, each misconception to the table, each reason to an app."""
    files = [app["file"] for app in APPS]
    there = [f"{kind}/{path.name}" for kind in ("right", "wrong") for path in ZOO.glob(f"{kind}/*")]
    assert sorted(files) == sorted(name for name in there if not name.endswith("__pycache__"))
    names = [app["id"] for app in APPS] + [app["id"] for app in MANIFEST["not_judged"]]
    assert len(names) == len(set(names))
    for app in APPS:
        assert app["why"], app["id"]
        assert app["source"] in ("ours", "shared"), app["id"]
        assert (ZOO / app["file"]).parent.name == app["kind"]
        for expected in app["expect"].values():
            assert expected == "passes" or set(expected) == {"check", "misconception"}
            known = None if expected == "passes" else expected["misconception"]
            assert known is None or known in COURSE.misconceptions
    assert all(app["reason"] for app in MANIFEST["not_judged"])


def test_half_of_ours_are_right() -> None:
    """The collection was extended on both sides."""
    ours = Counter(app["kind"] for app in APPS if app["source"] == "ours")
    assert sum(ours.values()) >= OURS
    assert min(ours["right"], ours["wrong"]) >= OURS // 2
