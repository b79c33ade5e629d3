"""Levels of isolation: named from layers, demanded, and told by `yielddb doctor`."""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path

import pytest

from yielddb.catalogue import Course
from yielddb.grade import Grader
from yielddb.sandbox import landlock, seccomp, syscalls
from yielddb.sandbox.levels import LANDLOCK, NAMESPACES, SECCOMP, BelowLevel, demand, level
from yielddb.terminal import doctor

linux = pytest.mark.skipif(sys.platform != "linux", reason="the layers exist on Linux alone")


def test_layers_add_up_to_levels() -> None:
    """A needs all three, B two of them, and what is left is C."""
    kernel = [f"{LANDLOCK.name} (ABI 7): own files only", f"{SECCOMP.name}: no programs"]
    assert level([*kernel, f"{NAMESPACES.name}: files"]) == "A"
    assert level(kernel) == "B"
    assert level([NAMESPACES.name, SECCOMP.name]) == "C"
    assert level([]) == "C"


def test_a_demand_names_what_is_missing_and_how_to_get_it() -> None:
    """The refusal can be acted on; what suffices passes in silence."""
    with pytest.raises(BelowLevel, match=r"B was asked for, C is.*Landlock \(no kernel\): use"):
        demand("B", [SECCOMP.name], {LANDLOCK.name: "no kernel"})
    demand("C", [], {})
    demand("B", [LANDLOCK.name, SECCOMP.name, NAMESPACES.name], {})


@linux
def test_a_grader_refuses_below_its_level(toy: Course) -> None:
    """No submission is run where less is offered than was asked for."""
    lesson = toy.find("hello")
    with (
        Grader(toy, require="B", at_most="C") as grader,
        pytest.raises(BelowLevel, match="seccomp"),
    ):
        grader.grade(lesson, lesson.solution)


@linux
def test_doctor_examines_a_real_box(capsys: pytest.CaptureFixture[str]) -> None:
    """Text and JSON tell the same level and every layer."""
    doctor.doctor(as_json=True)
    found = json.loads(capsys.readouterr().out)
    doctor.doctor(as_json=False)
    text = capsys.readouterr().out
    assert found["schema"] == doctor.SCHEMA
    assert text.startswith(f"Isolation {found['level']}: ")
    assert all(one["layer"] in " ".join(text.split()) for one in found["layers"])


def test_doctor_says_how_to_get_what_is_missing() -> None:
    """A missing layer has a reason and a remedy."""
    found = doctor.findings([SECCOMP.name], {LANDLOCK.name: "switched off"})
    lines = doctor.lines(found["layers"])
    assert "    missing: switched off" in lines
    assert f"to get it: {LANDLOCK.get}" in " ".join(" ".join(lines).split())
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_filter_is_well_formed(machine: str) -> None:
    """On both machines every jump lands inside the program, which ends by allowing."""
    program = seccomp.program(4711, machine)
    steps = [struct.unpack("HBBI", program[at : at + 8]) for at in range(0, len(program), 8)]
    for at, (code, if_true, if_false, _) in enumerate(steps):
        if code & 7 == 5:
            assert at + 1 + max(if_true, if_false) < len(steps)
    assert steps[-1] == (seccomp.RETURN, 0, 0, seccomp.ALLOW)
    with pytest.raises(KeyError):
        seccomp.program(4711, "vax")


def test_no_number_stands_twice() -> None:
    """Two calls with one number would be a slip in the table."""
    for machine in ("x86_64", "aarch64"):
        numbers = [n for name in syscalls.ALL if (n := syscalls.number(name, machine)) is not None]
        assert len(numbers) == len(set(numbers))
        assert max(numbers) < syscalls.FIRST_UNKNOWN


def test_what_is_hidden_gets_no_rule(tmp_path: Path) -> None:
    """Neighbours of something hidden may be read, it may not, the way to it may be listed."""
    for name in ("packages/ours/course", "packages/theirs", "other"):
        (tmp_path / name).mkdir(parents=True)
    tops = [tmp_path / "packages", tmp_path / "other"]
    rules = dict(landlock.grants(tops, [tmp_path / "packages/ours/course"]))
    assert rules == {
        str(tmp_path / "packages"): landlock.LIST,
        str(tmp_path / "packages/ours"): landlock.LIST,
        str(tmp_path / "packages/theirs"): landlock.READ,
        str(tmp_path / "other"): landlock.READ,
    }
