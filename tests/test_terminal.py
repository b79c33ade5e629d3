"""What a verdict looks like in a terminal: four facts, 80 columns, nothing a terminal obeys."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from yielddb.catalogue import Course
from yielddb.terminal.screen import Report, Terminal
from yielddb.verdict import CheckResult, Verdict
from yielddb.workspace.hints import advice
from yielddb.workspace.report import WIDTH, check_lines, columns, marks_for

CURL = "curl -X POST http://127.0.0.1:8000/items/ -H 'content-type: application/json' -d "
BODY = '{"name": "жёлтый зонт, складной", "description": "найден на лавке у вокзала"}'
GREETS = CheckResult("hello.greets", "GET /hello greets", "passed", 2)
SHORT = CheckResult(
    "hello.keeps",
    "an item you POST is still there on the next request",
    "failed",
    sent="curl http://127.0.0.1:8000/items/1",
    came_back='404 {"detail": "Item not found"}',
    contract="200 with the item",
    hint="Who makes the row permanent?",
)
LONG = CheckResult(
    "hello.long",
    "an item with a long description " * 4,
    "failed",
    sent=CURL + '\'{"name": "жёлтый зонт, складной", "description": "найден на лавке у вокзала"}\'',
    came_back='500 {"detail": "' + "жёлтый зонт " * 40 + '"}',
    contract="201 with the item, its name and its description as they were sent, and the new id",
    hint="Look at the schema of your answer: which of its fields does the Item fill, and when?",
)
CRASH = CheckResult(
    "hello.crash",
    "the app answers at all",
    "error",
    came_back="main.py line 3: '(' was never closed\n\x1b[2J\x07\r evil",
)
WAITS = CheckResult("hello.waits", "waits", "skipped")
HIDDEN = CheckResult("hello.secret", "a secret", "failed", visibility="hidden", contract="secret")


def verdict(*checks: CheckResult, status: str = "failed", log: str = "") -> Verdict:
    score = sum(c.points for c in checks if c.status == "passed")
    total = sum(c.points for c in checks)
    return Verdict("hello", "work", status, score, total, 0.1, [], {}, checks, log)  # type: ignore[arg-type]


def shown(judged: Verdict, log: bool = False, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors="replace")
    report = Report(Terminal(stream), lambda result: result.hint, log)
    for check in judged.checks[:-1]:
        report.check(check)
    report.end(judged, ["Change the app, then type: yielddb check 1"])
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("name", "judged"),
    [
        ("passed", verdict(GREETS, status="passed")),
        ("failed", verdict(GREETS, SHORT, WAITS, WAITS)),
        ("long", verdict(LONG, WAITS)),
        ("crash", verdict(CRASH, WAITS)),
        ("not_judged", verdict(CRASH, status="error")),
        ("hidden", verdict(GREETS, HIDDEN)),
    ],
)
def test_golden(name: str, judged: Verdict, golden: Callable[[str, str], None]) -> None:
    """Each kind of verdict has its words."""
    text = shown(judged)
    golden(f"terminal_{name}.txt", text)
    assert max(map(columns, text.splitlines())) <= WIDTH
    assert "secret" not in text


def test_log_is_shown_on_request(golden: Callable[[str, str], None]) -> None:
    """`--log` adds the end of what the app printed, indented and harmless."""
    log = "".join(f"line {n}\n" for n in range(300)) + "Traceback:\n    \x1b[31mboom\n"
    text = shown(verdict(SHORT, log=log), log=True)
    golden("terminal_log.txt", re.sub(r"(  line \d+\n)+", "  line ...\n", text))
    assert "the app printed nothing" in shown(verdict(SHORT), log=True)


@pytest.mark.parametrize("result", [SHORT, CRASH, LONG])
def test_failure_has_at_most_four_facts(result: CheckResult) -> None:
    """Sent, came back, contract, hint: one line each; a long curl alone may take more."""
    lines = [str(line) for line in check_lines(result, result.hint)]
    labels = [line[2:12].strip() for line in lines[1:]]
    curl = labels.index("came back")
    assert len(labels) - max(0, curl - 1) <= 4
    assert set(filter(None, labels)) <= {"sent", "came back", "contract", "hint"}


@pytest.mark.parametrize("result", [SHORT, LONG])
def test_sent_can_be_pasted(result: CheckResult) -> None:
    """A shell reads the same arguments from the broken lines as from the whole command."""
    lines = [str(line) for line in check_lines(result, None)]
    end = next(n for n, line in enumerate(lines) if line.startswith("  came back"))
    pasted = "\n".join(line[12:] for line in lines[1:end])
    done = subprocess.run(
        ["sh", "-c", pasted.replace("curl", "printf '%s\\n'", 1)], capture_output=True, check=True
    )
    words = done.stdout.decode().splitlines()
    assert words[0].startswith("127.0.0.1:8000/items/")
    if result is LONG:
        assert '{"name": "жёлтый зонт, складной", "description"' in re.sub(
            r",\s+", ", ", done.stdout.decode()
        )


def test_old_terminals_get_plain_marks() -> None:
    """Where ticks can't be encoded, letters stand for them and nothing is raised."""
    assert marks_for("utf-8")["passed"] == "✓"
    assert marks_for("cp1251")["passed"] == marks_for(None)["passed"] == "+"
    text = shown(verdict(GREETS, SHORT), encoding="ascii")
    assert "+ GET /hello greets" in text


def test_screen_gets_colours_and_a_pipe_does_not() -> None:
    """On a terminal the failure is red; the words are the same."""
    code = (
        "from yielddb.terminal.screen import Terminal, Report\n"
        "from yielddb.verdict import *\n"
        "check = CheckResult('a.b', 'greets', 'failed', came_back='404', hint='Which key?')\n"
        "report = Report(Terminal(), lambda result: result.hint)\n"
        "report.terminal.clear(); report.terminal.code('x = 1')\n"
        "report.end(Verdict('a', 'b', 'failed', 0, 1, 0, [], {}, [check]), ['next'])\n"
    )
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    subprocess.run([sys.executable, "-c", code], stdout=theirs, env=environment, check=True)
    os.close(theirs)
    screen = b""
    while True:
        try:
            screen += os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
    os.close(ours)
    assert b"\x1b[31m" in screen
    assert b"\x1b[2J" in screen
    plain = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert b"\x1b" not in plain
    assert re.sub(rb"\x1b\[[0-9;]*[A-Za-z]|\r", b"", screen).split() == plain.split()


def test_same_failure_three_times_asks(toy: Course) -> None:
    """The third time the hint becomes a question, about the misconception where one is named."""
    lesson = toy.find("hello")
    named = CheckResult("a.b", "t", "failed", hint="h", misconception="greeting-is-optional")
    belief = toy.misconceptions["greeting-is-optional"]["belief"]
    assert [advice(lesson, named, n) for n in (1, 2)] == ["h", "h"]
    assert advice(lesson, named, 3) == f"Is it so? {belief}"
    assert "Which line" in str(advice(lesson, CheckResult("a.b", "t", "failed"), 4))
