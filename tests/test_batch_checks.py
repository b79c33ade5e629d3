"""`yielddb grade --checks`: an instructor's own checks, good and broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.class_room import COUNT, HELLO, grade, put, record, statuses
from tests.command import yielddb
from yielddb.batch import own_checks
from yielddb.batch.own_checks import with_own_checks
from yielddb.catalogue import Course
from yielddb.workspace.complaint import Complaint

FRENCH = '''
def test_greets_in_french(client):
    """GET /hello greets in French"""
    assert client.get("/hello").json()["greeting"] == "Bonjour", "Bonjour"
'''
RAISES = '''
from yielddb.checking import after, points


@points(2)
def test_answers(client):
    """GET /hello answers"""
    assert client.get("/hello").status_code == 200, "200"


def test_breaks(client):
    """a check with a slip"""
    client.get("/hello")
    raise KeyError("umbrella")
'''


def test_an_own_check_replaces_the_courses(toy: Course, tmp_path: Path) -> None:
    """The lesson of that name is judged by it, the others as ever."""
    own = put(tmp_path / "own", {"01_hello.py": FRENCH, "readme.txt": "no check"})
    course = with_own_checks(toy, own)
    assert course.find("hello").check == own / "01_hello.py"
    assert course.find("count").check == toy.checks_dir / "02_count.py"
    assert course.root == toy.root


BROKEN = {
    "syntax": ({"01_hello.py": "def test_a(:\n"}, r"01_hello\.py:1: SyntaxError: invalid syntax"),
    "raises": (
        {"01_hello.py": "import os\n\nos.nothing\n"},
        r"01_hello\.py:3: AttributeError: module 'os' has no attribute 'nothing'",
    ),
    "missing module": (
        {"01_hello.py": "import umbrellas\n"},
        r"01_hello\.py:1: ModuleNotFoundError: No module named 'umbrellas'",
    ),
    "exits": ({"01_hello.py": "raise SystemExit(3)\n"}, r"01_hello\.py:1: SystemExit: 3"),
    "ends Python": (
        {"01_hello.py": "import os\nos._exit(0)\n"},
        r"01_hello\.py: it ends Python when it is imported",
    ),
    "no test": ({"01_hello.py": "x = 1\n"}, r"01_hello\.py: no function test_\.\.\. in it"),
    "unknown lesson": (
        {"07_umbrella.py": FRENCH},
        r"07_umbrella\.py: no lesson has this name\n  fix: lessons: 01_hello, 02_count",
    ),
    "not UTF-8": (
        {"01_hello.py": b"\ndef test_\xff(): ...\n"},
        r"01_hello\.py(:\d+)?: SyntaxError: .*utf-8",
    ),
    "none": ({"readme.txt": ""}, r"no checks in it; name them like 01_hello\.py"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_folder(case: str, toy: Course, tmp_path: Path) -> None:
    """Each file that can't be used is named, with its line."""
    files, says = BROKEN[case]
    own = put(tmp_path / "own", files)
    with pytest.raises(Complaint, match=says):
        with_own_checks(toy, own)


def test_all_problems_at_once(toy: Course, tmp_path: Path) -> None:
    """One run names every file; nothing is judged, nothing is written, exit 2."""
    own = put(tmp_path / "own", {"01_hello.py": "(\n", "02_count.py": "print(1)\n1 / 0\n"})
    room = put(tmp_path / "class", {"a/hello.py": HELLO})
    done = grade(toy, room, "--checks", str(own))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "yielddb: --checks: nothing was judged\n"
        f"{own}/01_hello.py:1: SyntaxError: '(' was never closed\n"
        "  fix: mend it and run the same command again\n"
        f"{own}/02_count.py:2: ZeroDivisionError: division by zero\n"
        "  fix: mend it and run the same command again\n"
    )
    assert not (tmp_path / "class-results").exists()


def test_an_import_that_never_ends(
    toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that hangs is named; the one before it is not to blame."""
    monkeypatch.setattr(own_checks, "IMPORT_S", 3.0)
    own = put(tmp_path / "own", {"01_hello.py": FRENCH, "02_count.py": "while True: pass\n"})
    with pytest.raises(Complaint, match=r"02_count\.py: its import takes longer than 3 s") as told:
        with_own_checks(toy, own)
    assert "01_hello" not in str(told.value)


def test_no_folder(toy: Course, tmp_path: Path) -> None:
    """A file, or nothing, is no folder of checks."""
    with pytest.raises(Complaint, match=r"no folder; name the one with your NN_slug\.py files"):
        with_own_checks(toy, tmp_path / "nowhere")


@pytest.mark.slow
def test_a_check_that_breaks_costs_nobody(toy: Course, tmp_path: Path) -> None:
    """It is told as a fault of the check, with its line, and no grade leaves the house."""
    own = put(tmp_path / "own", {"01_hello.py": RAISES})
    room = put(tmp_path / "class", {
        "a/hello.py": HELLO, "a/count.py": COUNT, "b/hello.py": HELLO,
    })  # fmt: skip
    done = grade(toy, room, "--checks", str(own))
    assert done.returncode == 2
    says = "the check itself broke: KeyError: 'umbrella' (01_hello.py line 14)"
    told = f"hello.breaks, 2 apps: {says}; no grade is exported until it is mended"
    assert f"! {told}\n" in done.stdout
    assert "1 passed, 0 failed, 2 could not be graded; 3 judged now" in done.stdout
    assert "fail:" not in done.stdout  # it is no hurdle of the class
    results = tmp_path / "class-results"
    page = (results / "report.html").read_text("utf-8")
    assert "a check broke" in page
    assert "hello.breaks, 2 apps" in page
    csv = yielddb(toy, tmp_path, "export", str(results), "--to", "csv")
    assert (csv.returncode, csv.stderr) == (0, f"note: {told}\n")
    rows = (results / "grades.csv").read_text("utf-8").splitlines()
    assert [row.split(",")[:7] for row in rows[1:]] == [
        ["a", "", "", "count", "passed", "3", "3"],
        ["a", "", "", "hello", "failed", "", "3"],
        ["b", "", "", "hello", "failed", "", "3"],
    ]
    each = yielddb(toy, tmp_path, "export", str(results), "--to", "gradescope", "--json")
    assert '"to": "gradescope"' in each.stdout
    assert each.stdout.count("results.json") == 1
    put(own, {"01_hello.py": RAISES.replace('    raise KeyError("umbrella")\n', "")})
    again = record(toy, room, "--checks", str(own))
    assert (again["graded"], again["unchanged"], again["faults"]) == (2, 1, [])
    assert set(statuses(again).values()) == {"passed"}
    without = record(toy, room)
    assert (without["graded"], without["unchanged"]) == (2, 1)  # another check, another key
