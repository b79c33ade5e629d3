"""One attempt of a learner: which app, what is remembered of it, what to type next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from yielddb.catalogue import Course, Lesson
from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.folder import Workspace
from yielddb.workspace.hints import advice
from yielddb.workspace.progress import Entry, Progress
from yielddb.workspace.report import command


@dataclass(frozen=True, slots=True)
class App:
    """The app to grade; one outside the learner's folder leaves no mark in the progress."""

    lesson: Lesson
    path: Path
    counts: bool

    @property
    def arguments(self) -> list[str]:
        """What to type to mean this app again."""
        return [str(self.lesson.number), *([] if self.counts else [str(self.path)])]


class Learner:
    """The course, the learner's folder and progress together."""

    def __init__(self, course: Course, workspace: Workspace | None = None) -> None:
        self.course = course
        self.workspace = workspace or Workspace(course)
        self.progress = Progress.of(self.workspace)

    def lesson(self, name: str | None) -> Lesson:
        """The named lesson, else the one in hand."""
        return self.progress.in_hand(self.course) if name is None else self.course.find(name)

    def app(self, name: str | None, path: Path | None) -> App:
        """The app that a command is about; the starter is put there where nothing is yet.

        Raises CatalogueError for an unknown lesson, Complaint for a path that is not there.
        """
        self.progress.read()  # what a newer yielddb wrote is refused before any work is done
        lesson = self.lesson(name)
        if path is None:
            return App(lesson, self.workspace.prepare(lesson), True)
        if not path.exists():
            raise Complaint(f"{path} is not there; without a path it is {self.workspace.root}/...")
        home = self.workspace.folder(lesson).resolve()
        return App(lesson, path, path.resolve() in (home, home / "main.py", home / "app.py"))

    def advice(self, app: App, result: CheckResult) -> str | None:
        """The hint line of a failure, before it is recorded."""
        entry = self.progress.entry(app.lesson) if app.counts else Entry()
        return advice(app.lesson, result, entry.repeats_with(result))

    def record(self, app: App, verdict: Verdict) -> None:
        """Remember the attempt."""
        if app.counts:
            self.progress.record(app.lesson, verdict)

    def then(self, app: App, verdict: Verdict) -> list[str]:
        """The last lines of a verdict: what to type next."""
        again = command("check", *app.arguments)
        if verdict.status == "error":
            return [f"Repair that, then type: {again}"]
        if verdict.status == "failed":
            stuck = f"Stuck? Type: {command('hint', str(app.lesson.number))}"
            return [*([stuck] if app.counts else []), f"Change the app, then type: {again}"]
        later = [x for x in self.course.lessons if x.number > app.lesson.number]
        entries = self.progress.read()
        waiting = [x for x in later if not entries.get(x.slug, Entry()).passed]
        if not waiting:
            return [f"Nothing is left after this lesson. Type: {command('progress')}"]
        number = str(waiting[0].number)
        return [f"On to lesson {number}. Type: {command('start', number)}"]
