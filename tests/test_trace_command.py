"""`yielddb trace`: a table, a page, JSON; and one message for each thing that can't be done."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from apps_to_trace import PLAIN
from command import solve, yielddb
from traced import validator

from yielddb.catalogue import Course
from yielddb.workspace.report import columns

POST = 'POST /notes {"text": "Жёлтый зонт"}'


@pytest.fixture
def app(toy: Course, tmp_path: Path) -> Path:
    """The learner's folder of lesson 2, solved."""
    return solve(toy, tmp_path / "work", "count").parent


def test_the_table(
    toy: Course, tmp_path: Path, app: Path, golden: Callable[[str, str], None]
) -> None:
    """Without a request the lesson's own is sent; 80 columns are enough, without colours."""
    done = yielddb(toy, tmp_path, "trace", "2")
    assert (done.returncode, done.stderr) == (0, "")
    assert max(columns(line) for line in done.stdout.splitlines()) <= 80
    assert "\x1b" not in done.stdout
    golden("trace_table.txt", done.stdout)


def test_json_again_as_a_table_and_a_page(toy: Course, tmp_path: Path, app: Path) -> None:
    """What `--json` prints fits the schema, and `--show` shows it like a new recording."""
    done = yielddb(toy, tmp_path, "trace", "2", "--json", "--request", POST, "--parallel", "2")
    data = json.loads(done.stdout)
    validator("trace").validate(data)
    assert [request["status"] for request in data["requests"]] == [201, 201]
    assert (data["lesson"], data["title"]) == ("count", "2 Count")
    (tmp_path / "kept.json").write_text(done.stdout, "utf-8")
    shown = yielddb(toy, tmp_path, "trace", "--show", "kept.json")
    assert "COMMIT on connection" in shown.stdout
    made = yielddb(toy, tmp_path, "trace", "--show", "kept.json", "--html", "kept.html")
    assert made.stdout == f"{len(data['events'])} steps are in kept.html; open it in a browser.\n"
    assert "<yielddb-trace" in (tmp_path / "kept.html").read_text("utf-8")
    (tmp_path / "kept.json").write_text(done.stdout[: len(done.stdout) // 2], "utf-8")
    cut = yielddb(toy, tmp_path, "trace", "--show", "kept.json")
    assert cut.returncode == 2
    assert cut.stderr == (
        "yielddb: kept.json is no trace: its JSON is damaged or cut short; "
        "record it again with yielddb trace --json\n"
    )


@pytest.mark.parametrize(
    ("source", "words", "says"),
    [
        ("1 / 0\n", ["2"], "import main: main.py line 1 (1 / 0): ZeroDivisionError"),
        ("x = (\n", ["2"], "import main: main.py line 1: '(' was never closed"),
        (None, ["2", "--request", "get /"], "is not METHOD /path [JSON body]; for example: POST"),
        (None, ["2", "--request", "POST /x {"], "the body is not JSON"),
        (None, ["2", "--request", "GET /", "--parallel", "200"], "a recording holds 1 to 100"),
        (None, ["9"], "9"),
        (None, ["2", "nowhere"], "nowhere is not there"),
        (None, ["2", "empty"], "the folder is empty"),
        (None, ["2", "--html", "empty"], "empty is a folder; name a file in it"),
        (None, ["2", "--html", "none/x.html"], "there is no folder none; make it first"),
        (None, ["--show", "none.json"], "none.json: it is not there"),
    ],
)  # fmt: skip
def test_what_can_not_be_done(
    toy: Course, tmp_path: Path, app: Path, source: str | None, words: list[str], says: str
) -> None:
    """One message that names the next step, exit code 2, and nothing is written."""
    (tmp_path / "empty").mkdir()
    if source:
        (app / "main.py").write_text(source, "utf-8")
    done = yielddb(toy, tmp_path, "trace", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("yielddb: ")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_recording_that_ends_early(toy: Course, tmp_path: Path, app: Path) -> None:
    """What was seen is shown, why it ends is said, and the exit code is 1."""
    (app / "main.py").write_text(PLAIN, "utf-8")
    words = ("--request", "GET /hello/", "--request", "GET /forever")
    done = yielddb(toy, tmp_path, "trace", "2", *words)
    assert done.returncode == 1
    assert "while True:" in done.stdout
    assert "more times" in done.stdout
    assert done.stderr.startswith("yielddb: the recording ends early: nothing within 5 s")


def test_the_shell_s_own_database(toy: Course, tmp_path: Path, app: Path) -> None:
    """DATABASE_URL of the shell is left alone, and that is said."""
    done = yielddb(toy, tmp_path, "trace", "2", DATABASE_URL="sqlite:///mine.db")
    assert done.returncode == 0
    assert done.stderr == (
        "note: DATABASE_URL of your shell is ignored: a recording has a fresh database\n"
    )
    assert not (tmp_path / "mine.db").exists()
