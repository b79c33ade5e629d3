"""The graders, each as its own users run it on a folder of submissions."""

from __future__ import annotations

import csv
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import exercise
from measure import Usage, run

import notebooks

Marks = list[float]


@dataclass(frozen=True, slots=True)
class Tool:
    """One grader: `grade(folder, count, bin)` judges `count` submissions made below `folder`."""

    name: str
    package: str
    sample: int  # submissions in one measurement; the figure is per submission
    quick: int
    how: str
    grade: Callable[[Path, int, Path], tuple[Usage, Marks]]


def yielddb(folder: Path, count: int, binaries: Path) -> tuple[Usage, Marks]:
    """One command for the class."""
    exercise.hand_in(folder / "class", count)
    env = {"YIELDDB_COURSE": str(exercise.COURSE.root)}
    command = [binaries / "python", "-m", "yielddb", "grade", "class", "--out", "out"]
    used = run([*command, "--lesson", exercise.LESSON.stem], folder, env)
    with closing(sqlite3.connect(folder / "out" / "results.db")) as db:
        rows = db.execute("select record from verdict order by student").fetchall()
    return used, [json.loads(record)["score"] for (record,) in rows]


def pytest(folder: Path, count: int, binaries: Path) -> tuple[Usage, Marks]:
    """A process per submission: two apps called `main` do not fit into one."""
    used, marks = Usage(0, 0), []
    for student in exercise.hand_in(folder, count):
        shutil.copy(exercise.HERE / "pytest" / "test_books.py", student)
        used += run(
            [binaries / "python", "-m", "pytest", "-q", "--junitxml=report.xml", "."], student
        )
        text = (student / "report.xml").read_text("utf-8")
        marks.append(exercise.FULL_MARKS - text.count("<failure") - text.count("<error"))
    return used, marks


def otter(folder: Path, count: int, binaries: Path) -> tuple[Usage, Marks]:
    """`otter run` on each submission; making the autograder's zip is not counted."""
    shutil.copytree(exercise.HERE / "otter", folder / "autograder")
    command = [binaries / "otter", "generate", "-t", "tests", "-o", "autograder.zip"]
    run([*command, "--no-config", "--no-requirements", "--no-environment"], folder / "autograder")
    used, marks = Usage(0, 0), []
    for student in exercise.hand_in(folder, count):
        (student / "out").mkdir()
        used += run(
            [
                binaries / "otter",
                "run",
                "--no-logo",
                "-a",
                "../autograder/autograder.zip",
                "-o",
                "out",
                "main.py",
            ],
            student,
        )
        tests = json.loads((student / "out" / "results.json").read_text("utf-8"))["tests"]
        marks.append(sum(test.get("score", 0) for test in tests))
    return used, marks


def check50(folder: Path, count: int, binaries: Path) -> tuple[Usage, Marks]:
    """`check50 --local --dev` on each submission; it runs its checks in processes of their own."""
    used, marks = Usage(0, 0), []
    command = [binaries / "check50", "--local", "--dev", "-o", "json", "--output-file", "out.json"]
    for student in exercise.hand_in(folder, count):
        used += run([*command, exercise.HERE / "check50"], student)
        results = json.loads((student / "out.json").read_text("utf-8"))["results"]
        marks.append(sum(bool(check["passed"]) for check in results if check["name"] != "exists"))
    return used, marks


def nbgrader(folder: Path, count: int, binaries: Path) -> tuple[Usage, Marks]:
    """`nbgrader autograde` on the class; making and releasing the assignment is not counted."""
    notebooks.write(folder / "source" / "books" / "books.ipynb", exercise.source(0))
    command = binaries / "nbgrader"
    run([command, "generate_assignment", "books", "--create"], folder)
    for number in range(1, count + 1):
        name = f"student{number:03d}"
        path = folder / "submitted" / name / "books" / "books.ipynb"
        notebooks.hand_in(folder / "release" / "books" / "books.ipynb", path, number)
    used = run([command, "autograde", "books"], folder)
    run([command, "export", "--to", "grades.csv"], folder)
    with (folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["student_id"])
    return used, [float(row["score"]) for row in rows]


PEERS = (
    Tool("plain pytest", "pytest", 10, 2, "a process per submission, TestClient", pytest),
    Tool("otter-grader", "otter-grader", 5, 2, "`otter run` per submission", otter),
    Tool("nbgrader", "nbgrader", 20, 2, "`nbgrader autograde` on the class", nbgrader),
    Tool("check50", "check50", 5, 2, "`check50 --local` per submission", check50),
)
OURS = Tool("yielddb", "yielddb", 200, 4, "`yielddb grade` on the class", yielddb)
HERE = Path(sys.executable).parent
