"""The exercise: one app in many submissions, some of them wrong, and the requests it is sent."""

from __future__ import annotations

import json
from pathlib import Path

from yielddb.catalogue import Course
from yielddb.judging.checkfile import CheckFiles
from yielddb.judging.exchange import Exchange
from yielddb.judging.judgement import Judgement
from yielddb.judging.learner import LearnerApp
from yielddb.judging.submission import find
from yielddb.sandbox.parent import Sandbox
from yielddb.verdict import CheckResult

HERE = Path(__file__).parent / "exercise"
COURSE = Course(HERE / "course")
LESSON = COURSE.find("books")
FULL_MARKS = 5
WRONG_EVERY = 10  # one in ten submissions fails one of the five checks
RIGHT, WRONG = "body.model_dump(exclude_unset=True)", "body.model_dump()"


def source(number: int) -> str:
    """The app that student `number` hands in; no two are the same."""
    text = (LESSON.solution / "main.py").read_text("utf-8")
    if text.count(RIGHT) != 1:
        raise SystemExit(f"the solution has {RIGHT} {text.count(RIGHT)} times, not once")
    if number % WRONG_EVERY == 1:
        text = text.replace(RIGHT, WRONG)
    return f"{text}\n# student {number}\n"


def hand_in(folder: Path, count: int) -> list[Path]:
    """Folders of `count` students below `folder`."""
    students = []
    for number in range(1, count + 1):
        student = folder / f"student{number:03d}"
        student.mkdir(parents=True)
        (student / "main.py").write_text(source(number), "utf-8")
        students.append(student)
    return students


def expected(count: int) -> list[float]:
    """The marks that these students deserve, in order."""
    return [FULL_MARKS - (number % WRONG_EVERY == 1) for number in range(1, count + 1)]


def record_requests(path: Path) -> int:
    """Write down what the check sends to the solution and which statuses come back; how many."""
    checks = CheckFiles()
    exchanges: list[Exchange] = []
    with Sandbox() as sandbox:
        app = LearnerApp(sandbox, find(LESSON.solution))

        def keep(_: CheckResult) -> None:  # the app forgets them when the next check begins
            exchanges.extend(one for one in app.exchanges if one not in exchanges)

        try:
            checks.run(LESSON.check, Judgement(LESSON.slug, app, seed=1, on_check=keep))
        finally:
            app.close()
            checks.close()
    requests = [
        {
            "method": one.request.method,
            "path": one.request.url.raw_path.decode(),
            "body": one.request.content.decode(),
            "status": one.response.status_code if one.response else None,
        }
        for one in exchanges
    ]
    path.write_text(json.dumps(requests), "utf-8")
    return len(requests)
