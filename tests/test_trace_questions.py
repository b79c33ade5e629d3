"""What is sent, what a run answers when it is asked, and how a trace reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from apps_to_trace import SHOP
from traced import Recording, validator

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.lesson.answers import AnswerError
from yielddb.lesson.blocks import Predict, parse
from yielddb.lesson.predicting import prediction
from yielddb.lesson.text import load
from yielddb.tracing.page import page, piece, player
from yielddb.tracing.questions import Question, QuestionError, answer
from yielddb.tracing.script import Request, RequestError, parse_request, script
from yielddb.tracing.trace import Trace, TraceError, cut_text
from yielddb.tracing.trace import parse as parse_trace
from yielddb.tracing.transcript import WORDS, transcript, words

POST = 'POST /items/ {"name": "Жёлтый зонт"}'
HEAD_OF_BLOCK = """\
id: a-question
ask: Which?
why: It is so.
options:
  - text: SELECT 1
    why: No.
    misconception: flush-is-commit
"""
EMPTY = b'{"schema": "yielddb/trace/1", "files": [], "lanes": [], "requests": [], "events": [%b]}'
COMMIT, ADD = "db.commit()", "db.add(item)"


@pytest.fixture
def run(recorded: Recording) -> Trace:
    """A POST and a GET of one shop."""
    return recorded(SHOP, POST, "GET /items/7")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (Question("status"), "201"),
        (Question("status", request=2), "404"),
        (Question("sql", at=COMMIT), "INSERT INTO items (name) VALUES (?)"),
        (Question("sql", at=ADD), "no SQL"),
        (Question("statements"), "2"),
        (Question("statements", request=2), "1"),
        (Question("state", of="item", at=ADD), "transient"),
        (Question("state", of="item", after=ADD), "pending"),
        (Question("state", of="item", after=COMMIT), "persistent, expired"),
        (Question("value", of="item", at=ADD), "Item(name='Жёлтый зонт')"),
        (Question("checked_out", at=COMMIT), "0"),
        (Question("checked_out", after="item.id", function="create"), "1"),
        (Question("transaction", at=COMMIT), "none"),
        (Question("transaction", after='return {"id"'), "open"),
    ],
)
def test_a_run_answers(run: Trace, question: Question, expected: str) -> None:
    """Code is named by its text; `at` is before the line runs, `after` when it has run."""
    assert question.fault is None
    assert answer(run, question) == expected


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (Question("status", request=3), "the run has no request 3; it has 2"),
        (
            Question("sql", at="db.flush()"),
            "no line with `db.flush()` ran; functions that ran: create, get_db",
        ),
        (
            Question("sql", at="db"),
            "`db` stands in 4 lines that ran; name more of its text, or its function with `in`",
        ),
        (
            Question("state", of="thing", at=ADD),
            "there is no variable `thing` at that moment; variables there: body, db, item",
        ),
        (Question("state", of="body", at=ADD), "`body` is no mapped object; ask for its `value`"),
    ],
)
def test_a_question_without_an_answer(run: Trace, question: Question, says: str) -> None:
    """The message says what is there instead."""
    with pytest.raises(QuestionError) as raised:
        answer(run, question)
    assert str(raised.value) == says


@pytest.mark.parametrize(
    ("question", "fault"),
    [
        (Question(), "`shows: None` is not known"),
        (Question("state", of="item", at="a", after="b"), "`at` and `after` are two places"),
        (Question("checked_out"), "`shows: checked_out` needs `at` or `after`, a text of the line"),
        (Question("value", at="a"), "`shows: value` needs `of`, the name of a variable"),
    ],
)
def test_half_a_question(question: Question, fault: str) -> None:
    """What a question lacks is said where it is written."""
    assert question.fault == fault


def block(body: str) -> tuple[Predict, list[str]]:
    head = HEAD_OF_BLOCK
    found, problems = parse("predict", head + body, Path("x.md"), 1, {"flush-is-commit"})
    return found, [problem.says for problem in problems]  # type: ignore[return-value]


def test_a_prediction_asks_a_recorded_run(toy: Course) -> None:
    """The right option comes out of the run of the block that is named, a broken app's as well."""
    text = load(toy.find("count"))
    asked, _ = block("trace: one-note\nshows: sql\nat: db.commit()\n")
    options = {option.text: option.right for option in prediction(text, asked)}
    assert options == {"SELECT 1": False, "INSERT INTO notes (text) VALUES (?)": True}
    broken = next(b.id for b in text.blocks if b.kind == "debug")
    asked, _ = block(f"trace: {broken}\nshows: statements\n")
    assert any(option.right for option in prediction(text, asked))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("trace: nothing\nshows: sql\n", "no recorded run is called `nothing`"),
        ("trace: one-note\nshows: sql\nat: db.rollback()\n", "no line with `db.rollback()` ran"),
    ],
)
def test_a_prediction_that_has_no_answer(toy: Course, body: str, says: str) -> None:
    """A run or a line that is gone fails the build."""
    asked, faults = block(body)
    assert faults == []
    with pytest.raises(AnswerError) as raised:
        prediction(load(toy.find("count")), asked)
    assert raised.value.says == says


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("trace: run\nshows: colour\n", ["`shows: colour` is not known"]),
        (
            "trace: run\nshows: state\nat: x\n",
            ["`shows: state` needs `of`, the name of a variable"],
        ),
        ("trace: run\nshows: sql\nrequest: 0\n", ["`request` is no number from 1 on: 0"]),
        ("trace: run\nshows: sql\ncell: x\n", ["unknown key `cell`"]),
    ],
)
def test_a_prediction_that_is_written_wrong(body: str, says: list[str]) -> None:
    """Each fault is a problem of the text."""
    assert block(body)[1] == says


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("GET /", Request("GET", "/")),
        ("  DELETE   /items/1  ", Request("DELETE", "/items/1")),
        ('POST /items/ {"name": "зонт"}', Request("POST", "/items/", {"name": "зонт"})),
        ("PUT /x []", Request("PUT", "/x", [])),
        ("POST /x null", Request("POST", "/x")),
    ],
)
def test_request_lines(line: str, expected: Request) -> None:
    """A request line is a method, a path and, if need be, JSON."""
    assert parse_request(line) == expected


