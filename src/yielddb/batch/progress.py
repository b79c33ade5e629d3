"""A bar on the terminal while a class is graded: how many, how fast, how long still."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Progress:
    """Shows itself on stderr, and only where that is a terminal."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.count = 0
        self.began = time.monotonic()  # the wall clock may be set meanwhile
        self.bar: Bar | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            from rich import progress
            from rich.console import Console

            self.bar = progress.Progress(
                progress.TextColumn("grading"),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TextColumn("{task.fields[rate]}"),
                progress.TextColumn("left"),
                progress.TimeRemainingColumn(),
                console=Console(file=sys.stderr),
                transient=True,
            )
            self.task = self.bar.add_task("", total=self.total, rate="")
            self.bar.start()
        return self

    def step(self) -> None:
        """One more is done."""
        self.count += 1
        if self.bar is not None and self.task is not None:
            rate = self.count / max(time.monotonic() - self.began, 0.001)
            self.bar.update(self.task, advance=1, rate=f"{rate:.1f}/s")

    def stop(self) -> None:
        """Take the bar away before something else is printed."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def __exit__(self, *_: object) -> None:
        self.stop()
