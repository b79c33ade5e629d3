"""The exercise as an nbgrader notebook: one cell to solve, five cells that test."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import exercise

CELL = re.compile(r"^# %% (\w+)\n", re.MULTILINE)


def write(path: Path, source: str) -> None:
    """The instructor's notebook, made from the solution and `exercise/nbgrader/checks.py`."""
    text = (exercise.HERE / "nbgrader" / "checks.py").read_text("utf-8")
    _, *parts = CELL.split(text)
    tests = dict(zip(parts[::2], parts[1::2], strict=True))
    cells = [_cell("app", source, solution=True)]
    cells += [_cell(name, code.strip(), points=name != "setup") for name, code in tests.items()]
    path.parent.mkdir(parents=True)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(notebook), "utf-8")


def hand_in(released: Path, path: Path, number: int) -> None:
    """The released notebook, solved by student `number`."""
    notebook = json.loads(released.read_text("utf-8"))
    notebook["cells"][0]["source"] = exercise.source(number)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), "utf-8")


def _cell(name: str, source: str, solution: bool = False, points: bool = False) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "grade_id": name,
        "grade": points,
        "solution": solution,
        "locked": not solution,
        "task": False,
        "schema_version": 3,
    }
    if points:
        facts["points"] = 1
    return {
        "cell_type": "code",
        "id": name.replace("_", "-"),
        "metadata": {"nbgrader": facts},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
