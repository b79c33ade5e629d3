"""A right app passes every time, whatever the data, and however busy the machine is."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator

import pytest

from yielddb.catalogue import Lesson, default_course
from yielddb.grade import Grader

pytestmark = pytest.mark.slow

COURSE = default_course()
SEEDS = range(1, 9)


@pytest.fixture(scope="module")
def judge() -> Iterator[Grader]:
    """One warm parent for the sweep."""
    with Grader(COURSE) as grader:
        yield grader


def spin() -> None:
    """Keep one core busy."""
    while True:
        pass


@pytest.fixture(params=["calm", "busy"], scope="module")
def load(request: pytest.FixtureRequest) -> Iterator[str]:
    """The machine as it is, and with both cores taken."""
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=spin, daemon=True) for _ in range(2)]
    if request.param == "busy":
        for worker in workers:
            worker.start()
    yield request.param
    for worker in workers:
        if worker.is_alive():
            worker.kill()
            worker.join()


@pytest.mark.parametrize("lesson", COURSE.lessons, ids=lambda lesson: lesson.stem)
def test_a_solution_passes_with_every_seed(lesson: Lesson, judge: Grader, load: str) -> None:
    """Eight seeds, eight times all points."""
    for seed in SEEDS:
        verdict = judge.grade(lesson, lesson.solution, seed=seed)
        assert verdict.status == "passed", (seed, verdict.first_problem)
