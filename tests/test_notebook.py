"""The magics in a real kernel: save, check, hint, and one plain message for each mistake."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from yielddb.catalogue import Course

REGISTER = """
from pathlib import Path
from yielddb.catalogue import Course
from yielddb.notebook.magics import register
register(get_ipython(), Course(Path({root!r})))
register(get_ipython(), Course(Path({root!r})))
"""


@pytest.fixture
def run(toy: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Run cells in a kernel; the outputs of each."""
    monkeypatch.setenv("YIELDDB_WORK", str(tmp_path / "work"))

    def run(*cells: str) -> list[list[dict]]:
        sources = [REGISTER.format(root=str(toy.root)), *cells]
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
        NotebookClient(book, timeout=90, allow_errors=True).execute(cwd=str(tmp_path))
        return [cell.outputs for cell in book.cells[1:]]

    return run


def test_save_check_hint(run, toy: Course, tmp_path: Path) -> None:
    """A wrong app is saved, judged and hinted at; the right one passes, in HTML and in text."""
    right = (toy.find("hello").solution / "main.py").read_text("utf-8")
    wrong = right.replace('"greeting":', '"<b>":')
    saved, failed, hint, _, passed, over = run(
        f"%%app 1\n{wrong}", "%check", "%hint", f"%%app hello\n{right}", "%check", "%hint"
    )
    assert saved[0].text == "saved as work/01_hello/main.py; now run %check\n"
    text, html = failed[0].data["text/plain"], failed[0].data["text/html"]
    assert "✗ GET /hello greets\n  sent      curl 127.0.0.1:8000/hello" in text
    assert "Which key does the contract name?" in html
    assert "&lt;b&gt;" in html
    assert '"<b>' not in html
    assert hint[0].text == (
        "GET /hello greets (hint 2 of 3)\n  Which key does the contract name?\n  Look at hello.\n"
    )
    assert (
        passed[0].data["text/plain"].endswith("All checks passed: 3 of 3 points.\nOn to lesson 2.")
    )
    assert "has passed" in over[0].text
    # nbclient drops the line end of the last line
    assert (tmp_path / "work/01_hello/main.py").read_text("utf-8").strip() == right.strip()


def test_the_third_time_asks_and_a_seed_repeats(run, toy: Course) -> None:
    """Two failures in one kernel, the third in another: it asks; a seed is taken and shown."""
    wrong = (
        (toy.find("hello").solution / "main.py").read_text("utf-8").replace('"greeting":', '"a":')
    )
    first = run(f"%%app 1\n{wrong}", "%check --seed 7", "%check --seed x", "%check")
    assert "The same data again: --seed 7" in first[1][0].data["text/plain"]
    assert "whole number" in first[2][0].text
    belief = toy.misconceptions["greeting-is-optional"]["belief"]
    assert belief not in first[3][0].data["text/html"]
    (third,) = run("%check 1")
    assert f"Is it so? {belief}" in third[0].data["text/plain"]
    assert f"Is it so? {belief}" in third[0].data["text/html"]


def test_a_trace(run, toy: Course) -> None:
    """`%trace` records the app of the last cell: the player's element in HTML, words as text."""
    right = (toy.find("count").solution / "main.py").read_text("utf-8")
    early, _, own, mine, bad = run(
        "%trace", f"%%app 2\n{right}", "%trace", "%trace GET /notes/count", "%trace nonsense"
    )
    assert "run a %%app cell first" in early[0].text
    assert "COMMIT on connection 1" in own[0].data["text/plain"]
    assert "<yielddb-trace" in own[0].data["text/html"]
    assert '1: GET /notes/count -> 200 {"count":0}' in mine[0].data["text/plain"]
    assert "'nonsense' is not METHOD /path [JSON body]" in bad[0].text


def test_mistakes_are_one_message(run, tmp_path: Path) -> None:
    """Each mistake is told in one line, without a traceback, and nothing is saved."""
    outputs = run(
        "%check",
        "%hint",
        "%%app\nx = 1",
        "%%app helo\nx = 1",
        "%%app 1\ndef broken(\n",
        "%%app 1\n!pip list",
        "%check 9",
    )
    assert [(x[0].name, x[0].text.strip()) for x in outputs] == [
        ("stderr", f"UsageError: {says}")
        for says in (
            "run a %%app cell first, or name the lesson: %check 1",
            "run a %%app cell first, or name the lesson: %hint 1",
            "name the lesson: %%app 1",
            "no lesson 'helo'; lessons: 01_hello",
            "line 1: '(' was never closed; nothing was saved",
            "line 1: invalid syntax; nothing was saved",
            "no lesson '9'; lessons: 01_hello, 02_count",
        )
    ]
    assert all(len(x) == 1 for x in outputs)
    assert not (tmp_path / "work/01_hello").exists()


def test_kernel_leaves_no_judge(run, tmp_path: Path) -> None:
    """The judge's process ends with the kernel."""
    (outputs,) = run(
        "%check 1\nprint(get_ipython().magics_manager.registry['CourseMagics'].judge.process.pid)"
    )
    pid = int(outputs[-1].text)
    assert not Path(f"/proc/{pid}").exists() or "judge" not in Path(
        f"/proc/{pid}/cmdline"
    ).read_text("utf-8")
