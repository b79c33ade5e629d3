"""Fixtures that all tests share: the toy course, one warm grader, golden texts."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chromium import browser  # noqa: F401 - a fixture
from site_room import Published, published
from traced import recorded, tracing_sandbox  # noqa: F401 - fixtures

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.sandbox.removing import remove

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--regold", action="store_true", help="write the golden texts anew instead of comparing"
    )
    parser.addoption("--soak", type=int, default=200, help="submissions in the soak")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After the drill: each attack at each level, and what stopped it."""
    for report in terminalreporter.getreports("passed"):
        for name, says in report.user_properties:
            if name == "drill" and report.when == "call":
                attack = report.nodeid.partition("[")[2].rstrip("]")
                terminalreporter.write_line(f"{attack:<34}{' '.join(str(says).split())}"[:110])


@pytest.fixture
def toy(tmp_path: Path) -> Course:
    """A course of two tiny lessons in a folder of its own."""
    root = tmp_path / "toy"
    shutil.copytree(HERE / "toy", root)
    return Course(root)


@pytest.fixture(scope="session")
def grader() -> Iterator[Grader]:
    """One warm parent for all tests of a session, on the toy course."""
    with Grader(Course(HERE / "toy")) as one:
        yield one


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with `tests/goldens/NAME`; `pytest --regold` records it anew."""

    def compare(name: str, text: str) -> None:
        path = HERE / "goldens" / name
        if request.config.getoption("--regold"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.exists(), f"no golden {name}: pytest --regold records it"
        assert text == path.read_text("utf-8"), f"{name} differs: pytest --regold records it anew"

    return compare


@pytest.fixture(scope="session")
def toy_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The toy course's site in all languages, built once and served below a sub-path."""
    with published(tmp_path_factory.mktemp("site")) as one:
        yield one


@pytest.fixture
def apart() -> Iterator[Path]:
    """A folder for what pytest can't remove; who gave up rights in the test has them back after it.

    It lies outside pytest's own: a folder too deep there, left by a run that was killed, would fail
    the runs after it.
    """
    folder = Path(tempfile.mkdtemp(prefix="yielddb-test-"))
    folder.chmod(0o755)
    is_root = os.geteuid() == 0
    try:
        yield folder
    finally:
        if is_root:
            os.seteuid(0)
        assert remove(folder)
