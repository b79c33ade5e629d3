"""The words around `yielddb start`: the addresses and the next step."""

from __future__ import annotations

from yielddb.catalogue import Course, Lesson
from yielddb.terminal.screen import Terminal
from yielddb.terminal.start import Options, Running
from yielddb.terminal.start import start as serve
from yielddb.workspace.attempts import Learner
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.report import Line, command


def start(course: Course, name: str | None, options: Options) -> None:
    """Start JupyterLab and the site on the named lesson, or the one in hand."""
    learner = Learner(course)
    lesson = _lesson(learner, name)
    terminal = Terminal()

    def announce(running: Running, before: bool) -> None:
        if before:
            terminal.line(f"Running already, by process {running.pid}.")
        terminal.line(Line(running.jupyter, "bold", "JupyterLab  ", "dim"))
        if running.site:
            terminal.line(Line(running.site, "bold", "The site    ", "dim"))
        if lesson:
            terminal.line(_next_step(learner, lesson))
        if not before:
            terminal.line(Line("Ctrl-C stops both." if running.site else "Ctrl-C stops it.", "dim"))

    serve(learner.workspace, lesson, options, announce)


def _lesson(learner: Learner, name: str | None) -> Lesson | None:
    """Unlike a check, opening needs no lesson: all may have passed."""
    if name is not None:
        return learner.course.find(name)
    learner.progress.read()
    try:
        return learner.progress.in_hand(learner.course)
    except Complaint:
        return None


def _next_step(learner: Learner, lesson: Lesson) -> str:
    number = str(lesson.number)
    if lesson.notebook.is_file():
        where = f"Open notebooks/{lesson.notebook.name}"
    else:
        where = f"Write {learner.workspace.folder(lesson)}/main.py"
    return f"{where}, or in a second terminal type: {command('watch', number)}"