@pytest.mark.parametrize("line", ["", "GET", "get /", "GET items", "/items GET", "GET2 /", "GET/"])
def test_bad_request_lines(line: str) -> None:
    """A line of another shape is shown with the shape it should have."""
    with pytest.raises(RequestError) as raised:
        parse_request(line)
    assert str(raised.value) == f"{line!r} is not METHOD /path [JSON body]"


def test_bad_scripts() -> None:
    """A body that is no JSON, no request at all, and too many."""
    with pytest.raises(RequestError, match="the body is not JSON: Expecting property name"):
        script(["POST /notes {text: 1}"])
    with pytest.raises(RequestError, match="there is no request"):
        script([])
    with pytest.raises(RequestError, match="200 requests; a recording holds 1 to 100"):
        script(["GET /"], parallel=200)


def test_a_trace_in_words(run: Trace, golden: Callable[[str, str], None]) -> None:
    """Site, notebook and terminal show the same words."""
    golden("transcript.txt", "\n".join(transcript(run)) + "\n")


def test_every_kind_has_words() -> None:
    """What the schema names is told in words; what nobody knows is called unknown."""
    rules = validator("trace").schema["$defs"]["event"]["allOf"]
    named = {rule["if"]["properties"]["kind"]["const"] for rule in rules}
    assert named <= set(WORDS)
    assert set(WORDS) - named == {"finished", "startup", "shutdown"} | {"dispose"}
    empty = Trace({"files": [], "lanes": [], "requests": [], "events": []})
    assert words(empty, {"kind": "teleport"}) == "unknown event: teleport"
    assert cut_text({"what": "colour", "count": 2}) == "2 more of colour"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"schema": "yielddb/trace/1", "fil', "its JSON is damaged or cut short"),
        (b"\xff\xfe", "its JSON is damaged or cut short"),
        (b"[1]", "is no yielddb/trace/1 (schema: None)"),
        (b'{"schema": "yielddb/verdict/1"}', "is no yielddb/trace/1 (schema: yielddb/verdict/1)"),
        (b'{"schema": "yielddb/trace/1"}', "it has no files"),
        (EMPTY % b"{}", "event 1 has no kind"),
        (EMPTY % b'{"kind": "line", "file": 0}', "event 1 names file 0, which is not there"),
    ],
)  # fmt: skip
def test_a_damaged_trace(content: bytes, says: str) -> None:
    """A file cut in half, or something else, is one message with the next step."""
    with pytest.raises(TraceError) as raised:
        parse_trace(content, "x.json")
    assert says in str(raised.value)
    assert str(raised.value).endswith("record it again with yielddb trace --json")


def test_a_page_in_one_file(
    recorded: Recording, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The JSON can't end its template, the player can't end its script, nothing is asked for."""
    trace = recorded(SHOP, 'POST /items/ {"name": "</template><script>alert(1)</script>"}')
    script_file = tmp_path / "player.js"
    script_file.write_text("let x = '</script>'", "utf-8")
    monkeypatch.setattr("yielddb.tracing.page.PLAYER", script_file)
    html = page(trace)
    assert "<script>alert" not in html
    assert r"let x = '<\/script>'" in html
    assert html.count("</template>") == 1
    assert "<h1>POST /items/" in html
    assert "COMMIT on connection 1" in html
    assert not {"http://", "https://", "src=", "href="} & {
        w for w in ("src=", "href=") if w in html
    }
    assert "<details>" in piece(trace)
    monkeypatch.setattr("yielddb.tracing.page.PLAYER", tmp_path / "none.js")
    assert str(player()) == ""
    assert "<script>" not in piece(trace)


def test_verdicts_fit_their_schema(toy: Course, grader: Grader, tmp_path: Path) -> None:
    """Passed, failed with skipped and hidden checks, crashed, and not judged at all."""
    schema = validator("verdict")
    lesson = toy.find("hello")
    right = (lesson.solution / "main.py").read_text("utf-8")
    apps = {
        "passed": right,
        "failed": right.replace("greeting", "farewell"),
        "error": None,
    }
    for status, source in apps.items():
        folder = tmp_path / status
        folder.mkdir()
        if source:
            (folder / "main.py").write_text(source, "utf-8")
        verdict = grader.grade(lesson, folder)
        assert verdict.status == status
        schema.validate(json.loads(verdict.to_json()))
    (tmp_path / "passed/main.py").write_text("1 / 0\n", "utf-8")
    crashed = grader.grade(lesson, tmp_path / "passed")
    assert {check.status for check in crashed.checks} >= {"error"} or crashed.status == "failed"
    schema.validate(crashed.to_dict())
