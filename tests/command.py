"""Runs the `yielddb` command on the toy course in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from yielddb.catalogue import Course

LAUNCH = """
import sys
from pathlib import Path
from yielddb import catalogue
course = catalogue.Course(Path(sys.argv.pop(1)))
catalogue.default_course = lambda: course
sys.argv[0] = "yielddb"
from yielddb.cli import main
main()
"""


def arguments(course: Course, *words: str) -> list[str]:
    """The command line that runs `yielddb words...` on the course."""
    return [sys.executable, "-c", LAUNCH, str(course.root), *words]


def environment(**variables: str) -> dict[str, str]:
    """Ours, without what would lead to a real learner's folder."""
    kept = {k: v for k, v in os.environ.items() if k not in ("YIELDDB_WORK", "NO_COLOR")}
    return {**kept, "PYTHONUTF8": "1", **variables}


def yielddb(
    course: Course, cwd: Path, *words: str, say: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run it to its end in `cwd`; `say` is what a person types."""
    return subprocess.run(
        arguments(course, *words),
        cwd=cwd,
        env=environment(**variables),
        input=say,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def solve(course: Course, work: Path, name: str) -> Path:
    """Put the solution of a lesson into the learner's folder; returns its main.py."""
    lesson = course.find(name)
    app = work / lesson.stem / "main.py"
    app.parent.mkdir(parents=True, exist_ok=True)
    app.write_text((lesson.solution / "main.py").read_text("utf-8"), "utf-8")
    return app
