"""Builds the notebooks out of the lesson texts; nobody edits a notebook."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jupytext  # type: ignore[import-untyped]

from yielddb.catalogue import Course, Lesson
from yielddb.lesson.rendering import Renderer
from yielddb.lesson.text import Cell, LessonText, Prose, load
from yielddb.lesson.transcript import Recorder, recording
from yielddb.problems import Problem, Problems
from yielddb.tracing.recording import record_files

COMMAND = "yielddb dev build"
BREAK = "\n\n+++\n\n"  # MyST's border between two cells
NOT_ID = re.compile(r"[^a-z0-9]+")


def notebook(lesson: Lesson, recorder: Recorder = record_files) -> str:
    """The notebook of a lesson as JSON: the same text gives the same bytes.

    Raises Problems for a text that can't be built.
    """
    text = load(lesson)
    if text.faults:
        raise Problems(list(text.faults))
    pieces = _pieces(text, Renderer(text, "notebook", recorder))
    book = jupytext.reads(BREAK.join(pieces), fmt="md:myst")
    record = {
        "cells": list(_cells(book)),
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "yielddb": {"built_by": COMMAND, "from": f"lessons/{text.path.name}"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(record, indent=1, ensure_ascii=False) + "\n"


def _pieces(text: LessonText, renderer: Renderer) -> Iterator[str]:
    yield renderer.render("head")
    for section in text.sections:
        parts = list(section.parts)
        if section.title:
            opening = parts[0].source if parts and isinstance(parts[0], Prose) else ""
            yield f"## {section.title}\n\n{opening}".strip()
            parts = parts[1:] if opening else parts
        for part in parts:
            if isinstance(part, Prose):
                yield part.source
            elif isinstance(part, Cell):
                yield renderer.render("cell", cell=part)
            else:
                yield renderer.block(part)


def _cells(book: Any) -> Iterator[dict[str, Any]]:
    """The cells with ids that stay when another section changes."""
    section, counted = "start", Counter[str]()
    for cell in book.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            section = NOT_ID.sub("-", cell.source[3:].splitlines()[0].lower()).strip("-")
        counted[section] += 1
        record: dict[str, Any] = {"cell_type": cell.cell_type}
        if cell.cell_type == "code":
            record["execution_count"] = None
        record["id"] = f"{section}-{counted[section]}"
        record["metadata"] = {}
        if cell.cell_type == "code":
            record["outputs"] = []
        record["source"] = cell.source.splitlines(keepends=True)
        yield record


def _build_each(course: Course, recorder: Recorder | None) -> Iterator[tuple[Path, str | Problems]]:
    """Each notebook's path with its content, or with the reasons why there is none."""
    with recording(recorder) as one:
        for lesson in course.lessons:
            try:
                yield lesson.notebook, notebook(lesson, one)
            except Problems as error:
                yield lesson.notebook, error


def build_all(course: Course, recorder: Recorder | None = None) -> list[Path]:
    """Write every notebook that differs from its text, and give the paths written.

    Raises Problems with those of all lessons; what can be built is built.
    """
    written, problems = [], []
    for path, built in _build_each(course, recorder):
        if isinstance(built, Problems):
            problems += built.problems
        elif not path.exists() or path.read_text("utf-8") != built:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(built, "utf-8")
            written.append(path)
    if problems:
        raise Problems(sorted(problems))
    return written


def stale(course: Course, recorder: Recorder | None = None) -> list[Problem]:
    """The notebooks that are missing, differ from a new build, or belong to no lesson."""
    problems = []
    for path, built in _build_each(course, recorder):
        if isinstance(built, Problems):
            problems += built.problems
        elif not path.exists():
            problems.append(Problem(path, 0, "the notebook is not built", COMMAND))
        elif path.read_text("utf-8") != built:
            says = f"the notebook differs from lessons/{path.stem}.md"
            problems.append(Problem(path, 0, says, COMMAND))
    known = {lesson.notebook for lesson in course.lessons}
    for path in course.notebooks_dir.glob("*.ipynb"):
        if path not in known:
            problems.append(Problem(path, 0, "the notebook has no lesson", f"delete {path.name}"))
    return sorted(problems)
