"""The magics of a notebook: `%%app` saves an app, `%check`, `%trace` and `%hint` are about it."""

from __future__ import annotations

import atexit
import contextlib
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

from yielddb.catalogue import CatalogueError, Lesson, default_course
from yielddb.grade import fresh_seed
from yielddb.judge import Judge
from yielddb.notebook.recording import Recording
from yielddb.notebook.result import Result
from yielddb.sandbox.events import SandboxError
from yielddb.workspace.attempts import App, Learner
from yielddb.workspace.complaint import Complaint, explain
from yielddb.workspace.hints import POINTS_AT, next_hint
from yielddb.workspace.recording import record_app
from yielddb.workspace.storage import write_atomically

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from yielddb.catalogue import Course


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """Inside the block, what a learner can repair is one message and no traceback."""
    try:
        yield
    except (Complaint, CatalogueError, SandboxError) as error:
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(explain(error)) from None


@magics_class
class CourseMagics(Magics):
    """Remembers which lesson the last `%%app` was for; the judge is a process of its own."""

    def __init__(self, shell: InteractiveShell, course: Course) -> None:
        super().__init__(shell)
        self.learner = Learner(course)
        self.judge = Judge(course)
        self.last: Lesson | None = None
        atexit.register(self.close)

    def close(self) -> None:
        """End the judge."""
        atexit.unregister(self.close)
        self.judge.close()

    @cell_magic
    def app(self, line: str, cell: str) -> None:
        """Save the cell as the app of a lesson: `%%app 5` or `%%app get_db`."""
        with plainly():
            if not line.strip():
                raise Complaint("name the lesson: %%app 1")
            lesson = self.learner.course.find(line)
            if fault := _syntax(cell):
                raise Complaint(f"{fault}; nothing was saved")
            folder = self.learner.workspace.prepare(lesson)
            write_atomically(folder / "main.py", cell)
        self.last = lesson
        name = f"{self.learner.workspace.root.name}/{lesson.stem}/main.py"
        print(f"saved as {name}; now run %check")

    @line_magic
    def check(self, line: str) -> None:
        """Judge the app of the last `%%app`, or of the lesson named: `%check 5`.

        `--seed 7` repeats the data of an earlier run.
        """
        with plainly():
            line, seed = _seed(line)
            lesson = self._lesson(line, "%check")
            app = self.learner.app(lesson.stem, None)
            verdict = self.judge.grade(lesson, app.path, seed=seed)
            advice = {
                result.id: self.learner.advice(app, result)
                for result in verdict.checks
                if result.status in ("failed", "error")
            }
            display(Result(verdict, advice, self._then(app, verdict.status)))  # type: ignore[no-untyped-call]
            self.learner.record(app, verdict)

    @line_magic
    def trace(self, line: str) -> None:
        """Record the app of the last `%%app` cell: `%trace POST /items/ {"name": "Umbrella"}`."""
        with plainly():
            app = self.learner.app(self._lesson("", "%app").stem, None)
            display(Recording(record_app(app, [line] if line.strip() else [])))  # type: ignore[no-untyped-call]

    @line_magic
    def hint(self, line: str) -> None:
        """Show the next step of the hint for the failure seen last."""
        with plainly():
            found = next_hint(self._lesson(line, "%hint"), self.learner.progress)
        if found.title:
            step = f" (hint {found.step} of {found.of})" if found.of else ""
            place = [f"{POINTS_AT}{found.at}"] if found.at else []
            print("\n  ".join([f"{found.title}{step}", *found.earlier, found.says, *place]))
        else:
            print(found.says.replace("yielddb check", "%check"))

    def _lesson(self, line: str, magic: str) -> Lesson:
        if line.strip():
            return self.learner.course.find(line)
        if self.last is None:
            raise Complaint(f"run a %%app cell first, or name the lesson: {magic} 1")
        return self.last

    def _then(self, app: App, status: str) -> str:
        if status == "passed":
            later = [x for x in self.learner.course.lessons if x.number > app.lesson.number]
            return f"On to lesson {later[0].number}." if later else "That was the last lesson."
        return "Stuck? Run %hint. Change the %%app cell, run it, then run %check again."


def _seed(line: str) -> tuple[str, int]:
    """The line without its seed, and that seed; a fresh one where it has none."""
    lesson, option, number = line.partition("--seed")
    if option and not number.strip(" =").isdecimal():
        raise Complaint("--seed is a whole number: %check --seed 7")
    return lesson, int(number.strip(" =")) if option else fresh_seed()


def _syntax(source: str) -> str | None:
    """What keeps the source from compiling, with its line; None when it compiles."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # stderr would tell of an invalid escape
            compile(source, "main.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError) as error:
        return str(error) or type(error).__name__
    return None


def register(shell: InteractiveShell, course: Course | None = None) -> None:
    """Add the magics to a shell; once more is harmless."""
    before: Any = shell.magics_manager.registry.get(CourseMagics.__name__)
    if isinstance(before, CourseMagics):
        before.close()
    shell.register_magics(CourseMagics(shell, course or default_course()))
