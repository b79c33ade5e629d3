"""`yielddb export`: each format against a golden, and what a spreadsheet must not run."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import yielddb
from yielddb.batch.exporting import NAMES, export
from yielddb.batch.gradebooks import defused
from yielddb.batch.records import Student
from yielddb.batch.store import Store
from yielddb.catalogue import Course
from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.complaint import Complaint

Golden = Callable[[str, str], None]
CHECKS = [
    CheckResult("hello.starts", "the app starts", "passed", points=0),
    CheckResult("hello.greets", "GET /hello greets", "failed", 2, "curl 127.0.0.1:8000/hello",
                '200 {"=cmd": "\x00"}', "an object, with the key greeting", "Which key?",
                "greeting-is-optional"),
    CheckResult("hello.town", "it greets the town", "skipped"),
    CheckResult("hello.secret", "a secret", "failed", 1, contract="a secret contract",
                visibility="hidden"),
]  # fmt: skip


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two students with verdicts, one that could not be judged, one that handed in nothing."""
    store = Store.open(tmp_path / "results.db")
    failed = Verdict("hello", "anna/hello.py", "failed", 0, 4, 0.25, [], {}, CHECKS)
    good = [CHECKS[0], CheckResult("count.keeps", "a note stays", "passed", 3)]
    passed = Verdict("count", "=1+1/count.py", "passed", 3, 3, 0.5, [], {}, good)
    unread = CheckResult("hello.starts", "the app can be judged", "error", 0)
    broken = Verdict("hello", "bob.zip", "error", 0, 0, 0.0, [], {}, [unread])
    for student, verdict in (("s1", failed), ("=1+1", passed), ("bob", broken)):
        store.add(student, "k", verdict)
    store.enroll([Student("s1", 'Anna "A," Ж 🌂', "anna@uni.example"),
                  Student("s9", "Zoe Ann Moss", "-zoe@uni.example")])  # fmt: skip
    store.connection.execute("update verdict set graded = '2026-11-21T12:00:00+00:00'")
    store.close()
    for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL"):
        monkeypatch.setenv(name, name.lower())
    for name in ("RELEASE_URL", "REVIEW_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("name", ["canvas", "moodle", "csv", "junit"])
def test_one_file(name: str, results: Path, golden: Golden) -> None:
    """The class in one file, as the golden has it."""
    (path,) = export(results, name, None)
    golden(f"batch/{path.name}", path.read_text("utf-8"))
    if name == "junit":
        assert len(ET.parse(path).getroot()) == 3
        return
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8"))))
    assert len({len(row) for row in rows}) == 1
    assert not any(c.startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows for c in row)


@pytest.mark.parametrize("name", ["gradescope", "classroom50"])
def test_a_file_each(name: str, results: Path, golden: Golden) -> None:
    """A folder for each lesson and student; one file alone where there is one submission."""
    paths = export(results, name, None)
    assert len(paths) == 3
    (anna,) = [path for path in paths if path.parent.name == "s1"]
    golden(f"batch/{name}.json", anna.read_text("utf-8"))
    assert all(json.loads(path.read_text("utf-8"))["tests"] for path in paths)
    with pytest.raises(Complaint, match="3 submissions need a folder"):
        export(results, name, results / "results.json")


def test_what_learners_get_has_no_hidden_check(results: Path) -> None:
    """Neither Classroom 50's file nor Moodle's feedback names one; Gradescope's marks it."""
    for name in ("classroom50", "moodle"):
        assert all("secret" not in p.read_text("utf-8") for p in export(results, name, None))
    for path in export(results, "gradescope", None):
        record = json.loads(path.read_text("utf-8"))
        shown = [test for test in record["tests"] if test["visibility"] == "visible"]
        assert "secret" not in json.dumps([shown, record["output"]])


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_a_formula_is_defused(cell: str) -> None:
    """What a spreadsheet would run becomes text."""
    assert defused(cell) == f"'{cell}"
    assert defused(f"a{cell}") == f"a{cell}"


def test_the_command(toy: Course, results: Path) -> None:
    """It prints what it wrote; an unknown name, or nothing to read, is one message and exit 2."""
    done = yielddb(toy, results, "export", "results.db", "--to", "csv", "--out", "x/mine.csv")
    assert (done.returncode, done.stdout) == (0, "x/mine.csv\n")
    wrong = yielddb(toy, results, "export", ".", "--to", "excel")
    assert wrong.returncode == 2
    assert wrong.stderr == f"yielddb: --to excel: not a format; formats: {', '.join(NAMES)}\n"
    missing = yielddb(toy, results, "export", "nowhere", "--to", "csv")
    assert missing.returncode == 2
    assert "there are no results; make them: yielddb grade DIR" in missing.stderr
