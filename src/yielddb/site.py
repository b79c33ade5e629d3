"""Builds the site: lesson texts become pages, mkdocs makes the HTML, and refuses broken links."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from yielddb.catalogue import Course
from yielddb.lesson.blocks import Predict
from yielddb.lesson.building import notebook
from yielddb.lesson.questions import answers_page, review_page
from yielddb.lesson.rendering import Renderer, plain, templates
from yielddb.lesson.text import Cell, LessonText, Prose, load
from yielddb.lesson.transcript import Recorder, recording
from yielddb.problems import Problem, Problems

LOOK = "mkdocs.yml"
STYLES = "web"  # what is copied to the site's assets as it is
LESSON_LINK = re.compile(r"\]\((?:\./)?\d{2,}_([a-z][a-z0-9_]*\.md)")
PAGE = re.compile(r"Doc file 'lessons/(\w+)\.md'")

Progress = Callable[[str], object]


def build_site(
    course: Course,
    out: Path,
    progress: Progress = lambda message: None,
    recorder: Recorder | None = None,
) -> Path:
    """Build the site of a course into `out`, which is emptied first.

    Raises Problems with what is wrong in any lesson, or with what mkdocs refuses.
    """
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        with recording(recorder) as one:
            _stage(course, stage / "docs", progress, one)
        progress("pages to HTML")
        _mkdocs(course, stage, out)
    return out


def _stage(course: Course, docs: Path, progress: Progress, recorder: Recorder) -> None:
    for name in ("lessons", "notebooks", "assets"):
        (docs / name).mkdir(parents=True)
    texts, problems = [], []
    for lesson in course.lessons:
        progress(lesson.stem)
        text = load(lesson)
        try:
            book = notebook(lesson, recorder)
            page = _page(text, recorder)
        except Problems as error:
            problems += error.problems
            continue
        (docs / "notebooks" / f"{lesson.stem}.ipynb").write_text(book, "utf-8")
        (docs / "lessons" / f"{lesson.slug}.md").write_text(page, "utf-8")
        (docs / "lessons" / lesson.slug).mkdir()
        (docs / "lessons" / lesson.slug / "answers.md").write_text(
            answers_page(text, recorder), "utf-8"
        )
        texts.append(text)
    if problems:
        raise Problems(sorted(problems))
    index = templates().get_template("site/index.md").render(texts=texts)
    (docs / "index.md").write_text(index, "utf-8")
    (docs / "review.md").write_text(review_page(texts, recorder), "utf-8")
    shutil.copy("/tmp/spec/quiz.js", docs / "assets")
    for path in (course.root / STYLES).glob("*.css"):
        shutil.copy(path, docs / "assets")


def _page(text: LessonText, recorder: Recorder) -> str:
    return "\n\n".join(_pieces(text, Renderer(text, "site", recorder))) + "\n"


def _pieces(text: LessonText, renderer: Renderer) -> Iterator[str]:
    outputs = text.outputs()
    predicted = {block.cell for block in text.blocks if isinstance(block, Predict)}
    yield renderer.render("head")
    for section in text.sections:
        if section.title:
            yield f"## {section.title}"
        for part in section.parts:
            if isinstance(part, Prose):
                yield LESSON_LINK.sub(r"](\1", part.source)
            elif isinstance(part, Cell):
                output = outputs[part.index].text
                folded = part.name in predicted
                yield renderer.render("cell", cell=part, output=output, folded=folded)
            else:
                yield renderer.block(part)


def _mkdocs(course: Course, stage: Path, out: Path) -> None:
    look = course.root / LOOK
    nav: list[dict[str, object]] = [{"Lessons": "index.md"}]
    nav += [{f"{n.number} {plain(n.title)}": f"lessons/{n.slug}.md"} for n in course.lessons]
    nav += [{"Review": "review.md"}]
    config = {"INHERIT": str(look.resolve()), "docs_dir": "docs", "nav": nav}
    (stage / LOOK).write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    # never with -q: together with --strict it would let a broken link pass
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", LOOK, "-d", out.resolve()],
        cwd=stage,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Problems(_complaints(course, done.stderr.replace(f"{stage}/", "")))


def _complaints(course: Course, log: str) -> list[Problem]:
    """The warnings of mkdocs, else all it said, as problems of the lessons they are about."""
    sources = {lesson.slug: lesson.text for lesson in course.lessons}
    found = re.findall(r"^(?:WARNING|ERROR)\s+-\s+(.+)$", log, re.MULTILINE)
    problems = set()
    for says in found or [log.strip() or "mkdocs failed and said nothing"]:
        page = PAGE.search(says)
        path = sources.get(page[1], course.root / LOOK) if page else course.root / LOOK
        problems.add(Problem(path, 0, f"mkdocs: {says}", "mend the link, the text or mkdocs.yml"))
    return sorted(problems)
