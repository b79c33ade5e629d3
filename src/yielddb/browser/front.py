"""What a page may ask, and the answers: JSON in, JSON out, one question at a time."""

from __future__ import annotations

import json
import platform
import shutil
import tempfile
from collections.abc import Callable
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from yielddb.browser.grading import PageCourse, PageGrader
from yielddb.browser.lacking import NEEDS
from yielddb.browser.living import Living
from yielddb.catalogue import CatalogueError, Lesson
from yielddb.judging.exchange import Trouble
from yielddb.judging.reading import MAX_BYTES, MAX_FILES, SubmissionError
from yielddb.judging.submission import Submission, find
from yielddb.starter import solution_files, starter_files, without_marks
from yielddb.tracing.recording import record
from yielddb.tracing.script import RequestError, script
from yielddb.verdict import CheckResult

Values = dict[str, Any]
Tell = Callable[[str], None]
PACKAGES = ("fastapi", "starlette", "pydantic", "sqlalchemy", "httpx")
FILES = "files"
ORIGIN = "the page"  # what a verdict calls the submission


class Refused(ValueError):
    """A question that can't be answered: `kind` is whose fault it is, `fix` what to do."""

    def __init__(self, says: str, fix: str, kind: str = "runtime") -> None:
        super().__init__(says)
        self.fix, self.kind = fix, kind


class Front:
    """Answers one page; the course lies in a folder."""

    def __init__(self, root: Path) -> None:
        self.course = PageCourse(root)
        self.grader = PageGrader(self.course)
        self.living: Living | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="yielddb-page-"))

    def answer(self, question: str, tell: Tell) -> str:
        """The answer to one question; `tell` gets events meanwhile.

        `{"event": "done", "value": ...}`, or `{"event": "failed", "kind", "says", "fix"}`.
        """
        try:
            asked = json.loads(question)
            value = self._value(asked, lambda event: tell(_text(event)))
            return _text({"event": "done", "value": value})
        except Refused as no:
            return _failed(no.kind, str(no), no.fix)
        except CatalogueError as error:
            return _failed("runtime", str(error), "reload the page")
        except SubmissionError as error:
            return _failed("app", self._short(str(error)), error.fix)
        except Trouble as trouble:
            return _failed("app", *self._not_started(trouble))

    def close(self) -> None:
        """End the app, remove every file."""
        self._end()
        self.grader.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _value(self, asked: Values, tell: Callable[[Values], None]) -> Values:
        match asked.get("do"):
            case "boot":
                packages = {name: metadata.version(name) for name in PACKAGES}
                return {"python": platform.python_version(), "packages": packages}
            case "check":
                return self._check(asked, tell)
            case "openapi":
                return self._lived(asked).openapi()
            case "request":
                return self._lived(asked).request(
                    str(asked["method"]),
                    str(asked["path"]),
                    asked.get("headers"),
                    asked.get("body"),
                )
            case "trace":
                return self._traced(asked)
            case "starter":
                texts = starter_files(self._lesson(asked).solution)
                return {"files": {path.as_posix(): text for path, text in texts.items()}}
            case "solution":
                texts = solution_files(self._lesson(asked).solution)
                return {"files": {p.as_posix(): without_marks(text) for p, text in texts.items()}}
        raise Refused(f"a page can't ask for {asked.get('do')!r}", "reload the page")

    def _lesson(self, asked: Values) -> Lesson:
        return self.course.find(str(asked["lesson"]))

    def _check(self, asked: Values, tell: Callable[[Values], None]) -> Values:
        self._end()

        def told(result: CheckResult) -> None:
            record = {name: getattr(result, name) for name in CheckResult.__dataclass_fields__}
            tell({"event": "check", "result": record})

        lesson, folder = self._lesson(asked), self._written(asked)
        verdict = self.grader.grade(lesson, folder, seed=asked.get("seed"), on_check=told)
        answer = verdict.to_dict() | {"submission": ORIGIN}
        for check in answer["checks"]:
            check["came_back"] = check["came_back"] and self._short(check["came_back"])
        return {"verdict": answer, "log": verdict.log}

    def _lived(self, asked: Values) -> Living:
        """The app that answered before, or another one where the files are others."""
        key = (str(asked["lesson"]), _text(asked["files"]))
        if self.living is None or self.living.key != key:
            self._end()
            self.grader.page.wanted.reasons.clear()
            lesson = self._lesson(asked)
            submission = self._submission(lesson, asked)
            self.living = Living(key, self.grader.page, submission)
        return self.living

    def _traced(self, asked: Values) -> Values:
        """A recording of the requests, on a fresh app."""
        self._end()
        self.grader.page.wanted.reasons.clear()
        lesson = self._lesson(asked)
        submission = self._submission(lesson, asked)
        try:
            sent = script([str(line) for line in asked["requests"]])
        except RequestError as error:
            raise Refused(str(error), "write it as: GET /health", "app") from None
        sandbox: Any = self.grader.page
        return record(submission, sent, sandbox, lesson=lesson.slug).data

    def _submission(self, lesson: Lesson, asked: Values) -> Submission:
        submission = find(self._written(asked), (lesson.slug, lesson.stem, str(lesson.number)))
        wanted = self.grader.page.wanted
        wanted.of(submission.files)
        if wanted.reasons:
            raise Refused(f"this app {NEEDS}: {wanted.reasons[0]}", "run `yielddb check`", "app")
        return submission

    def _not_started(self, trouble: Trouble) -> tuple[str, str]:
        wanted = self.grader.page.wanted
        if wanted.reasons:
            return f"this app {NEEDS}: {wanted.reasons[0]}", "run `yielddb check`"
        result = CheckResult(
            "", "", "failed", came_back=trouble.diagnosis.text, hint=trouble.diagnosis.hint
        )
        fix = wanted.judged(result).hint
        return trouble.diagnosis.text, fix or "look at that line, then try once more"

    def _short(self, text: str) -> str:
        """Without the folder that nobody knows of."""
        return text.replace(f"{self.folder / FILES}/", "").replace(str(self.folder / FILES), ORIGIN)

    def _end(self) -> None:
        if self.living:
            self.living.close()
            self.living = None

    def _written(self, asked: Values) -> Path:
        """The learner's files in a folder.

        Raises Refused for names that lead elsewhere, and for too much.
        """
        files = asked.get("files")
        if not isinstance(files, dict) or len(files) > MAX_FILES:
            raise Refused("the app's files are missing", "reload the page")
        if sum(len(text) for text in files.values()) > MAX_BYTES:
            raise Refused(f"an app of more than {MAX_BYTES >> 20} MiB", "leave data out", "app")
        folder = self.folder / FILES
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in files.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
                raise Refused(f"{name!r} is no name of a file", "name it main.py", "app")
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8", "surrogatepass", "")
        return folder


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _failed(kind: str, says: str, fix: str) -> str:
    return _text({"event": "failed", "kind": kind, "says": says, "fix": fix})
