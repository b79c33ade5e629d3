"""A check file, collected once by pytest and run for many apps."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.config import _prepareconfig  # as pytest-xdist does: there is no public door

from yielddb.judging.judgement import Judgement
from yielddb.judging.plugin import JudgePlugin
from yielddb.judging.remembering import Memory
from yielddb.sandbox.events import SandboxError

MAX_OPEN = 8  # check files kept collected; a class hands in one or two lessons at a time
# Left out: what prints, what keeps a cache beside the checks, what hooks threads and logging.
UNUSED = (
    "cacheprovider terminal faulthandler logging doctest junitxml pastebin debugging stepwise "
    "unraisableexception threadexception legacypath setuponly setupplan nose"
)
OPTIONS = [
    "--assert=plain",
    "--capture=no",
    "--noconftest",
    "--import-mode=importlib",
    "-o",
    "python_files=*.py",
    *(word for name in UNUSED.split() for word in ("-p", f"no:{name}")),
]
OTHERS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")  # are for somebody's own tests


class CheckFile:
    """The pytest session of one check file.

    Raises SandboxError where the file can't be collected: that is the course's fault.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.version = path, _version(path)
        self.plugin = JudgePlugin()
        self.config = _configured(path, self.plugin)
        try:
            self.session = pytest.Session.from_config(self.config)
            self.config._do_configure()
            self.config.hook.pytest_sessionstart(session=self.session)
            self.config.hook.pytest_collection(session=self.session)
            if self.plugin.collect_errors:
                raise SandboxError(f"{path}: {self.plugin.collect_errors[0]}")
        except BaseException:
            self.close()
            raise
        finally:
            self.module = sys.modules.pop(path.stem, None)  # another course may have one like it
        self.memory = Memory(self.module) if self.module else None

    def run(self, judgement: Judgement) -> None:
        """Run every check of the file on one app."""
        self.plugin.now = judgement
        items = self.session.items
        with self._known():
            for item, following in zip(items, [*items[1:], None], strict=True):
                self.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        self.plugin.now = None

    @contextmanager
    def _known(self) -> Iterator[None]:
        """Under its name while it runs: a check may ask where it comes from."""
        if self.module:
            sys.modules[self.path.stem] = self.module
        try:
            yield
        finally:
            sys.modules.pop(self.path.stem, None)

    @property
    def is_fresh(self) -> bool:
        """May it judge one more app as if that were its first?"""
        memory = self.memory
        same_file = self.version == _version(self.path)
        return bool(memory and not memory.unknown and not memory.changed() and same_file)

    def close(self) -> None:
        """End the session."""
        session = getattr(self, "session", None)
        if session and self.config._configured:
            self.config.hook.pytest_sessionfinish(session=session, exitstatus=0)
        self.config._ensure_unconfigure()


class CheckFiles:
    """The check files in use, each kept until it changes or remembers something."""

    def __init__(self) -> None:
        self.kept: dict[Path, CheckFile] = {}

    def run(self, path: Path, judgement: Judgement) -> None:
        """Run the checks of a file on one app."""
        file = self.kept.pop(path, None)
        if file and not file.is_fresh:
            file.close()
            file = None
        file = file or CheckFile(path)
        try:
            file.run(judgement)
        except pytest.exit.Exception as told:
            file.close()
            raise SandboxError(f"{path}: a check ended the session: {told}") from None
        except BaseException:  # Ctrl-C: its state is unknown
            file.close()
            raise
        self.kept[path] = file
        while len(self.kept) > MAX_OPEN:
            self.kept.pop(next(iter(self.kept))).close()

    def close(self) -> None:
        """End all sessions."""
        while self.kept:
            self.kept.popitem()[1].close()


def _version(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _configured(path: Path, plugin: JudgePlugin) -> pytest.Config:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # what else is installed is not ours
        for name in OTHERS:
            patch.delenv(name, raising=False)
        options = [*OPTIONS, f"--rootdir={path.parent}", "-c", os.devnull, str(path)]
        return _prepareconfig(options, [plugin])
