"""`yielddb grade --for`: one submission, where an autograder left it, in the form it reads."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from yielddb.batch.exporting import EACH, write
from yielddb.batch.grading import Say, grade
from yielddb.batch.records import Options
from yielddb.batch.summary import faults
from yielddb.catalogue import Course
from yielddb.workspace.complaint import Complaint


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a system wants its result, and who it says handed in."""

    result: Callable[[Path], Path]
    owner: Callable[[Path], str]


def _gradescope_owner(folder: Path) -> str:
    """The first of the students in `submission_metadata.json`, which lies beside the folder."""
    path = folder.absolute().with_name("submission_metadata.json")
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return str(record["users"][0]["email"])
    except FileNotFoundError:
        return folder.absolute().name  # a rehearsal outside Gradescope
    except (OSError, ValueError, LookupError, TypeError) as error:
        says = f"{path}: names no student ({error})"
        raise Complaint(f"{says}; Gradescope writes it: users, each with an email") from None


LAYOUTS = {
    "gradescope": Layout(
        lambda folder: folder.absolute().parent / "results" / "results.json", _gradescope_owner
    ),
    "classroom50": Layout(
        lambda folder: Path("result.json"),
        lambda folder: os.environ.get("GITHUB_ACTOR") or folder.absolute().name,
    ),
}


def grade_inside(course: Course, options: Options, system: str, say: Say) -> Path:
    """Judge the one app below the folder and write what the system reads; gives that file.

    What is wrong with the app, even that there is none, is a result. Raises Complaint, and writes
    nothing, where it is not the learner who has to act.
    """
    layout = LAYOUTS.get(system)
    if layout is None:
        raise Complaint(f"--for {system}: not known; one of: {', '.join(LAYOUTS)}")
    if not options.lesson:
        raise Complaint(f"--for {system} judges one lesson: add --lesson")
    if options.roster or options.dask:
        raise Complaint(f"--for {system} judges one submission: without --roster and --dask")
    owner = layout.owner(options.folder)
    with tempfile.TemporaryDirectory(prefix="yielddb-one-") as desk:
        outcome = grade(course, replace(options, owner=owner, out=Path(desk), jobs=1), say)
    if broken := faults(outcome.classroom):
        raise Complaint("; ".join(map(str, broken)))
    (graded,) = outcome.classroom.verdicts.values()
    _, text = EACH[system]
    return write(options.out or layout.result(options.folder), text(graded))
