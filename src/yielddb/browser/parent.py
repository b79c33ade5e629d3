"""Makes boxes in this interpreter: what a page has in place of the sandbox."""

from __future__ import annotations

import gc
import itertools
import os
import tempfile
from pathlib import Path

from yielddb.browser.box import InlineBox
from yielddb.browser.clock import watch_loops
from yielddb.browser.lacking import Wanted
from yielddb.browser.loop import run_workers_inline
from yielddb.sandbox.limits import Limits
from yielddb.sandbox.probe import Probe
from yielddb.sandbox.removing import remove


class Litter:
    """Leaves garbage where it is while any box is open.

    A session that is dropped, not closed, must stay out until the judge looked. An app that is
    restarted has two boxes for a moment, and the older one is closed first.
    """

    def __init__(self) -> None:
        self.open = 0
        self.was_enabled = False

    def keep(self) -> None:
        """One more box."""
        if not self.open:
            self.was_enabled = gc.isenabled()
            gc.disable()
        self.open += 1

    def release(self) -> None:
        """One box less."""
        self.open -= 1
        if not self.open and self.was_enabled:
            gc.enable()


class InlineSandbox:
    """Makes boxes in this interpreter, one alive at a time; close it when done."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.root = Path(tempfile.mkdtemp(prefix="yielddb-"))
        self.numbers = itertools.count(1)
        self.probe = Probe()
        self.probe.install()
        self.wanted = Wanted()
        self.litter = Litter()
        self.undo = [run_workers_inline(), watch_loops(str(self.root) + os.sep)]

    @property
    def has_lookers(self) -> bool:
        """There are no other processes."""
        return False

    def box(self) -> InlineBox:
        """A fresh box without an app."""
        folder = self.root / str(next(self.numbers))
        (folder / "app").mkdir(parents=True)
        return InlineBox(self, folder)

    def put_away(self, box: InlineBox | None, *folders: Path) -> None:
        """End an app, and remove its files and `folders`."""
        if box:
            box.close()
        for folder in folders:
            remove(folder)

    def keep_spare(self) -> None:
        """There is nothing to make ahead of time."""

    def close(self) -> None:
        """Remove every file."""
        for undo in self.undo:
            undo()
        remove(self.root)

    def __enter__(self) -> InlineSandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
