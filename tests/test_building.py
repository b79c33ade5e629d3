"""Notebooks: built from texts, the same bytes each time, and stale when the text moves on."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from yielddb.catalogue import Course
from yielddb.judging.exchange import Trouble
from yielddb.lesson import building
from yielddb.lesson.transcript import Row, differs, recorded, rows, side_by_side
from yielddb.problems import Problems
from yielddb.tracing.script import Request, Script, script
from yielddb.tracing.trace import Trace


def recorder(files: Mapping[Path, str], script: Script) -> Trace:
    """A recorder that starts no app: a session per request, lost without a commit."""
    kept = any("db.commit()" in text for text in files.values())
    sql = "INSERT INTO notes VALUES ('a|b', `c`)"
    events: list[dict[str, Any]] = []
    for number, request in enumerate(script.requests, 1):
        of = {"lane": 0, "request": number}
        events += [
            {"kind": "request", **of, "method": request.method, "path": request.path},
            {"kind": "checkout", **of, "connection": number, "checked_out": 1},
            {"kind": "begin", **of, "connection": number, "transaction": True},
            {"kind": "sql", **of, "statement": sql, "parameters": "", "connection": number},
            {"kind": "commit" if kept else "rollback", **of, "connection": number}
            | {"transaction": False},
            {"kind": "line", **of},
            {"kind": "response", **of, "status": 201, "checked_out": 0},
        ]
    sent = [{"number": n + 1, "status": 201, "answer": "{}"} for n in range(len(script.requests))]
    return Trace({"events": events, "requests": sent})


def cells(course: Course, number: str) -> list[dict[str, object]]:
    return json.loads(building.notebook(course.find(number), recorder))["cells"]


def readable(course: Course, number: str) -> str:
    """The cells of a notebook as one text."""
    parts = []
    for cell in cells(course, number):
        parts.append(f"=== {cell['cell_type']} {cell['id']}\n" + "".join(cell["source"]))
    return "\n".join(parts) + "\n"


@pytest.mark.parametrize("number", ["1", "2"])
def test_the_notebook_of_a_lesson(
    toy: Course, golden: Callable[[str, str], None], number: str
) -> None:
    """Blocks are readable text, answers are folded, the starter is a cell to write into."""
    golden(f"notebook_{number}.md", readable(toy, number))


def test_a_notebook_says_that_it_is_built(toy: Course) -> None:
    """The metadata names the text and the command; nothing has run, nothing leaks."""
    built = building.notebook(toy.find("2"), recorder)
    book = json.loads(built)
    assert book["metadata"]["yielddb"] == {
        "built_by": "yielddb dev build",
        "from": "lessons/02_count.md",
    }
    assert "{code-cell}" not in built
    assert ":name:" not in built
    ids = [cell["id"] for cell in book["cells"]]
    assert len(ids) == len(set(ids))
    for cell in book["cells"]:
        assert cell["cell_type"] == "markdown" or (cell["outputs"], cell["execution_count"]) == (
            [],
            None,
        )
        assert cell["source"]


def test_ids_stay_when_another_section_grows(toy: Course) -> None:
    """A new paragraph changes the ids of its own section only."""
    before = [cell["id"] for cell in cells(toy, "2")]
    path = toy.find("2").text
    grown = path.read_text("utf-8").replace("## Watch\n", "## Watch\n\n```text\nmore\n```\n")
    path.write_text(grown.replace("## Run\n", "## Run\n\n```{code-cell} python\n1\n```\n"), "utf-8")
    after = [cell["id"] for cell in cells(toy, "2")]
    assert [i for i in after if "run-" not in i] == [i for i in before if "run-" not in i]


def test_builds_what_differs_and_names_what_is_stale(
    toy: Course, golden: Callable[[str, str], None]
) -> None:
    """A second build writes nothing; a changed text, a lost and a stray notebook are named."""

    def stale() -> str:
        found = building.stale(toy, recorder)
        return "".join(f"{problem}\n" for problem in found).replace(f"{toy.root}/", "")

    missing = stale()
    first, second = (lesson.notebook for lesson in toy.lessons)
    assert building.build_all(toy, recorder) == [first, second]
    assert building.build_all(toy, recorder) == []
    assert stale() == ""
    first.write_text("{}", "utf-8")
    (toy.notebooks_dir / "03_gone.ipynb").write_text("{}", "utf-8")
    golden("stale.txt", missing + stale())
    assert building.build_all(toy, recorder) == [first]


def test_a_broken_text_stops_its_own_notebook_only(
    toy: Course, golden: Callable[[str, str], None]
) -> None:
    """The other notebooks are built; every reason is given."""
    path = toy.find("1").text
    source = path.read_text("utf-8")
    heard = []
    for old, new in (
        ("ask: What does status", "question: What does status"),
        ("cell: greeting", "cell: farewell"),
        ("requests:\n  - GET /hello", "requests:\n  - GET /crash"),
    ):
        assert old in source
        path.write_text(source.replace(old, new, 1), "utf-8")
        with pytest.raises(Problems) as caught:
            building.build_all(toy, crashing)
        assert caught.value.problems == building.stale(toy, crashing)
        heard.append(f"{caught.value}\n".replace(f"{toy.root}/", ""))
    assert [path.name for path in toy.notebooks_dir.glob("*")] == ["02_count.ipynb"]
    (toy.find("1").solution / "main.py").rename(toy.find("1").solution / "town.py")
    path.write_text(source, "utf-8")
    with pytest.raises(Problems) as caught:
        building.notebook(toy.find("1"), recorder)
    heard.append(f"{caught.value}\n".replace(f"{toy.root}/", ""))
    golden("unbuildable.txt", "".join(heard))


class Crash(Trouble):
    def __init__(self) -> None:
        Exception.__init__(self, "the app died")


def crashing(files: Mapping[Path, str], script: Script) -> Trace:
    if Request("GET", "/crash") in script.requests:
        raise Crash
    return recorder(files, script)


def test_a_recording_is_remembered(toy: Course) -> None:
    """One recording serves all builds; other files, other requests or a start-up are another."""
    calls = []

    def counting(files: Mapping[Path, str], script: Script) -> Trace:
        calls.append(script)
        return recorder(files, script)

    files, sent = {Path("main.py"): ""}, script(["GET /now"])
    first = recorded(files, sent, counting, toy.root)
    assert recorded(files, sent, counting, toy.root) == first
    assert recorded({Path("main.py"): "1"}, sent, counting, toy.root) == first
    assert recorded(files, script(["GET /now"], startup=True), counting, toy.root) == first
    assert len(calls) == 3


def test_the_steps_of_a_recording() -> None:
    """What is no step of database or HTTP is left out; pool and transaction stand beside each."""
    trace = recorder({}, script(["GET /now"]))
    assert [(row.kind, row.detail, row.checked_out, row.in_transaction) for row in rows(trace)] == [
        ("request", "GET /now", None, False),
        ("checkout", "connection 1", 1, False),
        ("begin", "connection 1", 1, True),
        ("sql", "INSERT INTO notes VALUES ('a|b', `c`)", 1, True),
        ("rollback", "connection 1", 1, False),
        ("response", "201 {}", 0, False),
    ]


def test_two_runs_side_by_side() -> None:
    """The same step stands beside itself; what one run lacks is a gap."""
    ask, commit, answer = (Row(k, 1, "", 0, False) for k in ("request", "commit", "response"))
    error = Row("response", 1, "500", 1, False)
    assert side_by_side([ask, answer], [ask, commit, answer]) == (
        (ask, ask),
        (None, commit),
        (answer, answer),
    )
    pairs = side_by_side([ask, error], [ask, answer])
    assert [differs(pair) for pair in pairs] == [False, True]


def test_another_connection_is_no_difference() -> None:
    """Side by side, the same step with another number of a connection or session is the same."""
    one, two = (Row("checkout", 1, f"connection {n}", n, False) for n in (1, 2))
    assert not differs((one, two))
    assert side_by_side([one], [two]) == ((one, two),)
