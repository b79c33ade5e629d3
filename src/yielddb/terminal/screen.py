"""Shows a verdict in a terminal: coloured on a screen, plain in a pipe, JSON on request."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, TextIO

from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.report import (
    Advice,
    Line,
    check_lines,
    closing_lines,
    marks_for,
    tidy,
    visible,
    whole_commands,
)

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {"pass": "green", "fail": "red", "dim": "dim", "bold": "bold", "": ""}
LOG_LINES = 200  # the end of an app's log is where the reason stands


class Terminal:
    """Prints lines to a stream; rich is imported only for a screen."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = sys.stdout if stream is None else stream
        self.marks = marks_for(self.stream.encoding)
        self._console: Console | None = None
        if self.stream.isatty():
            from rich.console import Console

            self._console = Console(file=self.stream, highlight=False, emoji=False, markup=False)

    def line(self, line: Line | str) -> None:
        """Print one line; a command that is too long stays whole, so that it can be pasted."""
        line = Line(line) if isinstance(line, str) else line
        if self._console is None:
            print(line, file=self.stream, flush=True)
            return
        from rich.text import Text

        text = Text.assemble(
            (line.label, STYLES[line.label_style]), (line.text, STYLES[line.style])
        )
        self._console.print(text, soft_wrap=True)

    def code(self, source: str) -> None:
        """Print Python source, highlighted on a screen."""
        if self._console is None:
            print(source, end="" if source.endswith("\n") else "\n", file=self.stream)
            return
        from rich.syntax import Syntax

        self._console.print(
            Syntax(source, "python", theme="ansi_dark", background_color="default", word_wrap=True)
        )

    def clear(self) -> None:
        """An empty screen; nothing in a pipe."""
        if self._console is not None:
            self._console.clear()


class Report:
    """Prints a verdict while it is being made: each check at once, the rest at the end."""

    def __init__(self, terminal: Terminal, advice: Advice, log: bool = False) -> None:
        self.terminal = terminal
        self.advice = advice
        self.log = log
        self._told: set[str] = set()

    def check(self, result: CheckResult) -> None:
        """Print one result; skipped and hidden ones are left to the end."""
        if result.visibility == "hidden" or result.status == "skipped":
            return
        self._told.add(result.id)
        broken = result.status in ("failed", "error")
        hint = self.advice(result) if broken else None
        for line in check_lines(result, hint, self.terminal.marks):
            self.terminal.line(line)

    def end(self, verdict: Verdict, then: list[str]) -> None:
        """Print what is left: counts, points, the log on request and the command to type next."""
        for result in visible(verdict.checks):
            if result.id not in self._told:
                self.check(result)
        for line in closing_lines(verdict, self.terminal.marks):
            self.terminal.line(line)
        if self.log:
            for whole in whole_commands(visible(verdict.checks)):
                self.terminal.line(Line("sent in full:", "dim"))
                self.terminal.line(f"  {whole}")
            self._log(verdict.log)
        for text in then:
            self.terminal.line(text)

    def _log(self, log: str) -> None:
        lines = log.splitlines()
        if not lines:
            self.terminal.line(Line("the app printed nothing", "dim"))
            return
        self.terminal.line(Line("the app printed:", "dim"))
        if (cut := len(lines) - LOG_LINES) > 0:
            self.terminal.line(Line(f"  ... {cut} lines before", "dim"))
        for line in lines[-LOG_LINES:]:
            # indentation is kept: it is what makes a traceback readable
            indent = line[: len(line) - len(line.lstrip(" "))]
            self.terminal.line(f"  {indent}{tidy(line)}")


def print_json(record: object, *, on_one_line: bool = False) -> None:
    """Print a record for programs; on one line where one follows another."""
    indent = None if on_one_line else 2
    print(json.dumps(record, indent=indent, ensure_ascii=False), flush=True)
