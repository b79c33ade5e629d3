"""What is offered to root, an ordinary user, in a container, and where nothing is forked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.class_room import COUNT, put
from tests.command import arguments, environment
from yielddb.batch.isolation import shout, warning
from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.sandbox.levels import LANDLOCK, LAYERS, NAMESPACES, level
from yielddb.sandbox.limits import Limits

HERE = Path(__file__).parent
CORE = {
    "an_attack_reaches_nothing": (
        "read_hidden_checks", "read_other_submissions", "write_outside", "processes", "signals",
        "tcp", "unix_sockets", "process_memory", "another_user",
    ),
    "an_accident_stays_in_its_box": ("fills_many_files", "loops_in_a_route", "crashes"),
}  # fmt: skip
BROKEN = COUNT.replace('    return {"greeting": "Hello town"}', "    {body}")

linux = pytest.mark.skipif(sys.platform != "linux", reason="the layers exist on Linux alone")
root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="only root can become another user; else the whole drill runs as an ordinary one",
)


def confined(
    kind: str, words: list[str], cwd: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command as `tests/confined.py` says."""
    command = [sys.executable, str(HERE / "confined.py"), kind, *words]
    kept = environment(**variables)
    return subprocess.run(
        command, cwd=cwd, env=kept, capture_output=True, encoding="utf-8", timeout=300, check=False
    )


def drill(kind: str, offered: str) -> None:
    """The core of the drill, which fails where the level is not offered."""
    chosen = [
        f"tests/test_drill.py::test_{test}[{offered}-{name}]"
        for test, names in CORE.items()
        for name in names
    ]
    words = [sys.executable, "-m", "pytest", "-m", "drill", "-p", "no:cacheprovider", *chosen]
    done = confined(kind, words, HERE.parent, CI="true")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-500:]
    assert "skipped" not in done.stdout
    assert done.stdout.count(f"{offered}-") == len(chosen)


@pytest.mark.drill
@linux
@root
def test_an_ordinary_user_gets_all() -> None:
    """Nobody, with a Python that nobody may read: level A, and the core of the drill holds."""
    drill("user", "A")


@pytest.mark.drill
@linux
def test_a_container_without_capabilities_gets_b() -> None:
    """No capability and no namespaces: level B, and the core of the drill holds."""
    drill("container", "B")


@linux
@pytest.mark.parametrize(("kind", "offered"), [("container", "B"), ("bare", "C")])
def test_doctor_names_what_a_container_lacks(
    kind: str, offered: str, toy: Course, tmp_path: Path
) -> None:
    """Level, reason and remedy, in 80 columns and as JSON."""
    text = confined(kind, arguments(toy, "doctor"), tmp_path)
    found = json.loads(confined(kind, arguments(toy, "doctor", "--json"), tmp_path).stdout)
    assert text.stdout.startswith(f"Isolation {offered}: "), text.stderr
    assert max(map(len, text.stdout.splitlines())) <= 80
    assert found["level"] == offered
    lacking = {one["layer"]: one for one in found["layers"] if not one["in_force"]}
    assert set(lacking) == {NAMESPACES.name} | ({LANDLOCK.name} if offered == "C" else set())
    assert lacking[NAMESPACES.name]["why_not"] == "unshare: Operation not permitted"
    assert all(one["remedy"] for one in lacking.values())


@linux
def test_check_refuses_below_the_level_asked_for(toy: Course, tmp_path: Path) -> None:
    """One message with the remedy, exit code 2."""
    app = str(toy.find("hello").solution)
    words = arguments(toy, "check", "1", app, "--require-isolation", "B")
    assert confined("container", words, tmp_path).returncode == 0
    done = confined("bare", words, tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "yielddb: isolation B was asked for, C is what there is; Landlock"
    )
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.slow
@linux
def test_a_class_is_not_graded_at_c_unless_somebody_insists(toy: Course, tmp_path: Path) -> None:
    """Refused with the way round it; then graded, with a warning of several lines."""
    room = put(tmp_path / "class", {"alice/02_count/main.py": COUNT})
    words = arguments(toy, "grade", str(room), "--jobs", "1", "--json")
    done = confined("bare", words, tmp_path)
    assert done.returncode == 2
    assert "isolation B was asked for" in done.stderr
    assert "--require-isolation C grades it here" in done.stderr
    done = confined("bare", [*words, "--require-isolation", "C"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("!!! LESS THAN FULL ISOLATION: level C, not A\n")
    verdict = json.loads(done.stdout)["verdicts"][0]["verdict"]
    assert level(verdict["isolation"]) == "C"


@pytest.mark.slow
@linux
def test_a_class_at_b_is_graded_with_a_warning(toy: Course, tmp_path: Path) -> None:
    """B is enough unless A is asked for; what is missing is said."""
    room = put(tmp_path / "class", {"alice/02_count/main.py": COUNT})
    words = arguments(toy, "grade", str(room), "--jobs", "1")
    done = confined("container", words, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "level B, not A" in done.stderr
    assert "to get it: allow user namespaces" in done.stderr
    done = confined("container", [*words, "--lesson", "2", "--out", "x",
                                  "--require-isolation", "A"], tmp_path)  # fmt: skip
    assert done.returncode == 2
    assert "isolation A was asked for, B is what there is; namespaces" in done.stderr


def test_the_warning_is_loud(golden: Callable[[str, str], None]) -> None:
    """Several lines of at most 80 columns: what is missing, against what, how to get it."""
    layers = [layer.name for layer in LAYERS if layer is not NAMESPACES]
    lines = warning(layers, {NAMESPACES.name: "unshare: Operation not permitted"})
    assert max(map(len, lines)) <= 80
    golden("isolation_warning.txt", "\n".join(lines) + "\n")


def test_the_warning_is_bold_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours where somebody looks, plain text in a file."""
    import io

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    screen, file = Screen(), io.StringIO()
    shout(["!!! less"], screen)
    shout(["!!! less"], file)
    assert screen.getvalue() == "\x1b[1;31m!!! less\x1b[0m\n"
    assert file.getvalue() == "!!! less\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("while True: pass", "nothing within 1 s"),
        ("import os; os._exit(5)", "the app ended its own process (exit code 5)"),
        ("for n in range(999): open(f'{n}', 'wb').write(bytes(1 << 20))", "your app wrote more"),
    ],
)
def test_where_nothing_is_forked_time_and_output_are_bounded(
    body: str, says: str, toy: Course, tmp_path: Path
) -> None:
    """As on macOS and Windows: a subprocess without any layer of Linux, at level C."""
    (tmp_path / "main.py").write_text(BROKEN.replace("{body}", body), "utf-8")
    with Grader(toy, Limits(answer_s=1), mode="alone", at_most="C") as grader:
        hello = grader.grade(toy.find("hello"), tmp_path)
        count = grader.grade(toy.find("count"), tmp_path)
    assert says in str(hello.checks[1].came_back)
    assert level(hello.isolation) == "C"
    assert count.status == "passed"
