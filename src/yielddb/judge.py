"""A judge in a process of its own: for callers, such as a kernel, that run a learner's code."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from yielddb.catalogue import Course, Lesson, default_course
from yielddb.grade import Grader
from yielddb.sandbox.environment import clean_environment
from yielddb.sandbox.events import SandboxError
from yielddb.sandbox.levels import BelowLevel, Level
from yielddb.verdict import Verdict

EAGER, LAZY = "eager", "lazy"  # between two answers: is somebody waiting for the next?


class Judge:
    """Same questions as a Grader, answered by a subprocess that stays warm.

    `eager`: somebody waits for each answer, so that it pays to make more ready between them.
    """

    def __init__(
        self, course: Course | None = None, *, require: Level = "C", eager: bool = True
    ) -> None:
        self.course, self.require, self.eager = course or default_course(), require, eager
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> subprocess.Popen[str]:
        """The subprocess, started unless it runs: it warms up by itself."""
        if self.process is None or self.process.poll() is not None:
            tmp = {"TMPDIR": os.environ["TMPDIR"]} if "TMPDIR" in os.environ else {}
            own = [str(self.course.own_checks)] if self.course.own_checks else []
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "yielddb.judge", str(self.course.root)),
                    *(self.require, EAGER if self.eager else LAZY, *own),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                env=clean_environment(tmp),
                start_new_session=True,  # Ctrl-C in the caller must not leave a half answer here
            )
        return self.process

    def grade(self, lesson: Lesson, path: Path, *, seed: int | None = None) -> Verdict:
        """The verdict on the app at `path`, as `Grader.grade` gives it.

        Raises SandboxError when the judge's process ended without an answer, BelowLevel where
        this machine keeps apps in less well than `require`.
        """
        answer = self._ask({"lesson": lesson.stem, "path": str(path.absolute()), "seed": seed})
        return Verdict.from_dict(answer["verdict"] | {"submission": str(path)}, answer["log"])

    def isolation(self) -> tuple[list[str], dict[str, str]]:
        """The layers that keep an app in, and why the others are missing; raises as `grade`."""
        answer = self._ask({"lesson": None})
        return answer["layers"], answer["missing"]

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        process = self.start()
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except KeyboardInterrupt:
            self.close()
            raise
        except OSError:
            line = ""
        if not line.endswith("\n"):
            self.close()
            raise SandboxError("the judge's process ended; try once more")
        answer: dict[str, Any] = json.loads(line)
        if "below" in answer:
            raise BelowLevel(answer["below"])
        if "fault" in answer:
            raise SandboxError(answer["fault"])
        return answer

    def close(self) -> None:
        """End the judge and all it started."""
        process, self.process = self.process, None
        if process is None:
            return
        assert process.stdin
        assert process.stdout
        with contextlib.suppress(OSError):
            process.stdin.close()  # the judge reads the end of its input, cleans up and goes
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _answer(grader: Grader, question: dict[str, Any]) -> dict[str, Any]:
    try:
        if question["lesson"] is None:
            layers, missing = grader.sandbox.isolation()
            return {"layers": layers, "missing": missing}
        lesson = grader.course.find(question["lesson"])
        verdict = grader.grade(lesson, Path(question["path"]), seed=question["seed"])
    except BelowLevel as error:
        return {"below": str(error)}
    except (SandboxError, OSError) as error:
        return {"fault": str(error)}
    return {"verdict": verdict.to_dict(), "log": verdict.log}


def main(root: str, require: Level, pace: str, own_checks: str | None = None) -> None:
    """Answer questions, one JSON line each, until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints by accident must not get between the answers
    course = Course(Path(root), Path(own_checks) if own_checks else None)
    with Grader(course, require=require) as grader:
        for line in sys.stdin:
            answers.write(json.dumps(_answer(grader, json.loads(line))) + "\n")
            answers.flush()
            if not gc.get_freeze_count():
                gc.freeze()  # what the first verdict made necessary stays; no look at it again
            grader.keep_spare(rehearsed=pace == EAGER)


if __name__ == "__main__":
    main(*sys.argv[1:])  # type: ignore[arg-type]
