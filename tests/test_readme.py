"""The README: its picture is of a real run, its commands are the ones there are."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from yielddb.catalogue import default_course
from yielddb.grade import Grader
from yielddb.terminal.screen import Report, Terminal
from yielddb.workspace.report import marks_for

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
# rich's template fetches a font from elsewhere; ours takes what is there
TEMPLATE = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)


def picture(tmp_path: Path) -> str:
    """`yielddb check` on a solution that flushes where it should commit, as an SVG."""
    course = default_course()
    lesson = course.lessons[5]
    source = (lesson.solution / "main.py").read_text("utf-8")
    create = source.index("db.add(item)")
    broken = source[:create] + source[create:].replace("db.commit()", "db.flush()", 1)
    (tmp_path / "main.py").write_text(broken, "utf-8")
    console = Console(
        file=io.StringIO(), record=True, width=80, force_terminal=True, color_system="standard",
        highlight=False, emoji=False, markup=False,
    )  # fmt: skip
    terminal = Terminal(io.StringIO())
    terminal._console = console
    terminal.marks = marks_for("utf-8")
    report = Report(terminal, lambda result: result.hint)
    terminal.line(f"$ yielddb check {lesson.number}")
    with Grader(course) as grader:
        verdict = grader.grade(lesson, tmp_path, on_check=report.check)
    report.end(verdict, [f"Change the app, then type: yielddb check {lesson.number}"])
    return console.export_svg(title="yielddb", code_format=TEMPLATE, unique_id="check")


def test_the_picture_is_of_a_real_run(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Recorded again, the picture is the one that is shown; `pytest --regold` writes it anew."""
    path = ROOT / "web" / "check.svg"
    drawn = picture(tmp_path)
    assert "https://" not in re.sub(r"https?://(www\.w3\.org|www\.textualize\.io)", "", drawn)
    if request.config.getoption("--regold"):
        path.write_text(drawn, "utf-8")
    assert drawn == path.read_text("utf-8")
    assert "web/check.svg" in README


def commands(language: str) -> list[str]:
    """The lines of the README's fences of one language, in order."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines()]


def test_two_commands_do_it_all() -> None:
    """After the clone, the first fence has exactly `make learn` and `make test`."""
    first = README[: README.index("```", README.index("```console") + 3)]
    typed = [line.removeprefix("$ ") for line in first.splitlines() if line.startswith("$ ")]
    assert [line.split("#")[0].strip() for line in typed] == ["make learn", "make test"]


@pytest.mark.skipif(shutil.which("make") is None, reason="Windows has no make; it uses uv")
@pytest.mark.parametrize("target", ["learn", "test", "check", "site", "wheel", "bench", "help"])
def test_make_knows_the_target(target: str) -> None:
    """`make -n` finds each target and all it depends on."""
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_commands_for_windows_name_files_that_are_there() -> None:
    """uv is told to read requirement files; they exist."""
    typed = " ".join(commands("powershell"))
    names = re.findall(r"requirements/\S+\.txt", typed)
    assert names
    assert all((ROOT / name).is_file() for name in names)


def test_every_command_of_the_readme_exists() -> None:
    """Each `yielddb ...` in a fence is a command of the help."""
    from typer.main import get_command

    from yielddb.cli import app

    known = set(get_command(app).commands)  # type: ignore[attr-defined]
    typed = " ".join(commands("console") + commands("powershell"))
    named = set(re.findall(r"\byielddb ([a-z]+)", typed))
    assert named
    assert named <= known
