"""An instructor's own folder of checks: which lessons it has checks for, and whether they work."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from yielddb.catalogue import Course
from yielddb.problems import Problem
from yielddb.sandbox.environment import clean_environment
from yielddb.workspace.complaint import Complaint

IMPORT_S = 60.0  # all files together; pytest and httpx take half a second on an idle machine


def with_own_checks(course: Course, folder: Path) -> Course:
    """The course with the checks in `folder` (NN_slug.py) in place of its own for these lessons.

    Raises Complaint, naming every file and line, where one can't be used.
    """
    if not folder.is_dir():
        raise Complaint(f"--checks {folder}: no folder; name the one with your NN_slug.py files")
    try:
        files = sorted(p for p in folder.glob("*.py") if not p.name.startswith("."))
    except OSError as error:
        raise Complaint(f"--checks {folder}: {error.strerror or error}") from None
    stems = [lesson.stem for lesson in course.lessons]
    if not files:
        example = stems[0] if stems else "NN_slug"
        raise Complaint(f"--checks {folder}: no checks in it; name them like {example}.py")
    found = [
        Problem(file, 0, "no lesson has this name", f"lessons: {', '.join(stems)}")
        for file in files
        if file.stem not in stems
    ]
    found += _imported([file for file in files if file.stem in stems])
    if found:
        raise Complaint("--checks: nothing was judged\n" + "\n".join(map(str, sorted(found))))
    return replace(course, own_checks=folder.absolute())


def _imported(files: list[Path]) -> list[Problem]:
    """What is wrong with these files; they are read by a process of its own, which may hang."""
    if not files:
        return []
    command = [sys.executable, "-P", "-m", "yielddb.batch.importing", *map(str, files)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=clean_environment(),
            timeout=IMPORT_S,
            check=False,
        )
        said, ended = done.stdout, "it ends Python when it is imported"
    except subprocess.TimeoutExpired as error:
        raw = error.stdout or b""
        said = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        ended = f"its import takes longer than {IMPORT_S:g} s"
    records = [json.loads(line) for line in said.splitlines()]
    found = [
        Problem(Path(r["path"]), r["line"], r["says"], "mend it and run the same command again")
        for r in records
        if r["says"]
    ]
    if len(records) < len(files):  # the one after the last that was told
        fix = "only define functions at the top of a check file"
        found.append(Problem(files[len(records)], 0, ended, fix))
    return found
