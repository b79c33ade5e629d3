"""A reader's whole way in Firefox, with the real runtime."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from page_tools import runtime
from playground_stand import LESSON, PARTS, make, served, solution_of, starter_of
from web_tools import packages

NAMES = ("firefox-esr", "firefox")
WAY_S = 600  # two starts of Python, five verdicts, on a slow machine
LISTS = "    return db.scalars("


def firefox() -> str:
    """The Firefox of this machine; in CI a missing one is a failure."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        assert not os.environ.get("CI"), "no Firefox on this machine"
        pytest.skip("no Firefox on this machine")
    return path


@pytest.mark.slow
def test_a_readers_way_in_firefox(tmp_path: Path) -> None:
    """Starter, solution, endless loops in Python and below it, code kept over a reload."""
    path = firefox()
    packages()
    folder = tmp_path / "course"
    make(folder, runtime(), starter_of("get_db"))
    solution = solution_of("get_db")
    loop = solution.replace(LISTS, f"    while True: pass\n{LISTS}", 1)
    node = shutil.which("node")
    assert node
    with served(folder) as address:
        done = subprocess.run(
            [node, str(PARTS / "firefox.mjs"), path, f"{address}/en/{LESSON}"],
            input=json.dumps({"solution": solution, "loop": loop}),
            capture_output=True,
            text=True,
            timeout=WAY_S,
            env={**os.environ, "HOME": str(tmp_path)},
        )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout)
    passed = "All checks passed: 14 of 14 points."
    assert seen["starter"] == "0 of 14 points."
    assert "GET /items/ lists the items" in seen["title"]
    assert seen["facts"][0] == "curl 127.0.0.1:8000/items/"
    assert seen["facts"][2] == "a list"
    assert [seen[name] for name in ("solution", "again", "after")] == [passed] * 3
    assert seen["loop"] != passed
    assert "nothing within 5 s" in seen["why"]
    assert seen["kept"]
    assert seen["memory"]
    assert not [text for text in seen["warnings"] if "memory" in text]
    assert "Stopped." in seen["stopped"]
    assert seen["elsewhere"] == []
