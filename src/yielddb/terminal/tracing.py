"""`yielddb trace`: records a run and shows it as a table, as JSON or in an HTML file."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from yielddb.catalogue import Course
from yielddb.terminal.screen import Terminal
from yielddb.tracing.trace import Trace, TraceError, load
from yielddb.tracing.transcript import Step, sent, steps
from yielddb.workspace.attempts import Learner
from yielddb.workspace.complaint import Complaint
from yielddb.workspace.recording import record_app
from yielddb.workspace.report import WIDTH, Line, clip, columns, tidy, wrap
from yielddb.workspace.storage import write_atomically

NUMBER, LANE, POOL = 4, 9, 6  # columns
ROWS = 3  # of one step; a longer statement is in the HTML and the JSON
QUIET = {"line", "resume", "suspend", "call", "return"}
STYLES = {"exception": "fail", "cut": "bold", "request": "bold", "response": "bold"}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asked for."""

    requests: Sequence[str] = ()
    parallel: int = 1
    startup: bool = False
    html: Path | None = None
    as_json: bool = False


def trace(course: Course, name: str | None, path: Path | None, wishes: Wishes) -> int:
    """Record and show; gives the exit code: 1 where the recording ends early."""
    if wishes.html:
        _refuse_place(wishes.html)
    if "DATABASE_URL" in os.environ:
        says = "DATABASE_URL of your shell is ignored: a recording has a fresh database"
        print(f"note: {says}", file=sys.stderr)
    app = Learner(course).app(name, path)
    recorded = record_app(app, wishes.requests, parallel=wishes.parallel, startup=wishes.startup)
    return show(recorded, wishes)


def show_file(path: Path, wishes: Wishes) -> int:
    """Show a trace that was written before."""
    try:
        recorded = load(path)
    except TraceError as error:
        raise Complaint(str(error)) from None
    return show(recorded, wishes)


def show(recorded: Trace, wishes: Wishes) -> int:
    """Print the trace, or write what was asked for."""
    if wishes.html:
        from yielddb.tracing.page import page

        write_atomically(wishes.html, page(recorded))
    if wishes.as_json:
        print(recorded.json())
    elif wishes.html:
        print(f"{len(recorded.events)} steps are in {wishes.html}; open it in a browser.")
    else:
        _table(recorded, Terminal())
    if recorded.error:
        print(f"yielddb: the recording ends early: {recorded.error}", file=sys.stderr)
        return 1
    return 0


def _refuse_place(path: Path) -> None:
    """Say it before a minute of work, not after."""
    if path.is_dir():
        raise Complaint(f"{path} is a folder; name a file in it: {path / 'trace.html'}")
    if not path.parent.is_dir():
        raise Complaint(f"{path}: there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise Complaint(f"{path}: you may not write there; name another file")


def _table(recorded: Trace, terminal: Terminal) -> None:
    for request in recorded.requests:
        terminal.line(Line(clip(tidy(sent(request)), WIDTH), "bold"))
    several = len(recorded.data["lanes"]) > 1
    single = len(recorded.data["files"]) == 1
    width = max((len(_place(step, single)) for step in steps(recorded)), default=0)
    width = min(max(width, 4), 20)
    head = f"{'step':>{NUMBER}} {'lane':<{LANE}}" if several else f"{'step':>{NUMBER}} "
    room = WIDTH - len(head) - width - POOL - 4
    names = f"{head}{'line':<{width}}  {'what happened':<{room}}  out"
    terminal.line(Line(names, "dim"))
    for step in steps(recorded):
        lane = f" {step.lane:<{LANE}}" if several else " "
        place = clip(_place(step, single), width)
        margin = f"{step.number:>{NUMBER}}{lane}{place}"
        margin += " " * (len(head) + width - columns(margin))
        for line in _rows(step, margin, room):
            terminal.line(line)


def _place(step: Step, single: bool) -> str:
    return step.place.rpartition(":")[2] if single else step.place


def _rows(step: Step, margin: str, room: int) -> Iterator[Line]:
    """What the code has changed, then the step, with the pool and the transaction behind it."""
    empty = " " * columns(margin)
    for change in step.changes:
        yield Line(clip(tidy(change), room), "dim", f"{empty}    ")
    first, *rest = wrap(tidy(step.text), room, ROWS) or [""]
    pool = "" if step.checked_out is None else str(step.checked_out)
    pool += " open" if step.is_open else ""
    style = STYLES.get(step.kind, "" if step.kind in QUIET else "pass")
    yield Line(
        f"{first}{' ' * (room - columns(first))}  {pool}".rstrip(), style, f"{margin}  ", "dim"
    )
    for row in rest:
        yield Line(row, style, f"{empty}  ")
