"""Reads one app as the grader reads it, so that what is hashed is what is judged."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from yielddb.batch.records import Trouble
from yielddb.catalogue import CatalogueError, Course, Lesson
from yielddb.judging.reading import MAX_BYTES, SubmissionError
from yielddb.judging.submission import CELL, Submission, find


def app_at(path: Path, lesson: Lesson, shown: str) -> Submission | Trouble:
    """The app in a folder or file; messages speak of it as `shown`."""
    try:
        found = find(path, (lesson.slug, lesson.stem, str(lesson.number)))
        for name in found.files:
            name.encode()
    except SubmissionError as error:
        return Trouble(str(error).replace(str(path), shown), error.fix)
    except UnicodeError:
        return Trouble(f"{shown}: a file's name is not UTF-8", "rename that file")
    except OSError as error:
        return Trouble(f"{shown}: {error.strerror or error}", "make it readable")
    return found


def single_app(
    file: Path, lesson: Lesson, shown: str, others: Sequence[str] | None
) -> Submission | Trouble:
    """The app in one file: with its neighbours but `others`, or quite alone for None.

    Neighbours are the student's own modules; `others` are apps too, and a change of theirs is no
    change of this one. In a folder that students share, nobody's files come along.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            return Trouble(f"{shown}: larger than {MAX_BYTES >> 20} MiB", "hand in the app alone")
        if others is None:
            with tempfile.TemporaryDirectory(prefix="yielddb-one-") as folder:
                copy = Path(folder) / file.name
                shutil.copyfile(file, copy)
                found = app_at(copy, lesson, shown)
        else:
            found = app_at(file, lesson, shown)
    except OSError as error:
        return Trouble(f"{shown}: {error.strerror or error}", "make it readable")
    if isinstance(found, Submission) and others:
        files = {name: text for name, text in found.files.items() if name not in others}
        found = replace(found, files=files)
    return found


def lessons_in(notebook: Path, course: Course) -> list[Lesson]:
    """The lessons that a notebook's `%%app` cells name, each once."""
    try:
        if notebook.stat().st_size > MAX_BYTES:
            return []
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []  # what is wrong with it is said when it is read for a lesson
    found = {}
    for match in map(CELL.match, texts):
        if match and match["lesson"]:
            try:
                lesson = course.find(match["lesson"])
            except CatalogueError:
                continue
            found[lesson.slug] = lesson
    return list(found.values())


def key_of(
    submission: Submission, lesson: Lesson, versions: Mapping[str, str], seed: int | None
) -> str:
    """What a verdict depends on: the files, the check, the versions and the seed."""
    digest = hashlib.sha256()
    for name, content in sorted(submission.files.items()):
        digest.update(f"{len(name.encode())} {len(content)} {name}".encode())
        digest.update(content)
    check = hashlib.sha256(lesson.check.read_bytes()).hexdigest()
    rest = [submission.module, lesson.slug, check, sorted(versions.items()), seed]
    digest.update(json.dumps(rest).encode())
    return digest.hexdigest()
