"""`yielddb grade --for`: one command inside Gradescope's and Classroom 50's own layouts."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.class_room import HELLO, WRONG, notebook, put
from tests.command import yielddb
from yielddb.catalogue import Course

HIDDEN = '''
from yielddb.checking import hidden


def test_greets(client):
    """GET /hello greets"""
    assert client.get("/hello").status_code == 200, "200"


@hidden
def test_secret(client):
    """a secret umbrella"""
    assert client.get("/hello").json()["greeting"] == "Umbrella", "a secret contract"
'''
METADATA = {
    "id": 123456,
    "created_at": "2026-11-21T12:00:00.000000-07:00",
    "assignment": {"id": 25828, "title": "Hello", "total_points": "3.0"},
    "submission_method": "upload",
    "users": [{"email": "anna@uni.example", "id": 1234, "name": "Anna Ж"}],
    "previous_submissions": [],
}
RUNNER = {
    "CLASSROOM": "fall", "ASSIGNMENT": "hello-app", "SUBMISSION_TAG": "submit/2026-11-21-abc",
    "COMMIT_URL": "https://git.example/c/1", "RELEASE_URL": "https://git.example/r/1",
    "REVIEW_URL": "", "GITHUB_ACTOR": "anna",
}  # fmt: skip

FORMS: dict[str, tuple[dict[str, str | bytes], str]] = {
    "main.py": ({"main.py": HELLO}, "passed"),
    "folder": ({"project/main.py": WRONG, "readme.md": "mine"}, "failed"),
    "notebook": ({"mine.ipynb": notebook(f"%%app\n{HELLO}")}, "passed"),
    "broken": ({"main.py": "app = (\n"}, "failed"),
    "nothing": ({"readme.md": "later"}, "failed"),
}


def autograder(tmp_path: Path, files: dict[str, str | bytes]) -> Path:
    """Gradescope's root, as its container has it."""
    root = put(tmp_path / "autograder", {"submission_metadata.json": json.dumps(METADATA)})
    (root / "results").mkdir()
    put(root / "submission", files)
    return root


@pytest.mark.parametrize(
    "form",
    [pytest.param(name, marks=() if name == "folder" else pytest.mark.slow) for name in FORMS],
)
def test_gradescope(form: str, toy: Course, tmp_path: Path) -> None:
    """Whatever was handed in, `results/results.json` is there, and the exit code is 0."""
    files, status = FORMS[form]
    root = autograder(tmp_path, files)
    done = yielddb(
        toy, tmp_path, "grade", str(root / "submission"), "--lesson", "1", "--for", "gradescope"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{root}/results/results.json\n"
    found = json.loads((root / "results/results.json").read_text("utf-8"))
    assert found["extra_data"]["student"] == "anna@uni.example"
    assert {test["status"] for test in found["tests"]} >= {status}
    assert (found["score"] == 3) == (status == "passed")
    assert {one.name for one in root.iterdir()} == {
        "submission", "results", "submission_metadata.json",
    }  # fmt: skip
    if form == "nothing":
        assert "hand in main.py" in found["output"]


def test_classroom50(toy: Course, tmp_path: Path) -> None:
    """`./result.json` has the runner's variables, integers, and no hidden check; exit 0."""
    repository = put(tmp_path / "repo", {"main.py": HELLO, "README.md": "x"})
    own = put(tmp_path / "own", {"01_hello.py": HIDDEN})
    done = yielddb(
        toy, repository, "grade", ".", "--lesson", "1", "--for", "classroom50",
        "--checks", str(own), **RUNNER,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "result.json\n"), done.stderr
    text = (repository / "result.json").read_text("utf-8")
    assert "secret" not in text
    found: dict[str, Any] = json.loads(text)
    assert found["schema"] == "classroom50/result/v1"
    assert (found["classroom"], found["assignment"]) == ("fall", "hello-app")
    assert found["submission"] == "submit/2026-11-21-abc"
    assert found["review"] == found["commit"] == "https://git.example/c/1"
    assert found["release"] == "https://git.example/r/1"
    assert found["owner"] == "anna"
    assert found["datetime"].endswith("Z")
    assert (found["score"], found["max-score"]) == (1, 2)
    assert sum(test["score"] for test in found["tests"]) == found["score"]
    assert all(set(t) == {"test-name", "passed", "score", "max-score"} for t in found["tests"])
    assert sorted(one.name for one in repository.iterdir()) == [
        "README.md", "main.py", "result.json",
    ]  # fmt: skip


def run(toy: Course, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return yielddb(toy, root.parent, "grade", str(root / "submission"), *words)


@pytest.mark.slow
def test_what_is_not_the_learners_fault(toy: Course, tmp_path: Path) -> None:
    """One message, exit 2 and no result: the instructor is told, the learner loses nothing."""
    root = autograder(tmp_path, {"main.py": HELLO})
    own = put(tmp_path / "own", {"01_hello.py": HIDDEN.replace(".json()", ".jsom()")})
    gradescope = ("--for", "gradescope")
    cases = {
        "--for blackboard: not known; one of: gradescope, classroom50": ("--for", "blackboard"),
        "--for gradescope judges one lesson: add --lesson": gradescope,
        "no lesson '9'": (*gradescope, "--lesson", "9"),
        "without --roster and --dask": (*gradescope, "--lesson", "1", "--dask", "127.0.0.1:1"),
        "the check itself broke": (*gradescope, "--lesson", "1", "--checks", str(own)),
    }
    for says, words in cases.items():
        done = run(toy, root, *words)
        assert (done.returncode, done.stdout) == (2, ""), says
        assert says in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert list((root / "results").iterdir()) == []
    (root / "submission_metadata.json").write_text('{"users": []}')
    done = run(toy, root, *gradescope, "--lesson", "1")
    assert done.returncode == 2
    assert "submission_metadata.json: names no student" in done.stderr
    gone = yielddb(toy, tmp_path, "grade", "nowhere", *gradescope, "--lesson", "1")
    assert "nowhere: no folder; name the one with the submissions in it" in gone.stderr


@pytest.mark.slow
def test_a_rehearsal(toy: Course, tmp_path: Path) -> None:
    """Without metadata the folder names the student; --out names the file."""
    room = put(tmp_path / "anna", {"main.py": HELLO})
    done = yielddb(
        toy, tmp_path, "grade", str(room), "--lesson", "1", "--for", "gradescope",
        "--out", "mine.json",
    )  # fmt: skip
    assert done.stdout == "mine.json\n", done.stderr
    assert json.loads((tmp_path / "mine.json").read_text())["extra_data"]["student"] == "anna"
