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
from yielddb.verdict import Verdict


class Judge:
    """Same questions as a Grader, answered by a subprocess that stays warm.

    `eager`: somebody waits for each answer, so that it pays to make more ready between them.
    """

    def __init__(self, course: Course | None = None, *, eager: bool = True) -> None:
        self.course, self.eager = course or default_course(), eager
        self.process: subprocess.Popen[str] | None = None

    def _running(self) -> subprocess.Popen[str]:
        if self.process is None or self.process.poll() is not None:
            tmp = {"TMPDIR": os.environ["TMPDIR"]} if "TMPDIR" in os.environ else {}
            self.process = subprocess.Popen(
                [sys.executable, "-m", "yielddb.judge", str(self.course.root), str(self.eager)],
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

        Raises SandboxError when the judge's process ended without an answer.
        """
        process = self._running()
        assert process.stdin
        assert process.stdout
        question = {"lesson": lesson.stem, "path": str(path.absolute()), "seed": seed}
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
        return Verdict.from_dict(answer["verdict"] | {"submission": str(path)}, answer["log"])

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


def main(root: str, eager: bool) -> None:
    """Answer questions, one JSON line each, until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints by accident must not get between the answers
    with Grader(Course(Path(root))) as grader:
        for line in sys.stdin:
            question = json.loads(line)
            lesson = grader.course.find(question["lesson"])
            verdict = grader.grade(lesson, Path(question["path"]), seed=question["seed"])
            answer = {"verdict": verdict.to_dict(), "log": verdict.log}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
            if not gc.get_freeze_count():
                gc.freeze()  # what the first verdict made necessary stays; no look at it again
            grader.keep_spare(rehearsed=eager)


if __name__ == "__main__":
    main(sys.argv[1], eager=sys.argv[2] == str(True))
